/** Which arguments are moved: one small program for each use of a buffer that keeps it here, and for those that do not. */
import { describe, expect, test } from '@jest/globals';
import { BABELS } from '../transform/babels.js';
import { analyzed } from './analyzed.js';
import { build } from './compiled.js';

const movedIn = (body: string, more = ''): number[][] => {
  const { plan, said } = analyzed({
    'app.js': `import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
async function work(data, other) { 'use parallel'; return data.length + other; }
${more}
export const h = async (x, y) => { ${body} };`,
  });
  expect(said).toEqual([]);
  return (plan.parallel ?? []).flatMap(({ calls }) => calls.map(({ moved }) => moved));
};

describe('is moved', () => {
  test.each<[string, string, number[][]]>([
    ['memory that was just made', 'const b = Buffer.alloc(x); return work(b);', [[0]]],
    ['what was read', 'const b = await readFile(x); return await work(b);', [[0]]],
    ['what was compressed', 'const b = gzipSync(x); const n = await work(1, b); return n;', [[1]]],
    [
      'a list of numbers',
      'const b = new Float64Array(9); for (let i = 0; i < 9; i++) b[i] = i * 2; return work(b);',
      [[0]],
    ],
    [
      'what is filled before',
      'const b = Buffer.alloc(9); b.fill(1); b.writeUInt8(2, 0); if (b[1] > b.length) return 1; return work(b);',
      [[0]],
    ],
    ['two', 'const a = Buffer.alloc(1); const b = Buffer.alloc(2); return work(a, b);', [[0, 1]]],
    [
      'what is made anew in a loop',
      'for (const each of x) { const b = await readFile(each); await work(b); }',
      [[0]],
    ],
    ['in one of two branches', 'const b = Buffer.alloc(x); if (y) return work(b); return 1;', [[0]]],
  ])('%s', (_, body, expected) => {
    expect(movedIn(body)).toEqual(expected);
  });
});

describe('is copied', () => {
  test.each<[string, string, string?]>([
    ['what is used afterwards', 'const b = Buffer.alloc(x); await work(b); return b.length;'],
    [
      'what is used in a loop around the call',
      'const b = Buffer.alloc(x); for (const each of y) await work(b, each);',
    ],
    [
      'what a later loop uses',
      'const b = Buffer.alloc(x); for (const each of y) { b[0] = each; await work(b); }',
    ],
    ['what is used when it fails', 'const b = Buffer.alloc(x); try { await work(b); } catch { return b; }'],
    [
      'what is used in the end',
      'const b = Buffer.alloc(x); try { return await work(b); } finally { x(b.length); }',
    ],
    ['what is in another variable', 'const b = Buffer.alloc(x); const c = b; await work(b); return c;'],
    ['what has a view', 'const b = Buffer.alloc(x); const c = b.subarray(1); await work(b); return c;'],
    ['what has lent its memory', 'const b = new Uint8Array(9); const c = b.buffer; await work(b); return c;'],
    [
      'what may have lent its memory by a computed name',
      'const b = new Uint8Array(9); const c = b[y]; await work(b); return c;',
    ],
    ['what a filled buffer is', 'const b = Buffer.alloc(9); const c = b.fill(1); await work(b); return c;'],
    [
      'what is kept',
      'const b = Buffer.alloc(x); last = b; await work(b);',
      'let last; export const get = () => last;',
    ],
    [
      'what somebody else has got',
      'const b = Buffer.alloc(x); note(b); await work(b);',
      'const all = []; export const note = b => { all.push(b); };',
    ],
    [
      'what a function inside uses',
      'const b = Buffer.alloc(x); const f = () => b.length; await work(b); return f();',
    ],
    ['a parameter', 'return work(x);'],
    ['what a parameter may lend', 'const b = Buffer.from(x); return work(b);'],
    ['a view of what is given', 'const b = new Uint8Array(x); return work(b);'],
    ['what is assigned again', 'let b = Buffer.alloc(x); if (y) b = y; return work(b);'],
    [
      'what comes from a function of the program',
      'const b = make(); return work(b);',
      'const one = Buffer.alloc(9); const make = () => one;',
    ],
    ['what stands for both arguments', 'const b = Buffer.alloc(x); return work(b, b);'],
    ['what is no buffer', 'const b = { x }; return work(b);'],
    ['what is an element', 'const b = [Buffer.alloc(x)]; return work(b[0]);'],
    [
      'what is waited for by others',
      'const b = Buffer.alloc(x); const p = work(b); await work(b); return p;',
    ],
  ])('%s', (_, body, more = '') => {
    expect(movedIn(body, more).flat()).toEqual([]);
  });
});

test.each(BABELS)(
  'the emitted call leaves nothing behind in %s',
  (_, babel) => {
    const { run, code } = build(babel, {
      'app.js': `export async function sum(list) { 'use parallel'; return list.reduce((a, b) => a + b, 0); }
export async function total() {
  const list = new Float64Array(1000);
  for (let i = 0; i < 1000; i++) list[i] = i;
  return sum(list);
}
export async function twice() {
  const list = new Float64Array(1000).fill(1);
  return [await sum(list), list.length];
}`,
      'main.js':
        "import { total, twice } from './app.js'; console.log(await total(), await total(), await twice());",
    });
    expect(code['app.js']).toContain('return _moving(sum, 0)(list);');
    expect(run('dist/main.js')).toBe('499500 499500 [ 1000, 1000 ]\n');
  },
  60_000,
);
