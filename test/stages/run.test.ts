/** Compiled stages in many interleavings: nobody waits for ever, no update is lost, and requests pass each other. */
import { expect, test } from '@jest/globals';
import { emit, planOf } from '../serializability/compile.js';
import { interleave, type TaskCall } from '../serializability/run.js';

const call = (handler: number): TaskCall => ({ handler, key: 'x', other: 'y', n: 0 });

/** What the handlers `h0`, `h1`, ... leave behind, in all interleavings that were tried. */
async function outcomesOf(code: string, observer: string, handlers: readonly number[]): Promise<string[]> {
  const source = `const { setTimeout: pause } = require('node:timers/promises');\n${code}`;
  const emitted = emit(source, planOf(source));
  const rendered = {
    code: source,
    observer: `globalThis.observe = () => JSON.stringify(${observer});`,
    handlers: 0,
  };
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const found = await interleave(emitted, rendered, handlers.map(call), seed);
    outcomes.add('stuck' in found ? `${found.stuck} waits for ever` : found.outcome.replace(/^.*=> /, ''));
  }
  return [...outcomes];
}

const ADD = (name: string): string =>
  `async function add_${name}() { 'use stage'; const n = ${name}; await pause(); ${name} = n + 1; }`;
const IN_THE_MIDST = (name: string, stage: string): string =>
  `async () => { const n = ${name}; await ${stage}(); ${name} = n + 1; }`;

test('stages that are called in the midst of sections', async () => {
  const code = `let a = 0, b = 0; ${ADD('b')}
    exports.h0 = ${IN_THE_MIDST('a', 'add_b')};
    exports.h1 = async () => { const n = [a, b]; await pause(); a = n[0] + 1; b = n[1] + 1; };
    exports.h2 = async () => { await add_b(); await add_b(); };`;
  const outcomes = await outcomesOf(code, '[a, b]', [0, 1, 2, 0, 1]);
  expect(outcomes).toEqual(['[4,6]']);
}, 60_000);

test('stages whose orders would deadlock', async () => {
  const code = `let a = 0, b = 0, c = 0; ${ADD('a')} ${ADD('b')} ${ADD('c')}
    exports.h0 = ${IN_THE_MIDST('a', 'add_b')};
    exports.h1 = ${IN_THE_MIDST('b', 'add_c')};
    exports.h2 = ${IN_THE_MIDST('c', 'add_a')};
    exports.h3 = async () => { const n = [a, b, c]; await pause(); a = n[0] + 1; b = n[1] + 1; c = n[2] + 1; };`;
  expect(await outcomesOf(code, '[a, b, c]', [0, 1, 2, 3, 0, 1, 2])).toEqual(['[5,5,5]']);
}, 60_000);

test('stages that are called by stages, in loops, in parallel and without anybody waiting', async () => {
  const code = `let a = 0, b = 0; const log = []; ${ADD('b')}
    async function note(line) { 'use stage'; const at = log.length; await pause(); log[at] = line; }
    async function outer() { 'use stage'; const n = a; await add_b(); a = n + 1; await note('outer'); }
    exports.h0 = async () => { for (let i = 0; i < 2; i++) await outer(); };
    exports.h1 = async () => { await Promise.all([add_b(), outer(), note('all')]); };
    exports.h2 = async () => { note('floating'); const later = add_b; await later(); };`;
  expect(await outcomesOf(code, '[a, b, log.length]', [0, 1, 2, 0, 1])).toEqual(['[6,9,9]']);
}, 60_000);

test('stages with keys, and gates', async () => {
  const code = `const rows = new Map(); let total = 0;
    async function put(key) { 'use stage'; const n = rows.get(key) ?? 0; await pause(); rows.set(key, n + 1); }
    function size() { 'use stage'; return rows.size; }
    exports.h0 = async (k, n, j) => { await put(k); await put(j); await put(k); };
    exports.h1 = async k => { const before = total; await put(k); total = before + (await size()); };`;
  const outcomes = await outcomesOf(code, '[rows.get("x"), rows.get("y"), total > 0]', [0, 1, 0, 1]);
  expect(outcomes).toEqual(['[6,2,true]']);
}, 60_000);
