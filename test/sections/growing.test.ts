/**
 * Which sections take classes in later steps, and which must not: what could deadlock, or come between what has no lock.
 */
import { expect, test } from '@jest/globals';
import { planOf } from '../serializability/compile.js';

const STATE = `
const { setTimeout: pause } = require('node:timers/promises');
let a = 0, b = 0, c = 0, log = '';
const journal = new Map();
`;

/** By handler: what it takes in which later step. */
function later(code: string): Record<string, Record<string, number>> {
  const { handlers, diagnostics } = planOf(STATE + code);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return Object.fromEntries(
    handlers.map(({ id, classes }) => [
      id.replace('main.js#', ''),
      Object.fromEntries(
        classes.flatMap(({ class: name, step }) =>
          step === undefined ? [] : [[name.replace('main.js#', ''), step] as const],
        ),
      ),
    ]),
  );
}

/** Handlers with which `a`, `b` and `c` are classes of their own that have locks. */
const APART = `
exports.onA = async () => { const seen = a; await pause(1); a = seen + 1; };
exports.onB = async () => { const seen = b; await pause(1); b = seen + 1; };
exports.onC = async () => { const seen = c; await pause(1); c = seen + 1; };
`;

test('a class is taken later if the task suspends before its first access, whatever the path', () => {
  const found = later(`${APART}
    exports.one = async () => { a++; await pause(1); b++; await pause(1); a++; b++; };
    exports.two = async () => { a++; await pause(1); b++; await pause(1); c++; await pause(1); a++; b++; c++; };
    exports.onOnePath = async n => { a++; if (n) await pause(1); b++; await pause(1); a++; b++; };
    exports.thrown = async n => { a++; try { await pause(n.x); } catch { b++; await pause(1); } a++; b++; };
    exports.alone = async () => { await pause(1); a++; await pause(1); a++; };
  `);
  expect(found).toMatchObject({
    one: { b: 1 },
    two: { b: 1, c: 2 },
    onOnePath: {},
    thrown: {},
    alone: {},
  });
});

test('what is accessed without a suspension in between is taken in one step, which no other may divide', () => {
  const together =
    'exports.together = async () => { a++; await pause(1); b++; c++; await pause(1); a++; b++; c++; };';
  const apart = 'exports.apart = async () => { b++; await pause(1); c++; await pause(1); b++; c++; };';
  expect(later(APART + together).together).toEqual({ b: 1, c: 1 });
  expect(later(APART + apart + together)).toMatchObject({ apart: { c: 1 }, together: {} });
});

test('of two that take the same in another order, the second takes it at its beginning', () => {
  const found = later(`${APART}
    exports.one = async () => { a++; await pause(1); b++; await pause(1); a++; b++; };
    exports.other = async () => { b++; await pause(1); a++; await pause(1); a++; b++; };
  `);
  expect([found.one, found.other]).toEqual([{ b: 1 }, {}]);
});

test('a circle of three is none if one of them takes everything at its beginning', () => {
  const found = later(`${APART}
    exports.one = async () => { a++; await pause(1); b++; await pause(1); a++; b++; };
    exports.two = async () => { b++; await pause(1); c++; await pause(1); b++; c++; };
    exports.three = async () => { c++; await pause(1); a++; await pause(1); c++; a++; };
  `);
  expect([found.one, found.two, found.three]).toEqual([{ b: 1 }, { c: 1 }, {}]);
});

test('nothing is taken after an access of what has no lock', () => {
  const found = later(`${APART}
    exports.before = async () => { a++; await pause(1); log += 'x'; b++; await pause(1); a++; b++; };
    exports.after = async () => { a++; await pause(1); b++; log += 'x'; await pause(1); a++; b++; };
  `);
  expect([found.before, found.after]).toEqual([{}, { b: 1 }]);
});

test('nothing is taken after something was put under a key that nobody else knows', () => {
  const uuid = `const { randomUUID } = require('node:crypto');
    exports.entry = async key => { const seen = journal.get(key); await pause(1); journal.set(key, seen); };
  `;
  const found = later(`${uuid}${APART}
    exports.before = async key => {
      const seen = journal.get(key); await pause(1); journal.set(randomUUID(), seen); await pause(1); b++; await pause(1); b++; journal.delete(key);
    };
    exports.after = async key => {
      const seen = journal.get(key); await pause(1); b++; await pause(1); b++; journal.set(randomUUID(), seen); journal.delete(key);
    };
  `);
  expect([found.before, found.after]).toEqual([{}, { b: 1 }]);
});

test('nothing is taken after something was added to a list of which keys are held', () => {
  const growing = (statement: string) =>
    later(`${APART}
      const orders = [];
      exports.seek = async id => { const one = orders.find(o => o.id === id); await pause(1); return one === orders.find(o => o.id === id); };
      exports.add = id => { orders.push({ id }); };
      exports.one = async id => { a++; await pause(1); ${statement} await pause(1); b++; await pause(1); a++; b++; };
    `).one;
  expect(growing('orders.push({ id });')).toEqual({ 'orders[]': 1 });
  expect(growing('orders.find(o => o.id === id);')).toEqual({ 'orders[]': 1, b: 2 });
});

test('who reads what a section that begins by reading writes takes everything at its beginning', () => {
  const found = later(`${APART}
    exports.updates = async () => { const seen = a; await pause(1); a = seen + 1; };
    exports.reads = async () => { const seen = a; await pause(1); b += seen; await pause(1); b++; return a; };
    exports.writes = async () => { a++; await pause(1); b++; await pause(1); a++; b++; };
  `);
  expect([found.reads, found.writes, found.updates]).toEqual([{}, { b: 1 }, {}]);
});

test('no section grows where code outside may call handlers in its midst', () => {
  const found = later(`${APART}
    exports.one = async () => { a++; await pause(1); b++; await pause(1); a++; b++; };
    exports.asks = async next => { c++; await pause(1); next(exports.one); c++; };
  `);
  expect(found.one).toEqual({});
});

test('the order is one with that of stages which are called in the midst of a section', () => {
  const found = later(`${APART}
    async function stage() { 'use stage'; const seen = a; await pause(1); a = seen + 1; }
    exports.calls = async () => { b++; await stage(); b++; };
    exports.against = async () => { a++; await pause(1); b++; await pause(1); a++; b++; };
    exports.along = async () => { b++; await pause(1); c++; await pause(1); b++; c++; };
  `);
  expect([found.against, found.along]).toEqual([{}, { c: 1 }]);
});

test('a stage that is called in the midst of a section takes all in one step, one that is not may grow', () => {
  const stages = `${APART}
    async function stage() { 'use stage'; a++; await pause(1); b++; await pause(1); a++; b++; }
  `;
  const midst = later(`${stages} exports.calls = async () => { c++; await stage(); c++; };`);
  const apart = later(`${stages} exports.calls = async () => { await stage(); c++; await pause(1); c++; };`);
  expect([midst.stage, apart.stage]).toEqual([{}, { b: 1 }]);
});
