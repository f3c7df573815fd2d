/**
 * The rules of the Web Locks specification (https://w3c.github.io/web-locks/) that apply to a lock table, each
 * named after the rule. What it says about queues per agent, `steal` and `ifAvailable` has no counterpart here.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { inspect, schedule } from '../../runtime/index.js';
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

describe('§2.3 the lock request queue', () => {
  test('is processed when a lock is released: all requests at its head that are grantable are granted', async () => {
    const name = freshClass();
    const door = occasion();
    const gate = occasion();
    const log: string[] = [];
    const reader = (id: string) => () => {
      log.push(id);
      return gate.promise;
    };
    const all = [
      request(name, 'exclusive', () => door.promise),
      request(name, 'shared', reader('first')),
      request(name, 'shared', reader('second')),
      request(name, 'exclusive', () => log.push('writer')),
      request(name, 'shared', () => log.push('third')),
    ];
    door.resolve();
    await idle();
    expect(log).toEqual(['first', 'second']);
    gate.resolve();
    await Promise.all(all);
    expect(log).toEqual(['first', 'second', 'writer', 'third']);
  });

  test('of one name does not hold up that of another', async () => {
    const [busy, free] = [freshClass(), freshClass()];
    const door = occasion();
    const all = [request(busy, 'exclusive', () => door.promise), request(busy, 'exclusive', () => 0)];
    expect(await request(free, 'exclusive', () => 'granted')).toBe('granted');
    door.resolve();
    await Promise.all(all);
  });
});

describe('§3.3 query()', () => {
  test('tells the mode of each lock that is held, and of each request that is pending, in order', async () => {
    const name = freshClass();
    const door = occasion();
    const all = [
      request(name, 'shared', () => door.promise),
      request(name, 'shared', () => door.promise),
      request(name, 'exclusive', () => 0),
      request(name, 'shared', () => 0),
    ];
    expect(inspect().classes.find(each => each.name === name)).toMatchObject({
      held: { shared: 2 },
      waiting: ['exclusive', 'shared'],
    });
    door.resolve();
    await Promise.all(all);
    expect(inspect().classes.find(each => each.name === name)).toMatchObject({ held: {}, waiting: [] });
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

  test('a callback that throws: the released promise takes the exception, and the lock is released', async () => {
    const name = freshClass();
    const door = occasion();
    const first = request(name, 'exclusive', () => door.promise);
    const thrown = new Error('thrown');
    const second = request(name, 'exclusive', () => {
      throw thrown;
    });
    const third = request(name, 'exclusive', () => 'granted');
    door.resolve();
    await expect(second).rejects.toBe(thrown);
    expect(await third).toBe('granted');
    await first;
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
