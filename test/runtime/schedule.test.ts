import { afterEach, describe, expect, test } from '@jest/globals';
import { schedule, unscheduled } from '../../runtime/index.js';
import { freshClass, idle, leftovers, type Occasion, occasion } from './occasions.js';

afterEach(async () => {
  await idle();
  expect(leftovers()).toEqual([]);
});

describe('a call that need not wait', () => {
  test('returns synchronously what a sync handler returns', () => {
    const add = schedule('add', (a: number, b: number) => a + b, { exclusive: [freshClass()] });
    expect(add(1, 2)).toBe(3);
  });

  test('throws synchronously the error that a sync handler throws', () => {
    const error = new Error('no');
    const fail = schedule(
      'fail',
      () => {
        throw error;
      },
      { exclusive: [freshClass()] },
    );
    expect(() => fail()).toThrow(error);
    expect(() => fail()).toThrow(error);
  });

  test('rejects with the same error object', async () => {
    const error = new Error('no');
    const fail = schedule(
      'fail',
      async () => {
        throw error;
      },
      { exclusive: [freshClass()] },
    );
    await expect(fail()).rejects.toBe(error);
    await expect(fail()).rejects.toBe(error);
  });

  test("starts in the caller's own segment", () => {
    let started = false;
    const start = schedule(
      'start',
      async () => {
        started = true;
      },
      { exclusive: [freshClass()] },
    );
    start();
    expect(started).toBe(true);
  });

  test('passes `this`, all arguments and undefined holes', () => {
    const needs = { shared: [freshClass()] };
    const receiver = {
      see: schedule(
        'see',
        function (this: unknown, ...args: unknown[]) {
          return [this, args];
        },
        needs,
      ),
    };
    expect(receiver.see(1, undefined, 3)).toEqual([receiver, [1, undefined, 3]]);
    expect(receiver.see.call(null)).toEqual([null, []]);
  });
});

describe('exclusive', () => {
  test('one at a time, in order of arrival', async () => {
    const name = freshClass();
    const log: string[] = [];
    const doors = [occasion(), occasion(), occasion()];
    const handler = schedule(
      'one',
      async (i: number) => {
        log.push(`start ${i}`);
        await doors[i]?.promise;
        log.push(`end ${i}`);
        return i;
      },
      { exclusive: [name] },
    );
    const runs = [0, 1, 2].map(i => handler(i));
    await idle();
    expect(log).toEqual(['start 0']);
    for (const door of doors) {
      door.resolve();
      await idle();
    }
    expect(log).toEqual(['start 0', 'end 0', 'start 1', 'end 1', 'start 2', 'end 2']);
    expect(await Promise.all(runs)).toEqual([0, 1, 2]);
  });

  test('a call that waited keeps its `this`, arguments and error', async () => {
    const name = freshClass();
    const door = occasion();
    const block = schedule('block', () => door.promise, { exclusive: [name] });
    const error = new Error('late');
    const see = schedule(
      'see',
      function (this: unknown, ...args: unknown[]) {
        return [this, args];
      },
      { shared: [name] },
    );
    const fail = schedule(
      'fail',
      (): unknown => {
        throw error;
      },
      { exclusive: [name] },
    );
    const reject = schedule(
      'reject',
      async () => {
        throw error;
      },
      { exclusive: [name] },
    );
    const blocking = block();
    const seen = see.call('me', 1, 2);
    const failed = fail();
    const rejected = reject();
    expect(seen).toBeInstanceOf(Promise);
    door.resolve();
    expect(await seen).toEqual(['me', [1, 2]]);
    await expect(failed).rejects.toBe(error);
    await expect(rejected).rejects.toBe(error);
    await blocking;
  });

  test('a long queue of sync handlers does not overflow the stack', async () => {
    const name = freshClass();
    const door = occasion();
    const blocking = schedule('block', () => door.promise, { exclusive: [name] })();
    let count = 0;
    const step = schedule(
      'step',
      () => {
        count++;
      },
      { exclusive: [name] },
    );
    for (let i = 0; i < 50_000; i++) step();
    door.resolve();
    await blocking;
    await idle();
    expect(count).toBe(50_000);
  });
});

describe('shared', () => {
  test('readers run together, a waiting writer is not overtaken by later readers', async () => {
    const name = freshClass();
    const log: string[] = [];
    const doors = new Map<string, Occasion>();
    const body = async (id: string) => {
      log.push(id);
      const door = occasion();
      doors.set(id, door);
      await door.promise;
    };
    const read = schedule('read', body, { shared: [name] });
    const write = schedule('write', body, { exclusive: [name] });
    const all = [read('r1'), read('r2'), write('w1'), read('r3'), read('r4')];
    expect(log).toEqual(['r1', 'r2']);
    doors.get('r1')?.resolve();
    await idle();
    expect(log).toEqual(['r1', 'r2']);
    doors.get('r2')?.resolve();
    await idle();
    expect(log).toEqual(['r1', 'r2', 'w1']);
    doors.get('w1')?.resolve();
    await idle();
    expect(log).toEqual(['r1', 'r2', 'w1', 'r3', 'r4']);
    for (const door of doors.values()) door.resolve();
    await Promise.all(all);
  });

  test('a class named in two kinds is held in the stronger', async () => {
    const name = freshClass();
    const door = occasion();
    let read = false;
    const holding = schedule('both', () => door.promise, { shared: [name], exclusive: [name] })();
    const reading = schedule(
      'read',
      () => {
        read = true;
      },
      { shared: [name] },
    )();
    expect(read).toBe(false);
    door.resolve();
    await holding;
    await reading;
    expect(read).toBe(true);
  });
});

describe('several classes', () => {
  test('are taken in one step: whoever waits for one holds none', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const door = occasion();
    const log: string[] = [];
    const holdA = schedule('a', () => door.promise, { exclusive: [a] })();
    const both = schedule(
      'both',
      () => {
        log.push('both');
      },
      { exclusive: [a, b] },
    )();
    // `both` waits for a and stands first in the queue of b, so a later one for b waits behind it ...
    const onlyB = schedule(
      'b',
      () => {
        log.push('b');
      },
      { exclusive: [b] },
    )();
    expect(log).toEqual([]);
    door.resolve();
    await Promise.all([holdA, both, onlyB]);
    expect(log).toEqual(['both', 'b']);
  });

  test('tasks that do not conflict overtake freely', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const door = occasion();
    const log: string[] = [];
    const holdA = schedule('a', () => door.promise, { exclusive: [a] })();
    const waiting = schedule(
      'waiting',
      () => {
        log.push('waiting');
      },
      { exclusive: [a], shared: [b] },
    )();
    schedule(
      'read b',
      () => {
        log.push('read b');
      },
      { shared: [b] },
    )();
    expect(log).toEqual(['read b']);
    door.resolve();
    await Promise.all([holdA, waiting]);
  });

  test('opposite orders do not deadlock', async () => {
    const [a, b] = [freshClass(), freshClass()];
    let runs = 0;
    const body = async () => {
      runs++;
      await idle();
    };
    const one = schedule('ab', body, { exclusive: [a, b] });
    const two = schedule('ba', body, { exclusive: [b, a] });
    await Promise.all([one(), two(), one(), two()]);
    expect(runs).toBe(4);
  });
});

describe('a gate', () => {
  test("runs at once, and returns the author's own promise, while no conflicting section is open", () => {
    const promise = Promise.resolve(1);
    const pass = schedule('pass', () => promise, { exclusive: [freshClass()], gate: true });
    expect(pass()).toBe(promise);
  });

  test('waits while a conflicting section is open, and holds nothing afterwards', async () => {
    const name = freshClass();
    const [door, later] = [occasion(), occasion()];
    const log: string[] = [];
    const section = schedule(
      'section',
      async (id: string) => {
        log.push(id);
        await door.promise;
      },
      { exclusive: [name] },
    );
    const pass = schedule(
      'pass',
      async () => {
        log.push('gate');
        await later.promise;
      },
      { exclusive: [name], gate: true },
    );
    const first = section('first');
    const passing = pass();
    const second = section('second');
    expect(log).toEqual(['first']);
    door.resolve();
    await Promise.all([first, second]);
    expect(log).toEqual(['first', 'gate', 'second']);
    later.resolve();
    await passing;
  });

  test('that reads passes readers and waits for writers; one that writes waits for readers', async () => {
    const name = freshClass();
    const door = occasion();
    const log: string[] = [];
    const reading = schedule('reader', () => door.promise, { shared: [name] })();
    schedule(
      'read',
      () => {
        log.push('read');
      },
      { shared: [name], gate: true },
    )();
    const writing = schedule(
      'write',
      () => {
        log.push('write');
      },
      { exclusive: [name], gate: true },
    )();
    expect(log).toEqual(['read']);
    door.resolve();
    await Promise.all([reading, writing]);
    expect(log).toEqual(['read', 'write']);
  });
});

describe('the wrapper', () => {
  const needs = { exclusive: [freshClass()] };

  test('has length and name, also the given name, on both functions', () => {
    const fn = (
      () => (_a: number, _b: number) =>
        0
    )();
    const wrapped = schedule('h', fn, { ...needs, name: 'given' });
    expect(wrapped).toHaveLength(2);
    expect(wrapped.name).toBe('given');
    expect(fn.name).toBe('given');
    expect(schedule('h', function own() {}, needs).name).toBe('own');
  });

  test('shows properties of the function, set before or after', () => {
    const fn = Object.assign(() => 0, { before: 1 }) as (() => number) & { before: number; after?: number };
    const wrapped = schedule('h', fn, needs);
    fn.after = 2;
    expect([wrapped.before, wrapped.after]).toEqual([1, 2]);
    expect(String(Object.prototype.toString.call(schedule('h', async () => {}, needs)))).toBe(
      '[object AsyncFunction]',
    );
  });

  test('constructs what the function constructs, and only if it does', () => {
    function Thing(this: { made: unknown; target?: unknown }, made: unknown) {
      this.made = made;
      this.target = new.target;
    }
    const Wrapped = schedule('h', Thing, needs) as unknown as new (
      made: unknown,
    ) => { made: unknown; target: unknown };
    const thing = new Wrapped(1);
    expect(thing).toBeInstanceOf(Wrapped);
    expect(thing).toBeInstanceOf(Thing);
    expect(thing).toMatchObject({ made: 1, target: Thing });
    expect(thing.constructor).toBe(Wrapped);
    expect(Object.keys(Object.getPrototypeOf(thing) as object)).toEqual([]);
    class Sub extends Wrapped {}
    expect(new Sub(2).constructor).toBe(Sub);
    expect(new Sub(2)).toBeInstanceOf(Sub);
    const arrow = schedule('h', () => 0, needs) as unknown as new () => unknown;
    expect(() => new arrow()).toThrow(TypeError);
    expect('prototype' in arrow).toBe(false);
  });

  test('is made once: a scheduled function is returned as it is, as is what is no function', () => {
    const wrapped = schedule('h', () => 0, needs);
    expect(schedule('other', wrapped, needs)).toBe(wrapped);
    for (const value of [undefined, null, 1, 'x', {}]) expect(schedule('h', value, needs)).toBe(value);
  });

  test('`unscheduled` gives the function back, and leaves everything else alone', () => {
    const fn = () => 0;
    const wrapped = schedule('h', fn, needs);
    expect(unscheduled(wrapped)).toBe(fn);
    expect(unscheduled(fn)).toBe(fn);
    const inherits = Object.setPrototypeOf(() => 1, wrapped) as () => number;
    expect(unscheduled(inherits)).toBe(inherits);
    for (const value of [undefined, null, 1, 'x']) expect(unscheduled(value)).toBe(value);
  });

  test('checks what it is given', () => {
    const fn = () => 0;
    expect(() => schedule('', fn, needs)).toThrow(/handler id/);
    expect(() => schedule('h', fn, null as never)).toThrow(/needs of h must be an object; got null/);
    expect(() => schedule('h', fn, { shared: 'x' } as never)).toThrow(/`shared` in the needs of h/);
    expect(() => schedule('h', fn, { exclusive: [1] } as never)).toThrow(/Each class/);
    expect(() => schedule('h', fn, { gate: 1 } as never)).toThrow(/`gate`/);
    expect(() => schedule('h', fn, { shard: [] } as never)).toThrow(/"shard"/);
    expect(() => schedule('h', fn, { shared: 'x' } as never)).toThrow(
      expect.objectContaining({ code: 'ERR_ANYSPEED_ARGUMENT' }) as never,
    );
  });
});

describe('names from anywhere', () => {
  test('classes and ids that are properties of every object are ordinary names', async () => {
    const door = occasion();
    const log: string[] = [];
    const holding = schedule('__proto__', () => door.promise, { exclusive: ['__proto__', 'constructor'] })();
    const waiting = schedule(
      'toString',
      () => {
        log.push('ran');
      },
      { shared: ['constructor'] },
    )();
    expect(log).toEqual([]);
    door.resolve();
    await Promise.all([holding, waiting]);
    expect(log).toEqual(['ran']);
  });
});
