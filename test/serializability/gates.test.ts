/** A gate is passed once: what comes after it in the same segment must not wait for whoever stands in line behind. */
import { expect, test } from '@jest/globals';
import { emit, planOf } from './compile.js';
import type { HandlerSource, Stmt } from './program.js';
import { render } from './render.js';
import { interleave, serialOutcomes, type TaskCall } from './run.js';

const one = { e: 'number', value: 1 } as const;
const write: Stmt = { s: 'write', place: 'total', value: { e: 'number', value: 3 }, adds: false };

const handler = (body: Stmt[]): HandlerSource => ({
  form: 'declaration',
  isAsync: true,
  fallback: null,
  body,
});

const increment = handler([
  { s: 'const', value: { e: 'read', place: 'total' } },
  { s: 'pause' },
  {
    s: 'write',
    place: 'total',
    value: { e: 'sum', left: { e: 'local', index: 1 }, right: one },
    adds: false,
  },
]);
const argument = { e: 'local', index: 0 } as const;
const result: Stmt = { s: 'return', value: { e: 'read', place: 'total' } };

test.each<[string, Stmt[]]>([
  ['a branch', [{ s: 'if', test: argument, yes: [write], no: [] }, result]],
  [
    'a branch, and a suspension in the other',
    [{ s: 'if', test: argument, yes: [write], no: [{ s: 'pause' }] }, result],
  ],
  [
    'what is caught',
    [
      {
        s: 'try',
        body: [{ s: 'if', test: argument, yes: [{ s: 'throw', value: one }], no: [] }, write],
        caught: [write],
        last: null,
      },
      result,
    ],
  ],
  ['branches in a row', [1, 2].map((): Stmt => ({ s: 'if', test: argument, yes: [write, result], no: [] }))],
])('through %s', async (_, body) => {
  const rendered = render({ handlers: [increment, handler(body)], asyncHelper: [], syncHelper: [] });
  const call = (handler: number): TaskCall => ({ handler, key: 'x', other: 'y', n: 1 });
  const calls = [call(0), call(1), call(0)];
  const emitted = emit(rendered.code, planOf(rendered.code));
  const serial = await serialOutcomes(rendered, calls);
  const seen = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const found = await interleave(emitted, rendered, calls, seed);
    seen.add('outcome' in found ? found.outcome : found.stuck);
  }
  expect([...serial.keys()]).toEqual(expect.arrayContaining([...seen]));
});
