/**
 * Calls that end otherwise: they are aborted, or their worker dies.
 */
import { getEventListeners } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { close, configure, inspect } from '../../../runtime/parallel/index.js';
import { inWorkers } from './in-workers.js';

declare const require: NodeJS.Require;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anyspeed-ending-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
configure({ size: 1 });
afterAll(close);

/** Notes its name in a file when it runs, keeps the worker for a while, and does what it is told. */
const work = inWorkers(
  'work',
  (file: string, name: string, milliseconds: number, end: 'return' | 'exit' | 'throw') => {
    require('node:fs').appendFileSync(file, `${name}\n`);
    const until = Date.now() + milliseconds;
    while (Date.now() < until);
    if (end === 'exit') process.exit(7);
    if (end === 'throw')
      process.nextTick(() => {
        throw new Error('stray');
      });
    return end === 'throw' ? new Promise(() => {}) : name;
  },
);

/** The same with a signal. */
const cancelable = inWorkers('cancelable', (file: string, name: string, options: { signal: AbortSignal }) => {
  require('node:fs').appendFileSync(file, `${name}\n`);
  const until = Date.now() + 50;
  while (Date.now() < until);
  return [name, options.signal.aborted];
});

const runsIn = (file: string): string[] => readFileSync(file, 'utf8').split('\n').filter(Boolean).sort();

/** Settles when a worker has written to the file, however long it takes to start one. */
async function firstRunIn(file: string): Promise<void> {
  while (!existsSync(file) || runsIn(file).length === 0) await sleep(1);
}

describe('a worker that dies', () => {
  test.each(['exit', 'throw'] as const)(
    'by %s fails its calls, is replaced, and nothing runs twice or never',
    async end => {
      const file = join(folder, 'runs');
      const before = inspect().pool?.replaced ?? 0;
      const names = ['a', 'b', 'dies', 'c', 'd', 'e'];
      const outcomes = await Promise.allSettled(
        names.map(name => work(file, name, 5, name === 'dies' ? end : 'return')),
      );
      const failed = outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [names[index]] : []));
      expect(failed).toEqual(['dies']);
      expect(runsIn(file)).toEqual([...names].sort());
      const { reason } = outcomes[2] as PromiseRejectedResult;
      expect(reason).toMatchObject({ code: 'ERR_ANYSPEED_WORKER_DIED' });
      expect(reason.message).toMatch(
        end === 'exit'
          ? /^The worker thread that had a call of test\/work-\d+\.ts#work has ended: worker exited with code: 7\. .* Called at .*ending\.test\.ts/
          : /has ended: stray\. The call is not repeated/,
      );
      expect(inspect().pool).toMatchObject({ replaced: before + 1, running: 0, waiting: 0 });
      expect(await work(file, 'after', 0, 'return')).toBe('after');
    },
  );
});

describe('an AbortSignal', () => {
  test('that is aborted already keeps the call from beginning', async () => {
    const reason = new Error('too late');
    await expect(cancelable(join(folder, 'runs'), 'one', { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(() => readFileSync(join(folder, 'runs'))).toThrow('ENOENT');
  });

  test('takes a waiting call out of the queue, and lets a running one run out', async () => {
    const file = join(folder, 'runs');
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const calls = [first, second, third].map(({ signal }, index) =>
      cancelable(file, `call ${index}`, { signal }),
    );
    const outcomes = Promise.allSettled(calls);
    // The worker has the first by now, and two wait.
    await firstRunIn(file);
    expect(inspect().pool).toMatchObject({ running: 1, waiting: 2 });
    first.abort('first');
    second.abort('second');
    expect(inspect().pool).toMatchObject({ running: 1, waiting: 1 });
    expect(await outcomes).toMatchObject([
      { status: 'rejected', reason: 'first' },
      { status: 'rejected', reason: 'second' },
      { status: 'fulfilled', value: ['call 2', false] },
    ]);
    expect(runsIn(file)).toEqual(['call 0', 'call 2']);
    expect(inspect().pool).toMatchObject({ replaced: expect.any(Number), running: 0, waiting: 0 });
  });

  test('reaches an async function in the worker', async () => {
    const wait = inWorkers('wait', async (file: string, signal: AbortSignal) => {
      const { appendFileSync } = require('node:fs');
      const aborted = new Promise(resolve => signal.addEventListener('abort', resolve));
      appendFileSync(file, 'begun\n');
      await aborted;
      appendFileSync(file, `${signal.reason}\n`);
    });
    const file = join(folder, 'runs');
    const controller = new AbortController();
    const call = wait(file, controller.signal);
    const outcome = expect(call).rejects.toBe('enough');
    await firstRunIn(file);
    controller.abort('enough');
    await outcome;
    while (inspect().pool?.running !== 0) await sleep(1);
    expect(runsIn(file)).toEqual(['begun', 'enough']);
  });

  test('of the whole server gathers nothing', async () => {
    const { signal } = new AbortController();
    for (let call = 0; call < 5; call++) await cancelable(join(folder, 'runs'), 'x', { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
