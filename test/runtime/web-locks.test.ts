/**
 * The rules of the Web Locks specification (https://w3c.github.io/web-locks/) that apply to a lock table, each
 * named after the rule. What it says about queues per agent, `steal` and `ifAvailable` has no counterpart here.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { schedule } from '../../runtime/index.js';
import { freshClass, idle, leftovers, occasion } from './occasions.js';

afterEach(async () => {
  await idle();
  expect(leftovers()).toEqual([]);
});

/** Requests in the manner of `navigator.locks.request`: the callback runs with the lock held. */
function request<T>(
  name: string,
  mode: 'shared' | 'exclusive',
  callback: () => T,
  signal?: AbortSignal,
): Promise<Awaited<T>> {
  const needs = { [mode]: [name], ...(signal === undefined ? {} : { signal: () => signal }) };
  return Promise.resolve(schedule(`request ${mode}`, callback, needs)());
}

describe('§2.5 lock requests are grantable', () => {
  test('when no held lock has the same name', async () => {
    const door = occasion();
    const first = request(freshClass(), 'exclusive', () => door.promise);
    expect(await request(freshClass(), 'exclusive', () => 'granted')).toBe('granted');
    door.resolve();
    await first;
  });

  test('in mode "exclusive" only if no lock of that name is held', async () => {
    for (const held of ['shared', 'exclusive'] as const) {
      const name = freshClass();
      const door = occasion();
      let granted = false;
      const first = request(name, held, () => door.promise);
      const second = request(name, 'exclusive', () => {
        granted = true;
      });
      await idle();
      expect(granted).toBe(false);
      door.resolve();
      await Promise.all([first, second]);
      expect(granted).toBe(true);
    }
  });

  test('in mode "shared" only if no exclusive lock of that name is held', async () => {
    const name = freshClass();
    const door = occasion();
    const first = request(name, 'shared', () => door.promise);
    expect(await request(name, 'shared', () => 'granted')).toBe('granted');
    door.resolve();
    await first;
  });

  test('only as the first in the queue of that name that conflicts: order is kept', async () => {
    const name = freshClass();
    const door = occasion();
    const log: number[] = [];
    const all = [
      request(name, 'shared', () => door.promise),
      request(name, 'exclusive', () => log.push(1)),
      request(name, 'shared', () => log.push(2)),
      request(name, 'exclusive', () => log.push(3)),
    ];
    await idle();
    expect(log).toEqual([]);
    door.resolve();
    await Promise.all(all);
    expect(log).toEqual([1, 2, 3]);
  });
});

describe('§2.4 a lock is held until its waiting promise settles', () => {
  test("fulfilled: the released promise takes the callback's value", async () => {
    expect(
      await request(freshClass(), 'exclusive', async () => {
        await idle();
        return 'value';
      }),
    ).toBe('value');
  });

  test('rejected: the released promise takes the reason, and the lock is released', async () => {
    const name = freshClass();
    const reason = new Error('reason');
    await expect(
      request(name, 'exclusive', async () => {
        await idle();
        throw reason;
      }),
    ).rejects.toBe(reason);
    expect(await request(name, 'exclusive', () => 'granted')).toBe('granted');
  });
});

describe('§3.2 the signal option', () => {
  test('that is already aborted rejects a request that cannot be granted with the reason', async () => {
    const name = freshClass();
    const door = occasion();
    const first = request(name, 'exclusive', () => door.promise);
    const reason = new Error('aborted');
    await expect(request(name, 'exclusive', () => 0, AbortSignal.abort(reason))).rejects.toBe(reason);
    door.resolve();
    await first;
  });

  test('removes an aborted request from the queue, so that those behind it are processed', async () => {
    const name = freshClass();
    const door = occasion();
    const abort = new AbortController();
    const first = request(name, 'shared', () => door.promise);
    const second = request(name, 'exclusive', () => 0, abort.signal);
    const third = request(name, 'shared', () => 'granted');
    abort.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    expect(await third).toBe('granted');
    door.resolve();
    await first;
  });

  test('has no effect once the lock is granted', async () => {
    const abort = new AbortController();
    const held = request(
      freshClass(),
      'exclusive',
      async () => {
        await idle();
        return 'done';
      },
      abort.signal,
    );
    abort.abort();
    expect(await held).toBe('done');
  });
});
