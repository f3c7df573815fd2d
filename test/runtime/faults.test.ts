/**
 * Whatever a handler does, the process stays right and the table empty.
 */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { inspect, schedule } from '../../runtime/index.js';
import { freshClass, idle, leftovers, occasion } from './occasions.js';

afterEach(async () => {
  await idle();
  expect(leftovers()).toEqual([]);
});

/** A handler on a class of its own, called while the class is free and while it is held. */
async function bothWays<T>(fn: () => T): Promise<[unknown, unknown]> {
  const name = freshClass();
  const handler = schedule('faulty', fn, { exclusive: [name] });
  const outcome = async (run: () => unknown) => {
    try {
      return ['returned', await run()];
    } catch (error) {
      return ['threw', error];
    }
  };
  const direct = await outcome(handler);
  const door = occasion();
  const holding = schedule('holder', () => door.promise, { exclusive: [name] })();
  const queued = outcome(handler);
  door.resolve();
  await holding;
  const results: [unknown, unknown] = [direct, await queued];
  expect(schedule('after', () => 'free', { exclusive: [name] })()).toBe('free');
  return results;
}

const error = new Error('fault');

describe('a handler that', () => {
  test('throws synchronously', async () => {
    expect(
      await bothWays(() => {
        throw error;
      }),
    ).toEqual([
      ['threw', error],
      ['threw', error],
    ]);
  });

  test('throws what is no error', async () => {
    expect(
      await bothWays(() => {
        throw undefined;
      }),
    ).toEqual([
      ['threw', undefined],
      ['threw', undefined],
    ]);
  });

  test('rejects', async () => {
    expect(
      await bothWays(async () => {
        await idle();
        throw error;
      }),
    ).toEqual([
      ['threw', error],
      ['threw', error],
    ]);
  });

  test('throws in `finally`', async () => {
    expect(
      await bothWays(async () => {
        try {
          await idle();
          throw new Error('first');
        } finally {
          await idle();
          // biome-ignore lint/correctness/noUnsafeFinally: what is tested.
          throw error;
        }
      }),
    ).toEqual([
      ['threw', error],
      ['threw', error],
    ]);
  });

  test('returns a foreign thenable, which is followed once', async () => {
    let followed = 0;
    const thenable = () =>
      Object.fromEntries([
        [
          'then',
          (resolve: (value: string) => void) => {
            followed++;
            setImmediate(() => resolve('value'));
          },
        ],
      ]);
    expect(await bothWays(thenable)).toEqual([
      ['returned', 'value'],
      ['returned', 'value'],
    ]);
    expect(followed).toBe(2);
  });

  test('returns a thenable that settles twice, or both ways, or synchronously', async () => {
    const thenable = () =>
      Object.fromEntries([
        [
          'then',
          (resolve: (value: string) => void, reject: (error: unknown) => void) => {
            resolve('once');
            resolve('twice');
            reject(error);
            throw error;
          },
        ],
      ]);
    expect(await bothWays(thenable)).toEqual([
      ['returned', 'once'],
      ['returned', 'once'],
    ]);
  });

  test('returns a thenable whose `then` throws', async () => {
    const thenable = () =>
      Object.fromEntries([
        [
          'then',
          () => {
            throw error;
          },
        ],
      ]);
    expect(await bothWays(thenable)).toEqual([
      ['threw', error],
      ['threw', error],
    ]);
  });

  test('returns an object whose `then` cannot be read', async () => {
    const object = () =>
      Object.defineProperty({}, 'then', {
        get() {
          throw error;
        },
      });
    expect(await bothWays(object)).toEqual([
      ['threw', error],
      ['threw', error],
    ]);
  });

  test('returns a promise of a subclass', async () => {
    class Special extends Promise<string> {}
    expect(await bothWays(() => Special.resolve('special'))).toEqual([
      ['returned', 'special'],
      ['returned', 'special'],
    ]);
  });

  test('returns a promise whose author has given it another `then`, which calls back more than once', async () => {
    class Insistent extends Promise<string> {
      // biome-ignore lint/suspicious/noThenProperty: this is what is tested.
      override then(onFulfilled?: unknown, onRejected?: unknown): never {
        const twice = (value: string) => {
          (onFulfilled as (value: string) => unknown)(value);
          return (onFulfilled as (value: string) => unknown)(value);
        };
        return super.then(twice, onRejected as () => never) as never;
      }
    }
    expect(await bothWays(() => Insistent.resolve('special'))).toEqual([
      ['returned', 'special'],
      ['returned', 'special'],
    ]);
  });

  test('calls itself', async () => {
    const name = freshClass();
    const sum: (n: number) => Promise<number> = schedule(
      'sum',
      async n => (n === 0 ? 0 : n + (await sum(n - 1))),
      { exclusive: [name] },
    );
    expect(await sum(20)).toBe(210);
  });

  test('never settles blocks its class and nothing else', async () => {
    const [stuck, other] = [freshClass(), freshClass()];
    const never = occasion();
    schedule('never', () => never.promise, { exclusive: [stuck] })();
    let ran = false;
    const waiting = schedule(
      'waiting',
      () => {
        ran = true;
      },
      { exclusive: [stuck] },
    )();
    expect(schedule('other', () => 'free', { exclusive: [other] })()).toBe('free');
    await idle();
    expect(ran).toBe(false);
    never.resolve();
    await waiting;
  });
});

test('fake timers do not stop the table', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  try {
    expect(await bothWays(async () => 'value')).toEqual([
      ['returned', 'value'],
      ['returned', 'value'],
    ]);
  } finally {
    jest.useRealTimers();
  }
});

test('a module registry that was reset gets the same table', async () => {
  const before = inspect().classes.length;
  jest.resetModules();
  const again = await import('../../runtime/index.js');
  expect(again.inspect().classes.length).toBe(before);
  expect(before).toBeGreaterThan(0);
});
