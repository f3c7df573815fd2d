/**
 * Calls that wait while all workers are busy, and calls wherever they run: each has the arguments of its own, as they were.
 */
import { afterAll, expect, test } from '@jest/globals';
import { close, configure, inspect } from '../../../runtime/parallel/index.js';
import { inWorkers } from './in-workers.js';

configure({ size: 1 });
afterAll(close);

const block = inWorkers('block', (milliseconds: number) => {
  const until = Date.now() + milliseconds;
  while (Date.now() < until);
});

test('what is changed while a call waits makes no difference to it', async () => {
  const look = inWorkers('look', (value: unknown, _options?: unknown) => value);
  const cart = {
    items: [1, 2],
    owner: Object.assign(Object.create(null), { name: 'a' }),
    bytes: Buffer.from('abc'),
  };
  const blocked = block(50);
  const calls = [look(cart), look(cart, { signal: new AbortController().signal })];
  expect(inspect().pool).toMatchObject({ running: 1, waiting: 2 });
  cart.items.push(3);
  cart.owner.name = 'b';
  cart.bytes.fill(0);
  for (const seen of (await Promise.all(calls)) as (typeof cart)[]) {
    expect(seen.items).toEqual([1, 2]);
    expect({ ...seen.owner }).toEqual({ name: 'a' });
    expect(Object.getPrototypeOf(seen.owner)).toBeNull();
    expect(seen.bytes.equals(Buffer.from('abc'))).toBe(true);
  }
  await blocked;
});

test('a call that waits and cannot cross is refused at once', async () => {
  const look = inWorkers('look', (_value: unknown) => 0);
  const blocked = block(50);
  const begin = Date.now();
  const error = await look({ when: [() => 0] }).catch(error => error);
  expect(Date.now() - begin).toBeLessThan(45);
  expect(error).toMatchObject({ code: 'ERR_ANYSPEED_NOT_CLONABLE' });
  expect(error.message).toContain('look(_value.when[0]) is a function.');
  await blocked;
});

test('of many calls, here and there, each gets the answer to its own question', async () => {
  // Without globals: in Jest's context, each look at one takes a microsecond.
  const mix = (seed: number, text: string) => {
    let hash = seed;
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) % 1000003;
    }
    return { hash, seed };
  };
  const call = inWorkers('mix', mix, { mode: 'auto' });
  const questions = Array.from({ length: 400 }, (_, seed) => [seed, 'x'.repeat((seed * 37) % 2000)] as const);
  for (let round = 0; round < 2; round++) {
    const answers = await Promise.all(questions.map(([seed, text]) => call(seed, text)));
    expect(answers).toEqual(questions.map(([seed, text]) => mix(seed, text)));
  }
  const sizes = inspect().functions.at(-1)?.sizes ?? [];
  expect(sizes.reduce((sum, { runsHere }) => sum + runsHere, 0)).toBeGreaterThan(0);
  expect(sizes.reduce((sum, { runsInPool }) => sum + runsInPool, 0)).toBeGreaterThan(0);
});

test('what runs in place is not refused now and then, because a call is tried in a worker', async () => {
  const short = inWorkers(
    'short',
    (count: number, _callback?: () => void) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += i;
      return sum;
    },
    { mode: 'auto' },
  );
  const state = () => inspect().functions.at(-1)?.sizes[0];
  // Until it is known to be short.
  for (let call = 0; call < 500 && state()?.place !== 'here'; call++) await short(5000);
  expect(state()?.place).toBe('here');
  for (let call = 0; call < 4000; call++) await short(5000, () => {});
  expect(state()?.runsHere).toBeGreaterThan(3900);
});

test('what returns something that cannot cross is refused every time', async () => {
  const make = inWorkers('make', () => new URL('http://localhost'), { mode: 'auto' });
  for (let call = 0; call < 20; call++) {
    await expect(make()).rejects.toMatchObject({ code: 'ERR_ANYSPEED_NOT_CLONABLE' });
  }
});
