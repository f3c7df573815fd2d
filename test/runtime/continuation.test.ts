import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  belonging,
  configure,
  continuation,
  floating,
  floatingResults,
  inspect,
  schedule,
} from '../../runtime/index.js';
import { freshClass, idle, leftovers, occasion } from './occasions.js';

afterEach(async () => {
  configure({ stallAfter: 5000 });
  jest.restoreAllMocks();
  await idle();
  expect(leftovers()).toEqual([]);
});

/** A handler whose rest is in callbacks, and another one that must not come in between. */
function scene(run: (log: string[]) => void) {
  const log: string[] = [];
  const needs = { exclusive: [freshClass()] };
  const take = schedule('take', () => run(log), needs);
  const other = schedule('other', () => void log.push('other'), needs);
  return { log, take, other };
}

const later = (callback: (...args: never[]) => unknown, ...args: unknown[]): void => {
  setImmediate(() => (callback as (...args: unknown[]) => unknown)(...args));
};

test('a task lasts until its callback has been called', async () => {
  const { log, take, other } = scene(log => {
    log.push('take');
    later(
      continuation((error: unknown, text: unknown) => log.push(`${error} ${text}`)),
      null,
      'text',
    );
  });
  expect(take()).toBe(undefined);
  const waited = other();
  expect(waited).toBeInstanceOf(Promise);
  await waited;
  expect(log).toEqual(['take', 'null text', 'other']);
  expect(other()).toBe(undefined);
});

test('what a callback hands over in turn belongs to the task, as does what it starts', async () => {
  const door = occasion();
  const { log, take, other } = scene(log => {
    later(
      continuation(() => {
        later(
          continuation(() => {
            log.push('second');
            floating(door.promise);
          }),
        );
      }),
    );
  });
  take();
  const waited = other();
  for (let i = 0; i < 4; i++) await idle();
  expect(log).toEqual(['second']);
  door.resolve();
  await waited;
  expect(log).toEqual(['second', 'other']);
});

test('an async callback is waited for, whether it fails or not', async () => {
  for (const outcome of ['resolve', 'reject'] as const) {
    const door = occasion();
    let given: unknown;
    const { log, take, other } = scene(() => {
      const callback = continuation(async () => door.promise);
      later(() => {
        given = callback();
      });
    });
    take();
    const waited = other();
    for (let i = 0; i < 3; i++) await idle();
    expect(log).toEqual([]);
    door[outcome](new Error('refused') as never);
    await (given as Promise<unknown>).catch(() => log.push('refused'));
    await waited;
    expect(log).toContain('other');
  }
});

test('a callback that throws ends the task, and throws the same', async () => {
  const error = new Error('thrown');
  let thrown: unknown;
  const { log, take, other } = scene(() => {
    const callback = continuation(() => {
      throw error;
    });
    later(() => {
      try {
        callback();
      } catch (caught) {
        thrown = caught;
      }
    });
  });
  take();
  await other();
  expect(thrown).toBe(error);
  expect(log).toEqual(['other']);
});

test('of the callbacks of one call, the first that is called is enough', async () => {
  let fail: unknown;
  const { log, take, other } = scene(log => {
    const done = continuation(() => log.push('done'));
    fail = continuation(() => log.push('failed'), { isAlternative: true });
    later(done);
  });
  take();
  await other();
  expect(log).toEqual(['done', 'other']);
  // It is kept all the same: nobody waits for a callback only because it has not been collected.
  expect(typeof fail).toBe('function');
});

test('the callbacks of two calls are both waited for', async () => {
  const { log, take, other } = scene(log => {
    later(continuation(() => log.push('one')));
    later(continuation(() => later(continuation(() => log.push('two')))));
  });
  take();
  await other();
  expect(log).toEqual(['one', 'two', 'other']);
});

test('a callback that is called again, or late, is left to itself', async () => {
  let callback: unknown;
  const { log, take, other } = scene(log => {
    callback = continuation(() => log.push('called'));
    later(callback as () => void);
  });
  take();
  await other();
  (callback as () => void)();
  expect(log).toEqual(['called', 'other', 'called']);
});

test('a scheduled callback runs inside of the task', async () => {
  const needs = { exclusive: [freshClass()] };
  const log: string[] = [];
  const inner = schedule('inner', () => void log.push('inner'), needs);
  const take = schedule('take', () => later(continuation(inner) as () => void), needs);
  take();
  await schedule('other', () => void log.push('other'), needs)();
  expect(log).toEqual(['inner', 'other']);
});

test('a callback looks as it was given, and without a task it is the same', () => {
  function callback(this: unknown, a: unknown, b: unknown) {
    return [this, a, b];
  }
  expect(continuation(callback)).toBe(callback);
  expect(continuation(undefined)).toBe(undefined);
  schedule(
    'take',
    () => {
      const given = continuation(callback);
      expect(given).not.toBe(callback);
      expect([given.length, given.name]).toEqual([2, 'callback']);
      expect(given.call('self', 1, 2)).toEqual(['self', 1, 2]);
    },
    { exclusive: [freshClass()] },
  )();
});

test('a task that carries itself is found after a suspension of its callback', async () => {
  const needs = { exclusive: [freshClass()], carriesTask: true };
  const log: string[] = [];
  const take = schedule(
    'take',
    async () => {
      await idle();
      later(
        continuation(async () => {
          await idle();
          later(continuation(() => log.push('last')));
        }),
      );
    },
    needs,
  );
  await take();
  await schedule('other', () => void log.push('other'), needs)();
  expect(log).toEqual(['last', 'other']);
});

test('promises that a built-in drops keep the task open', async () => {
  const { log, take, other } = scene(log => {
    ['a', 'b'].forEach(
      floatingResults(async name => {
        await idle();
        log.push(name);
      }),
    );
  });
  take();
  await other();
  expect(log).toEqual(['a', 'b', 'other']);
});

test('a callback that belongs to a task runs inside of it, and is not waited for', async () => {
  const needs = { exclusive: [freshClass()] };
  const log: string[] = [];
  const inner = schedule('inner', () => void log.push('inner'), needs);
  let listener: unknown;
  const door = occasion();
  const take = schedule(
    'take',
    () => {
      listener = belonging(() => inner());
      return door.promise;
    },
    needs,
  );
  const taken = take();
  const waited = schedule('other', () => void log.push('other'), needs)();
  (listener as () => void)();
  expect(log).toEqual(['inner']);
  door.resolve();
  await Promise.all([taken, waited]);
  (listener as () => void)();
  expect(log).toEqual(['inner', 'other', 'inner']);
});

describe('a task whose callback does not come stands aside for those who have waited too long', () => {
  // The end of a stall is reported at the next look.
  afterEach(() => sleep(50));

  function aside() {
    const needs = { exclusive: [freshClass()] };
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    configure({ stallAfter: 40 });
    const codes = () => warning.mock.calls.map(([, options]) => (options as { code: string }).code);
    return { codes, needs, log: [] as string[] };
  }

  test('and runs the callback that comes after all when it is its turn again', async () => {
    const { codes, needs, log } = aside();
    let callback: unknown;
    const take = schedule(
      'take',
      () => {
        callback = continuation(async (value: string) => {
          log.push(value);
          await idle();
          log.push('end');
          return value.length;
        });
      },
      needs,
    );
    const door = occasion();
    const other = schedule('other', () => door.promise, needs);
    const next = schedule('next', () => void log.push('next'), needs);
    take();
    const waited = other();
    await sleep(100);
    expect(codes()).toEqual(['ANYSPEED_STALLED', 'ANYSPEED_STOOD_ASIDE', 'ANYSPEED_STALL_ENDED']);
    const late = (callback as (value: string) => Promise<number>)('late');
    const last = next();
    expect(log).toEqual([]);
    door.resolve();
    await waited;
    expect(await late).toBe(4);
    await last;
    expect(log).toEqual(['late', 'end', 'next']);
  });

  test('also if it waits for several, each of which finds it as it should', async () => {
    const { needs, log } = aside();
    const callbacks: ((name: string) => unknown)[] = [];
    const take = schedule(
      'take',
      () => {
        for (let i = 0; i < 2; i++) callbacks.push(continuation((name: string) => void log.push(name)));
      },
      needs,
    );
    const door = occasion();
    const other = schedule('other', () => door.promise, needs);
    take();
    const waited = other();
    await sleep(100);
    const both = callbacks.map((callback, i) => callback(`${i}`));
    const held = inspect().classes.find(({ name }) => name === needs.exclusive[0])?.held;
    expect(held).toEqual({ exclusive: 1 });
    door.resolve();
    await Promise.all([waited, ...both]);
    expect(log).toEqual(['0', '1']);
  });

  test('but not while its own run goes on', async () => {
    const { codes, needs, log } = aside();
    const door = occasion();
    const take = schedule(
      'take',
      async () => {
        later(continuation(() => log.push('callback')));
        await door.promise;
        log.push('take');
      },
      needs,
    );
    const taken = take();
    const waited = schedule('other', () => void log.push('other'), needs)();
    await sleep(100);
    expect(codes()).toEqual(['ANYSPEED_STALLED']);
    door.resolve();
    await Promise.all([taken, waited]);
    expect(log).toEqual(['callback', 'take', 'other']);
  });
});
