/** Sections that cross: each has what the other needs, or would have it if both began by reading. */
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

/** Writes a place, calls the function that it is handed later, and writes the place again. */
const carries = (place: Place): HandlerSource => {
  const touch = { s: 'write' as const, place, value: { e: 'number' as const, value: 1 }, adds: true };
  return {
    form: 'declaration',
    isAsync: true,
    fallback: null,
    body: [touch, { s: 'pause' }, { s: 'work', value: { e: 'number', value: 0 } }, { s: 'pause' }, touch],
  };
};

test('two that call each other through code outside may meet with something in hands, which is reported', async () => {
  const crossing = render({
    handlers: [carries('total'), carries('count')],
    asyncHelper: [],
    syncHelper: [],
  });
  const calls = [0, 1].map(
    (handler): TaskCall => ({ handler, key: 'x', other: 'y', n: 0, inner: 1 - handler }),
  );
  const emitted = emit(crossing.code, planOf(crossing.code));
  const serial = await serialOutcomes(crossing, calls);
  let reports = 0;
  for (let seed = 0; seed < 20; seed++) {
    const found = await interleave(emitted, crossing, calls, seed);
    if ('isReported' in found) reports++;
    else expect([...serial.keys()]).toContain('outcome' in found ? found.outcome : found.stuck);
  }
  expect(reports).toBeGreaterThan(0);
  expect(reports).toBeLessThan(20);
});
