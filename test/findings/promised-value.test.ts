/** Sync handlers that may have to wait: those whose value somebody may count on, and those that look alike. */
import { describe, expect, test } from '@jest/globals';
import { planOf } from '../models/analyzed.js';
import { found } from './found.js';

/** State with a section on it, so that whoever else accesses it must wait for that. */
const STOCK = `import acme from 'acme-templates';
import express from 'express';
const app = express();
let stock = 10;
const orders = [];
export const buy = async () => { const s = stock; orders.push(s); await null; orders.push(s); stock = s - 1; };
`;
const promised = (code: string): string[] =>
  found(planOf(STOCK + code)).filter(diagnostic => diagnostic.startsWith('promised-value'));

describe('is found where the value of', () => {
  test.each([
    ['an export is a variable', 'export function inStock() { return stock; }'],
    ['an export is computed', 'export const isLow = () => stock < 3;'],
    ['an export is chosen', 'export const label = () => (stock ? "yes" : "no");'],
    ['an export is made by a built-in', 'export function big() { return orders.filter(o => o > 1); }'],
    ['an export is of a local variable', 'export function copy() { const all = [...orders]; return all; }'],
    ['a callback of unknown code is returned', 'acme.helper(function count() { return stock; });'],
  ])('%s', (_, code) => {
    expect(promised(code)).toHaveLength(1);
  });

  test('it says which handler it is', () => {
    const { diagnostics } = planOf(`${STOCK}export function inStock() { return stock; }`);
    expect(diagnostics.find(({ code }) => code === 'promised-value')).toMatchObject({
      message:
        'A call of the export `app.js#inStock` that has to wait returns a promise, not the value of its sync function.',
      severity: 'info',
      module: 'app.js',
      line: 7,
    });
  });
});

describe('is not found where', () => {
  test.each([
    ['the handler is async', 'export async function inStock() { return stock; }'],
    ['nothing is returned', 'export function reset() { stock = 10; }'],
    ['nothing is returned but early', 'export function reset() { if (!stock) return; stock = 10; }'],
    ['an arrow function is there for its effect', 'export const reset = () => (stock = 10);'],
    ['the value is a promise', 'export const again = () => buy();'],
    ['the value is a promise that was stored', 'export function again() { const p = buy(); return p; }'],
    ['the handler need not wait', 'export const version = () => 1;'],
    ['a route returns it', "app.get('/stock', (req, res) => { res.json(stock); return stock; });"],
    ['a timer returns it', 'setInterval(() => { stock += 1; return stock; }, 1000);'],
    [
      'the program calls it itself',
      "export function inStock() { return stock; }\napp.get('/', (req, res) => { res.json(inStock()); });",
    ],
    [
      'the program calls the callback itself',
      'const count = () => stock;\nacme.helper(count);\nexport const look = async () => count();',
    ],
    [
      'another function inside returns it',
      'export function reset() { const f = () => { return stock; }; stock = f() + 1; }',
    ],
  ])('%s', (_, code) => {
    expect(promised(code)).toEqual([]);
  });
});
