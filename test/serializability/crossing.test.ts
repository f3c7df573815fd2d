/** Two sections of which each reads what the other writes: if both began by reading, each would wait for the other for ever. */
import { expect, test } from '@jest/globals';
import { emit, planOf } from './compile.js';
import type { HandlerSource, Place } from './program.js';
import { render } from './render.js';
import { interleave, serialOutcomes, type TaskCall } from './run.js';

/** Reads one place, suspends, and writes what it has read, and one more, to another, twice. */
const copies = (from: Place, to: Place): HandlerSource => ({
  form: 'declaration',
  isAsync: true,
  fallback: null,
  body: [
    { s: 'const', value: { e: 'read', place: from } },
    { s: 'pause' },
    ...[1, 2].flatMap(value => [
      {
        s: 'write' as const,
        place: to,
        value: {
          e: 'sum' as const,
          left: { e: 'local' as const, index: 1 },
          right: { e: 'number' as const, value },
        },
        adds: false,
      },
      { s: 'pause' as const },
    ]),
    { s: 'return', value: { e: 'read', place: from } },
  ],
});

const rendered = render({
  handlers: [copies('total', 'count'), copies('count', 'total')],
  asyncHelper: [],
  syncHelper: [],
});

test('one of two crossing sections begins by reading', () => {
  const modes = planOf(rendered.code).handlers.map(({ classes }) => classes.map(({ mode }) => mode).sort());
  expect(modes).toEqual([
    ['shared', 'update'],
    ['exclusive', 'shared'],
  ]);
});

test('they never wait for each other for ever, and equal a serial order', async () => {
  const call = (handler: number): TaskCall => ({ handler, key: 'x', other: 'y', n: 0 });
  const calls = [call(0), call(1), call(0), call(1)];
  const emitted = emit(rendered.code, planOf(rendered.code));
  const serial = await serialOutcomes(rendered, calls);
  const seen = new Set<string>();
  for (let seed = 0; seed < 300; seed++) {
    const found = await interleave(emitted, rendered, calls, seed);
    expect(found).not.toHaveProperty('stuck');
    const outcome = 'outcome' in found ? found.outcome : '';
    expect([...serial.keys()]).toContain(outcome);
    seen.add(outcome);
  }
  // Or this has tried little.
  expect(seen.size).toBeGreaterThan(1);
});
