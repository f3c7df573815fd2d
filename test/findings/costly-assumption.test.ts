/** What is not understood is measured by the handlers that wait for it, and the worst of it is a diagnostic. */
import { describe, expect, test } from '@jest/globals';
import { planOf } from '../models/analyzed.js';
import { found } from './found.js';

const UNKNOWN = `import { track } from 'acme-tracker';
const sessions = new Map();
const names = { last: '' };
export const open = async id => {
  track(names);
  await null;
  track(names);
};
export const last = async () => names.last;
export const count = async () => { const n = sessions.size; await null; sessions.set(n, n); };
`;

describe('the cost of an assumption', () => {
  test('is the pairs of handlers that wait only because of it', () => {
    const plan = planOf(UNKNOWN);
    // `open` waits for itself and for `last`; `count` waits for itself whatever the package does.
    expect(plan.assumptions.map(({ code, at, pairs }) => [code, at.line, pairs])).toEqual([
      ['unknown-call', 5, 2],
      ['unknown-call', 7, 2],
    ]);
    expect(found(plan)).toEqual(['costly-assumption app.js:5:2']);
    expect(plan.diagnostics[0]?.message).toBe(
      'What `acme-tracker` does is not understood, and 2 pairs of handlers wait for each other only because of that.',
    );
    expect(plan.diagnostics[0]?.frame).toContain('> 5 |   track(names);');
  });

  test('counts all places of a package at once', () => {
    const plan = planOf(`import acme from 'acme-store';
      export const put = async id => { await acme.set(id, 1); await acme.set(id, 2); };
      export const get = async id => { await acme.get(id); return acme.get(id); };`);
    expect(plan.assumptions.map(({ pairs }) => pairs)).toEqual([3, 3, 3, 3]);
  });

  test('of code in a string is that of all that it may touch', () => {
    const plan = planOf(`export let total = 0;
      export const add = async text => { eval(text); await null; return total; };
      export const read = () => total;`);
    expect(plan.assumptions.map(({ code, pairs }) => [code, pairs])).toEqual([['opaque-code', 2]]);
  });

  test('is nothing where the handlers wait for another reason as well', () => {
    const plan = planOf(UNKNOWN.replace('await null;', 'names.last += id; await null; names.last = id;'));
    expect(plan.assumptions.map(({ pairs }) => pairs)).toEqual([0, 0]);
    expect(found(plan)).toEqual([]);
  });

  test('is not measured where nothing is locked', () => {
    const plan = planOf(UNKNOWN.replace('await null;', ''));
    expect(plan.assumptions.map(({ pairs }) => pairs)).toEqual([undefined, undefined]);
    expect(found(plan)).toEqual([]);
  });
});
