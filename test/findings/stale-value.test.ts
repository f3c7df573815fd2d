/** Callbacks that write back what an earlier task has read, and those that look again or write something else. */
import { describe, expect, test } from '@jest/globals';
import { planOf } from '../models/analyzed.js';
import { found } from './found.js';

const STOCK = `import acme from 'acme-bank';
let stock = 10;
const counts = new Map();
const state = { left: 10, sold: 0 };
`;
const stale = (code: string): string[] =>
  found(planOf(STOCK + code)).filter(diagnostic => diagnostic.startsWith('stale-value'));

describe('is found in', () => {
  test.each([
    [
      'a timer',
      'export function buy() { const s = stock; setTimeout(() => { stock = s - 1; }, 5000); }',
      '5:60',
    ],
    [
      'a listener of unknown code',
      'export function buy(done) { const s = stock; acme.on("sold", () => { stock = s - 1; done(); }); }',
      '5:69',
    ],
    [
      'a map',
      'export function buy(id) { const n = counts.get(id); setTimeout(() => { counts.set(id, n + 1); }, 5000); }',
      '5:71',
    ],
    [
      'a property',
      'export function buy() { const { left } = state; setTimeout(() => { state.left = left - 1; }, 5000); }',
      '5:67',
    ],
    [
      'a callback inside of another',
      'export function buy() { const s = stock; setTimeout(() => { setTimeout(() => { stock = s - 1; }, 5000); }, 5); }',
      '5:79',
    ],
  ])('%s', (_, code, place) => {
    expect(stale(code)).toEqual([`stale-value app.js:${place}`]);
  });
});

describe('is not found where the callback', () => {
  test.each([
    ['reads it again', 'export function buy() { const s = stock; setTimeout(() => { stock -= s; }, 5); }'],
    [
      'compares it first',
      'export function buy() { const s = stock; setTimeout(() => { if (stock === s) stock = s - 1; }, 5); }',
    ],
    [
      'writes a new value',
      'export function buy(n) { const s = stock; setTimeout(() => { stock = n; }, s); }',
    ],
    [
      'writes something else',
      'export function buy() { const { left } = state; setTimeout(() => { state.sold = left; }, 5); }',
    ],
    [
      'has a variable of the same name',
      'export function buy() { const s = stock; setTimeout(() => { const s = 3; stock = s; }, s); }',
    ],
    [
      'is called at once',
      'export function buy(ids) { const s = stock; ids.forEach(() => { stock = s - 1; }); }',
    ],
    [
      'is the rest of the task',
      'export function buy(done) { const s = stock; acme.charge(1, () => { stock = s - 1; done(); }); }',
    ],
    [
      'is the rest of the task, as its timer is set for an instant',
      'export function buy() { const s = stock; setTimeout(() => { stock = s - 1; }, 5); }',
    ],
    ['runs within the task', 'export async function buy() { const s = stock; await null; stock = s - 1; }'],
    ['is set up when the program starts', 'const s = stock; setTimeout(() => { stock = s - 1; }, 5);'],
  ])('%s', (_, code) => {
    expect(stale(code)).toEqual([]);
  });
});
