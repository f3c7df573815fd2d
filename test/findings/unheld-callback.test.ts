/** Callbacks by which a task goes on, and which it cannot wait for; and those that it waits for. */
import { describe, expect, test } from '@jest/globals';
import { planOf } from '../models/analyzed.js';
import { found } from './found.js';

const IMPORTS = `import acme from 'acme-bank';
import { readFile } from 'node:fs';
let stock = 10;
`;
const unheld = (code: string): string[] =>
  found(planOf(IMPORTS + code)).filter(diagnostic => diagnostic.startsWith('unheld-callback'));

describe('is found for', () => {
  test.each([
    [
      'a method of an object',
      'export function buy() { const s = stock; acme.charge(1, { success() { stock = s - 1; } }); }',
      '4:41',
    ],
    [
      'a list of arguments',
      'export function buy() { const s = stock; const more = [() => { stock = s - 1; }]; readFile("a", ...more); }',
      '4:82',
    ],
  ])('%s', (_, code, place) => {
    expect(unheld(code)).toEqual([`unheld-callback app.js:${place}`]);
  });
});

describe('is not found for', () => {
  test.each([
    ['a function', 'export function buy() { const s = stock; acme.charge(1, () => { stock = s - 1; }); }'],
    [
      'a function in an object',
      'export function buy() { const s = stock; acme.charge(1, { success: () => { stock = s - 1; } }); }',
    ],
    [
      'a name',
      'export function buy() { const s = stock; const f = () => { stock = s - 1; }; readFile("a", f); }',
    ],
    [
      'a promise that is awaited',
      'export async function buy() { const s = stock; await new Promise(r => { acme.charge(1, { success() { stock = s - 1; r(); } }); }); }',
    ],
    [
      'a method that protects nothing',
      'export function buy() { acme.charge(1, { success() { stock -= 1; } }); }',
    ],
    ['start-up', 'const s = stock; acme.charge(1, { success() { stock = s - 1; } });'],
  ])('%s', (_, code) => {
    expect(unheld(code)).toEqual([]);
  });
});
