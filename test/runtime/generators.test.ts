import { afterEach, describe, expect, test } from '@jest/globals';
import { schedule } from '../../runtime/index.js';
import { freshClass, idle, leftovers, occasion } from './occasions.js';

afterEach(async () => {
  await idle();
  expect(leftovers()).toEqual([]);
});

describe('a sync generator', () => {
  const make = (name: string) =>
    schedule(
      'generator',
      function* numbers(n: number): Generator<number, string> {
        for (let i = 0; i < n; i++) yield i;
        return 'end';
      },
      { exclusive: [name] },
    );

  test('holds from the call until it is exhausted', async () => {
    const name = freshClass();
    const numbers = make(name);
    let ran = false;
    const generator = numbers(2);
    const other = schedule(
      'other',
      () => {
        ran = true;
      },
      { exclusive: [name] },
    )();
    expect([...generator]).toEqual([0, 1]);
    expect(ran).toBe(false);
    await other;
    expect(ran).toBe(true);
  });

  test('is released by return and by throw, also before its first step', () => {
    const name = freshClass();
    const numbers = make(name);
    const free = schedule('free', () => 'free', { exclusive: [name] });
    for (const _ of numbers(5)) break;
    expect(free()).toBe('free');
    const error = new Error('x');
    const generator = numbers(5);
    generator.next();
    expect(() => generator.throw(error)).toThrow(error);
    expect(free()).toBe('free');
    expect(numbers(5).return('early')).toEqual({ done: true, value: 'early' });
    expect(free()).toBe('free');
  });

  test("is the author's own object", () => {
    const numbers = make(freshClass());
    const generator = numbers(0);
    expect(generator).toBeInstanceOf(numbers);
    expect(Object.keys(generator)).toEqual([]);
    expect(generator.next()).toEqual({ done: true, value: 'end' });
    expect(generator.next()).toEqual({ done: true, value: undefined });
    expect(() => new (numbers as unknown as new () => unknown)()).toThrow(TypeError);
  });

  test('that must wait comes as a promise of the generator', async () => {
    const name = freshClass();
    const numbers = make(name);
    const door = occasion();
    const holding = schedule('holding', () => door.promise, { exclusive: [name] })();
    const promise = numbers(3) as unknown as Promise<Generator<number>>;
    expect(promise).toBeInstanceOf(Promise);
    door.resolve();
    expect([...(await promise)]).toEqual([0, 1, 2]);
    await holding;
  });

  test('passes values in, and its steps are in its task', () => {
    const name = freshClass();
    const inner = schedule('inner', (x: number) => x * 2, { exclusive: [name] });
    const echo = schedule(
      'echo',
      function* (): Generator<number, void, number> {
        let x = 1;
        for (;;) x = yield inner(x);
      },
      { exclusive: [name] },
    );
    const generator = echo();
    expect([generator.next().value, generator.next(5).value]).toEqual([2, 10]);
    generator.return();
  });

  test('that is abandoned is released when it is collected', async () => {
    const name = freshClass();
    const numbers = make(name);
    (() => {
      numbers(3).next();
    })();
    const free = schedule('free', () => 'free', { exclusive: [name] })();
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    // When the collector tells of what it found is its own affair: ask until it has.
    let isFree = false;
    const settled = Promise.resolve(free).then(value => {
      isFree = true;
      return value;
    });
    while (!isFree) {
      collect();
      await idle();
    }
    expect(await settled).toBe('free');
  }, 60_000);
});

describe('an async generator', () => {
  const make = (name: string, log: string[] = []) =>
    schedule(
      'generator',
      async function* numbers(n: number) {
        log.push('begin');
        for (let i = 0; i < n; i++) yield i;
        log.push('end');
      },
      { exclusive: [name] },
    );

  test('takes nothing before its first step, and holds until the end', async () => {
    const name = freshClass();
    const log: string[] = [];
    const numbers = make(name, log);
    const write = schedule(
      'write',
      () => {
        log.push('write');
      },
      { exclusive: [name] },
    );
    const generator = numbers(2);
    write();
    expect(await generator.next()).toEqual({ done: false, value: 0 });
    const writing = write();
    for await (const _ of generator);
    await writing;
    expect(log).toEqual(['write', 'begin', 'end', 'write']);
  });

  test('waits at its first step; further steps keep their order', async () => {
    const name = freshClass();
    const door = occasion();
    const holding = schedule('holding', () => door.promise, { exclusive: [name] })();
    const generator = make(name)(2);
    const steps = [generator.next(), generator.next(), generator.next(), generator.next()];
    door.resolve();
    expect(await Promise.all(steps)).toEqual([
      { done: false, value: 0 },
      { done: false, value: 1 },
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    await holding;
  });

  test('is released by return and throw', async () => {
    const name = freshClass();
    const numbers = make(name);
    const free = schedule('free', () => 'free', { exclusive: [name] });
    for await (const _ of numbers(5)) break;
    expect(free()).toBe('free');
    const generator = numbers(5);
    await generator.next();
    const error = new Error('x');
    await expect(generator.throw(error)).rejects.toBe(error);
    expect(free()).toBe('free');
  });

  test('that never begins never waits', async () => {
    const name = freshClass();
    const door = occasion();
    const holding = schedule('holding', () => door.promise, { exclusive: [name] })();
    const generator = make(name)(5);
    expect(await generator.return(undefined)).toEqual({ done: true, value: undefined });
    door.resolve();
    await holding;
  });
});
