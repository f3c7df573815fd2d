import { expect, test } from '@jest/globals';
import { waiting } from './analyzed.js';

test('promisified value', () =>
  expect(
    waiting(`import { promisify } from 'node:util';
const stock = { left: 5 };
const load = promisify((id, done) => { done(null, stock); });
export async function take(n) { const one = await load(1); const { left } = one; await null; one.left = left - n; }`),
  ).toEqual(['take']));
test('subpath', () =>
  expect(
    waiting(`import merge from 'lodash/merge';
const config = { limits: { max: 1 } };
export async function change(more) { const { max } = config.limits; await null; merge(config, more); return max; }`),
  ).toEqual(['change']));
test('subpath of an unmodelled part', () =>
  expect(
    waiting(`import thing from 'express/lib/thing';
const config = { max: 1 };
export async function change(more) { const { max } = config; await null; thing(config); return max; }`),
  ).toEqual(['change']));
test('stored input part', () =>
  expect(
    waiting(`import express from 'express';
const app = express(); let last;
app.get('/', async (req, res) => { const seen = last?.query.n; await null; last = req; last.query.n = seen + 1; res.end(); });
app.post('/', async (req, res) => { const { n } = last.query; await null; last.query.n = n + 1; res.end(); });`),
  ).toEqual(['get("/")', 'post("/")']));
