/** Which calls of stages are units of their own, and why the others are not: one small program for each condition. */
import { describe, expect, test } from '@jest/globals';
import type { PlannedHandler } from '../../src/plan/plan.js';
import { planOf } from '../serializability/compile.js';

const SHARED = `const { setTimeout: pause } = require('node:timers/promises');
let a = 0, b = 0, c = 0, d = 0;
async function takeA() { 'use stage'; const n = a; await pause(1); a = n + 1; return n; }
async function takeB() { 'use stage'; const n = b; await pause(1); b = n + 1; return n; }
async function lookB() { 'use stage'; return b; }
async function takeBC() { 'use stage'; const n = b + c; await pause(1); b = n + 1; c = n; }
function addB() { 'use stage'; return b++; }
exports.useB = async () => { const n = b; await pause(1); b = n; };
`;

const handlersOf = (code: string): Map<string, PlannedHandler> =>
  new Map(planOf(SHARED + code).handlers.map(handler => [handler.id.replace('main.js#', ''), handler]));

/** What the calls of a stage are, in the order of the sources. */
const callsOf = (code: string, stage: string): string[] =>
  handlersOf(code)
    .get(stage)
    ?.stage?.calls.map(({ merged }) => merged ?? 'own') ?? [];

const heldBy = (handler: PlannedHandler | undefined): string[] =>
  handler?.classes.map(({ class: name }) => name.replace('main.js#', '')) ?? [];

describe('is a unit of its own', () => {
  test.each([
    ['outside of any section', 'exports.h = async () => { await takeB(); await takeB(); };', ['own', 'own']],
    [
      'after the section',
      'exports.h = async () => { const n = a; await pause(1); a = n; await takeB(); };',
      ['own'],
    ],
    [
      'after accesses of the same',
      'exports.h = async () => { const n = b; await pause(1); b = n; await takeB(); };',
      ['own'],
    ],
    [
      'before them',
      'exports.h = async () => { await takeB(); const n = b; await pause(1); b = n; };',
      ['own'],
    ],
    ['in a loop', 'exports.h = async xs => { for (const x of xs) await takeB(x); };', ['own']],
    ['as a value', 'exports.h = async () => { const f = takeB; return f(); };', ['own']],
    [
      'in a helper',
      'const help = () => takeB(); exports.h = async () => { await help(); await help(); };',
      ['own'],
    ],
    [
      'in a callback',
      'exports.h = async xs => { await Promise.all(xs.map(async x => { await takeB(x); })); };',
      ['own'],
    ],
    [
      'in the midst of other accesses',
      'exports.h = async () => { const n = a; await takeB(); a = n; };',
      ['own'],
    ],
    ['floating', 'exports.h = async () => { takeB(); };', ['own']],
    [
      'handed on',
      'exports.h = async () => { const n = a; await pause(1); a = n; return takeB(); };',
      ['own'],
    ],
    [
      'in branches of which each has accesses',
      'exports.h = async x => { if (x) { await takeB(); b = 2; } else { b = 1; await takeB(); } };',
      ['own', 'own'],
    ],
  ])('%s', (_, code, calls) => {
    expect(callsOf(code, 'takeB')).toEqual(calls);
    const held = heldBy(handlersOf(code).get('h'));
    expect(held.filter(name => name === 'b' && !/\bb = /.test(code))).toEqual([]);
  });

  test('called by another stage', () => {
    const code =
      "async function outer() { 'use stage'; const n = a; await takeB(); a = n; } exports.h = async () => outer();";
    expect(callsOf(code, 'takeB')).toEqual(['own']);
    expect(handlersOf(code).get('takeB')?.stage?.isLate).toBe(true);
    expect(handlersOf(code).get('outer')?.stage?.isLate).toBe(false);
    expect(handlersOf(code).get('h')?.protection).toBe('untouched');
  });

  test('and a handler as well', () => {
    const code = 'exports.takeA = takeA; exports.h = async () => { await takeA(); };';
    expect(handlersOf(code).get('takeA')).toMatchObject({ kind: 'export', protection: 'section' });
    expect(handlersOf(code).get('h')?.protection).toBe('untouched');
  });

  test.each([
    [
      'a method',
      "const o = { async put() { 'use stage'; const n = d; await pause(1); d = n; } }; exports.h = () => o.put();",
      'put',
    ],
    [
      'a method of a class',
      "class O { async put() { 'use stage'; const n = d; await pause(1); d = n; } } const o = new O(); exports.h = () => o.put();",
      'O.put',
    ],
    [
      'an arrow function',
      "const put = async () => { 'use stage'; const n = d; await pause(1); d = n; }; exports.h = () => put();",
      'put',
    ],
    [
      'a function inside of a handler',
      "exports.h = async () => { async function put() { 'use stage'; const n = d; await pause(1); d = n; } await put(); };",
      'h.put',
    ],
  ])('%s', (_, code, id) => {
    const handlers = handlersOf(code);
    expect(handlers.get(id)).toMatchObject({ kind: 'stage', protection: 'section' });
    expect(handlers.get('h')?.protection).toBe('untouched');
  });

  test.each([
    ['in place', 'exports.h = () => { b++; (async () => { await pause(1); await takeB(); })(); b++; };'],
    [
      'in what it calls',
      'const go = async () => { await pause(1); await takeB(); }; const start = () => { b++; go(); }; exports.h = () => { start(); b++; };',
    ],
  ])('behind an await of floating work, when the only segment with accesses is over: %s', (_, code) => {
    expect(callsOf(code, 'takeB')).toEqual(['own']);
    expect(handlersOf(code).get('h')?.protection).toBe('gate');
  });

  test('if it is sync and awaited', () => {
    expect(callsOf('exports.h = async () => await addB();', 'addB')).toEqual(['own']);
  });
});

describe('is part of its caller', () => {
  test.each([
    [
      'between accesses of the same',
      'exports.h = async () => { const n = b; await takeB(); b = n; };',
      'takeB',
      ['covered'],
    ],
    [
      'that only reads',
      'exports.h = async () => { const n = b; await lookB(); b = n; };',
      'lookB',
      ['covered'],
    ],
    [
      'in floating work before its first await',
      'exports.h = () => { b++; (async () => { await takeB(); })(); b++; };',
      'takeB',
      ['covered'],
    ],
    [
      'in floating work that need not come to an await',
      'exports.h = x => { b++; (async () => { if (x) await pause(1); await takeB(); })(); b++; };',
      'takeB',
      ['covered'],
    ],
    [
      'behind an await of floating work, in a unit that has accesses in a later segment',
      'exports.h = async () => { b++; (async () => { await pause(1); await takeB(); })(); await pause(1); b++; };',
      'takeB',
      ['covered'],
    ],
    [
      'between accesses of a part of it',
      'exports.h = async () => { const n = b; await takeBC(); b = n; };',
      'takeBC',
      ['overlap'],
    ],
    [
      'in a segment with accesses of the same',
      'exports.h = async () => { const n = b; const p = takeB(); b = n; await p; };',
      'takeB',
      ['covered'],
    ],
    [
      'if it may be awaited between them',
      'exports.h = async () => { const p = takeB(); const n = b; await p; b = n; };',
      'takeB',
      ['covered'],
    ],
    [
      'in a loop with accesses of the same',
      'exports.h = async xs => { for (const x of xs) { await takeB(); b++; } };',
      'takeB',
      ['covered'],
    ],
    [
      'in a helper that is called between them',
      'const help = async () => { await takeB(); }; exports.h = async () => { const n = b; await help(); b = n; };',
      'takeB',
      ['covered'],
    ],
    [
      'in a helper with accesses of the same',
      'const help = async () => { b++; await takeB(); b++; }; exports.h = async () => { await help(); };',
      'takeB',
      ['covered'],
    ],
    [
      'that is sync and not awaited',
      'exports.h = async () => { const n = addB(); return n; };',
      'addB',
      ['not-awaited'],
    ],
    [
      'called by itself',
      "async function again(n) { 'use stage'; d++; if (n) await again(n - 1); d++; } exports.h = () => again(2);",
      'again',
      ['covered', 'own'],
    ],
  ])('%s', (_, code, stage, calls) => {
    expect(callsOf(code, stage)).toEqual(calls);
  });

  test('and one of two stages whose orders would deadlock', () => {
    const code = `exports.ab = async () => { const n = a; await takeB(); a = n; };
      exports.ba = async () => { const n = b; await takeA(); b = n; };`;
    expect(callsOf(code, 'takeB')).toEqual(['own']);
    expect(callsOf(code, 'takeA')).toEqual(['order']);
    expect(heldBy(handlersOf(code).get('ba'))).toEqual(['a', 'b']);
    expect(planOf(SHARED + code).diagnostics.map(d => d.code)).toContain('merged-stage');
  });

  test('where somebody takes whatever the handlers need that code outside calls', () => {
    const code = `exports.h = async () => { const n = a; await takeB(); a = n; };
      exports.carries = async work => { const n = d; await work(); d = n; };`;
    expect(callsOf(code, 'takeB')).toEqual(['order']);
  });

  test('where more than two would', () => {
    const code = `async function takeC() { 'use stage'; const n = c; await pause(1); c = n + 1; }
      exports.ab = async () => { const n = a; await takeB(); a = n; };
      exports.bc = async () => { const n = b; await takeC(); b = n; };
      exports.ca = async () => { const n = c; await takeA(); c = n; };`;
    expect([callsOf(code, 'takeB'), callsOf(code, 'takeC'), callsOf(code, 'takeA')]).toEqual([
      ['own'],
      ['own'],
      ['order'],
    ]);
  });

  test('where one takes several classes of which another holds one and waits for the next', () => {
    const code = `async function takeC() { 'use stage'; const n = c; await pause(1); c = n + 1; }
      exports.abc = async () => { const n = a; await takeBC(); a = n; };
      exports.bc = async () => { const n = b; await takeC(); b = n; };`;
    expect([callsOf(code, 'takeBC'), callsOf(code, 'takeC')]).toEqual([['own'], ['order']]);
  });
});

describe('has no effect', () => {
  test.each([
    ['on a generator', "function* g() { 'use stage'; yield b; } exports.h = async () => [...g()];"],
    ['on what nobody calls', "async function f() { 'use stage'; b++; } f();"],
    ['on a callback', "async function f() { 'use stage'; b++; } exports.h = xs => Promise.all(xs.map(f));"],
  ])('%s', (_, code) => {
    expect(planOf(SHARED + code).diagnostics.map(d => d.code)).toContain('ignored-stage');
  });
});

test('a section does not begin by reading what a task may wait for that waits for others', () => {
  const update =
    'exports.up = async () => { const n = a; await pause(1); a = n + 1; }; exports.look = async () => { const n = a; await pause(1); return n + a; };';
  const late = 'exports.late = async () => { const n = a; await takeB(); return n + a; };';
  const modeOf = (code: string) => handlersOf(code).get('up')?.classes[0]?.mode;
  expect(modeOf(update)).toBe('update');
  expect(modeOf(update + late)).toBe('exclusive');
});
