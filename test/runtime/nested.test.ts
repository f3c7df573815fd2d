import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { begin, floating, guard, mustWait, type Needs, schedule, turn } from '../../runtime/index.js';
import { freshClass, idle, leftovers, occasion } from './occasions.js';

afterEach(async () => {
  await idle();
  expect(leftovers()).toEqual([]);
});

/** A handler that writes its id down, and does nothing else. */
function logging(log: string[], id: string, needs: Needs): () => void {
  return schedule(
    id,
    () => {
      log.push(id);
    },
    needs,
  );
}

describe('a nested call in the same stretch', () => {
  test('runs at once and inside the task', async () => {
    const name = freshClass();
    const log: string[] = [];
    const inner = schedule(
      'inner',
      (x: number) => {
        log.push(`inner ${x}`);
        return x;
      },
      { exclusive: [name] },
    );
    const outer = schedule(
      'outer',
      async () => {
        const direct = [1, 2].map(x => inner(x));
        const bus = new EventEmitter().on('go', inner);
        bus.emit('go', 3);
        return direct;
      },
      { exclusive: [name] },
    );
    expect(await outer()).toEqual([1, 2]);
    expect(log).toEqual(['inner 1', 'inner 2', 'inner 3']);
  });

  test('keeps the outer task open until its promise has settled', async () => {
    const name = freshClass();
    const door = occasion();
    const log: string[] = [];
    const inner = schedule(
      'inner',
      async () => {
        await door.promise;
        log.push('inner');
      },
      { shared: [name] },
    );
    const outer = schedule(
      'outer',
      async () => {
        void [0].map(() => inner());
      },
      { exclusive: [name] },
    );
    await outer();
    const other = logging(log, 'other', { exclusive: [name] })();
    expect(log).toEqual([]);
    door.resolve();
    await other;
    expect(log).toEqual(['inner', 'other']);
  });

  test('the next stretch belongs to nobody', async () => {
    const name = freshClass();
    const outer = schedule('outer', () => undefined, { exclusive: [name] });
    outer();
    const failing = schedule(
      'failing',
      () => {
        throw new Error('x');
      },
      { exclusive: [name] },
    );
    expect(() => failing()).toThrow('x');
    const door = occasion();
    const holding = schedule('holding', () => door.promise, { exclusive: [name] })();
    let ran = false;
    const waiting = schedule(
      'waiting',
      () => {
        ran = true;
      },
      { exclusive: [name] },
    )();
    expect(ran).toBe(false);
    door.resolve();
    await Promise.all([holding, waiting]);
  });

  test('a callback that runs after the task has ended is a task of its own', async () => {
    const name = freshClass();
    let later: (() => void) | undefined;
    const log: string[] = [];
    const inner = logging(log, 'inner', { exclusive: [name] });
    schedule(
      'outer',
      () => {
        later = () => inner();
      },
      { exclusive: [name] },
    )();
    const door = occasion();
    const holding = schedule('holding', () => door.promise, { exclusive: [name] })();
    later?.();
    expect(log).toEqual([]);
    door.resolve();
    await holding;
    await idle();
    expect(log).toEqual(['inner']);
  });

  test('takes late what is missing and keeps it until the task is over', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const door = occasion();
    const log: string[] = [];
    const inner = schedule(
      'inner',
      () => {
        log.push('inner');
        return 'sync';
      },
      { exclusive: [b] },
    );
    const outer = schedule(
      'outer',
      async () => {
        const got = inner();
        await door.promise;
        return got;
      },
      { exclusive: [a] },
    );
    const running = outer();
    const other = logging(log, 'other', { shared: [b] })();
    expect(log).toEqual(['inner']);
    door.resolve();
    expect(await running).toBe('sync');
    await other;
    expect(log).toEqual(['inner', 'other']);
  });

  test('waits late for what somebody else holds, before those who hold nothing', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const door = occasion();
    const log: string[] = [];
    const holding = schedule('holding', () => door.promise, { exclusive: [b] })();
    const first = logging(log, 'both', { exclusive: [a, b] });
    const inner = logging(log, 'inner', { exclusive: [b] });
    const hold = occasion();
    const outer = schedule(
      'outer',
      async () => {
        await [0].map(() => inner())[0];
        await hold.promise;
      },
      { exclusive: [a] },
    )();
    const both = first();
    door.resolve();
    await idle();
    expect(log).toEqual(['inner']);
    hold.resolve();
    await Promise.all([holding, outer, both]);
    expect(log).toEqual(['inner', 'both']);
  });

  test('waits late for a key of a class that it holds, and gets it in whichever way that is given back', async () => {
    const name = freshClass();
    const key = (id: string, fn: () => unknown, mode: 'shared' | 'exclusive') =>
      schedule(id, fn, { keyed: [{ class: name, mode, keys: () => [1] }] });
    const own = guard('guarded', { keyed: [{ class: name, mode: 'shared', keys: () => [1] }] });
    const inner = key('inner', () => 'got it', 'exclusive');
    const outer = schedule('outer', async () => [0].map(() => inner())[0], {
      shared: [name],
      keyed: [{ class: name, mode: 'exclusive', keys: () => [0] }],
    });
    for (const needs of [{}, { carriesTask: true }]) {
      const door = occasion();
      const holding = schedule('holding', () => door.promise, {
        keyed: [{ class: name, mode: 'shared', keys: () => [1] }],
        ...needs,
      })();
      const waiting = outer();
      await idle();
      door.resolve();
      await holding;
      expect(await waiting).toBe('got it');
    }
    const handle = own.key(1);
    own.enterKey(handle);
    const waiting = outer();
    await idle();
    own.leaveKey(handle);
    expect(await waiting).toBe('got it');
  });

  test('a cycle of late waits is broken and reported with both sides', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const log: string[] = [];
    const innerA = logging(log, 'innerA', { exclusive: [a] });
    const innerB = logging(log, 'innerB', { exclusive: [b] });
    const go = occasion();
    const outerA = schedule(
      'outerA',
      async () => {
        await go.promise;
        await innerB();
        log.push('outerA');
      },
      { exclusive: [a], carriesTask: true },
    );
    const outerB = schedule(
      'outerB',
      async () => {
        await go.promise;
        await innerA();
        log.push('outerB');
      },
      { exclusive: [b], carriesTask: true },
    );
    const both = [outerA(), outerB()];
    go.resolve();
    await Promise.all(both);
    await idle();
    expect(log.sort()).toEqual(['innerA', 'innerB', 'outerA', 'outerB']);
    expect(warning).toHaveBeenCalledTimes(1);
    const [message, options] = warning.mock.lastCall as unknown as [string, Record<string, string>];
    warning.mockRestore();
    expect(message).toMatch(/^inner[AB] would never get what it waits for/);
    expect(options).toMatchObject({ type: 'AnyspeedWarning', code: 'ANYSPEED_DEADLOCK' });
    const { detail } = options;
    expect(detail).toMatch(/outerA holds .* innerB waits for/);
    expect(detail).toMatch(/outerB holds .* innerA waits for/);
  });
});

describe('across awaits', () => {
  test('`carriesTask` finds the task again', async () => {
    const name = freshClass();
    const log: string[] = [];
    const inner = schedule(
      'inner',
      () => {
        log.push('inner');
        return 1;
      },
      { exclusive: [name] },
    );
    const outer = schedule(
      'outer',
      async () => {
        await idle();
        const value = inner();
        await idle();
        return value;
      },
      { exclusive: [name], carriesTask: true },
    );
    const [one, two] = await Promise.all([outer(), outer()]);
    expect([one, two]).toEqual([1, 1]);
    expect(log).toEqual(['inner', 'inner']);
  });

  test('a timer created in the task belongs to it only while it is running', async () => {
    const name = freshClass();
    const log: string[] = [];
    const inner = logging(log, 'inner', { exclusive: [name] });
    const timer = occasion();
    const outer = schedule(
      'outer',
      async () => {
        setImmediate(() => {
          inner();
          setImmediate(() => {
            inner();
            timer.resolve();
          });
        });
        await idle();
        await idle();
      },
      { exclusive: [name], carriesTask: true },
    );
    const running = outer();
    const door = occasion();
    const holding = schedule(
      'holding',
      async () => {
        await door.promise;
        log.push('holding ends');
      },
      { exclusive: [name] },
    )();
    await running;
    await timer.promise;
    door.resolve();
    await holding;
    await idle();
    expect(log.filter(entry => entry === 'inner')).toHaveLength(2);
    expect(log[0]).toBe('inner');
  });
});

describe('a section in a task', () => {
  /** A task that holds `held`, and calls `work` in the middle of it. */
  const carrier = (held: string, work: () => unknown) =>
    schedule(
      'carrier',
      async () => {
        await idle();
        const value = await work();
        await idle();
        return value;
      },
      { exclusive: [held], carriesTask: true },
    );
  /** A body that the compiler has given a section. */
  const body = (own: ReturnType<typeof guard>, inside: () => unknown) => async () => {
    await idle();
    const section = begin(own);
    if (section.enter()) await section.turn;
    try {
      await idle();
      return await inside();
    } finally {
      section.leave();
    }
  };

  test('does not wait for what its own task holds', async () => {
    const name = freshClass();
    const work = body(guard('inner', { exclusive: [name] }), () => 'done');
    await expect(Promise.all([carrier(name, work)(), carrier(name, work)()])).resolves.toEqual([
      'done',
      'done',
    ]);
  });

  test('takes late what is missing, exclusively if it will write, and keeps it until the task is over', async () => {
    const [held, missing] = [freshClass(), freshClass()];
    const work = body(guard('inner', { update: [missing] }), () => undefined);
    const door = occasion();
    const log: string[] = [];
    const outer = carrier(held, async () => {
      await work();
      log.push('section is over');
      await door.promise;
      log.push('task ends');
    });
    const running = outer();
    for (let turns = 0; turns < 5; turns++) await idle();
    expect(log).toEqual(['section is over']);
    const reader = begin(guard('look', { shared: [missing] }));
    expect(reader.enter()).toBe(true);
    const reading = reader.turn?.then(() => log.push('reads'));
    await idle();
    door.resolve();
    await Promise.all([running, reading]);
    expect(log).toEqual(['section is over', 'task ends', 'reads']);
    reader.leave();
  });

  test('waits late for what somebody else holds, and the task with it', async () => {
    const [held, other] = [freshClass(), freshClass()];
    const log: string[] = [];
    const holding = begin(guard('holding', { exclusive: [other] }));
    holding.enter();
    const running = carrier(
      held,
      body(guard('inner', { exclusive: [other] }), () => log.push('inner')),
    )();
    // Somebody who holds nothing came before, and is served afterwards.
    const queued = begin(guard('queued', { exclusive: [other] }));
    expect(queued.enter()).toBe(true);
    queued.turn?.then(() => {
      log.push('queued');
      queued.leave();
    });
    await idle();
    await idle();
    await idle();
    expect(log).toEqual([]);
    holding.leave();
    await running;
    await idle();
    expect(log).toEqual(['inner', 'queued']);
  });

  test('keeps the task open until it is left', async () => {
    const name = freshClass();
    const door = occasion();
    const inner = body(guard('inner', { exclusive: [name] }), () => door.promise);
    let floating: Promise<unknown> | undefined;
    const outer = schedule(
      'outer',
      async () => {
        floating = inner();
        await idle();
        await idle();
      },
      { exclusive: [name], carriesTask: true },
    );
    await outer();
    const next = begin(guard('next', { exclusive: [name] }));
    expect(next.enter()).toBe(true);
    door.resolve();
    await floating;
    await next.turn;
    next.leave();
  });

  test('is one of its own if it is entered when the task is over', async () => {
    const name = freshClass();
    const own = guard('inner', { exclusive: [name] });
    const start = occasion();
    let late: Promise<boolean> | undefined;
    const outer = schedule(
      'outer',
      async () => {
        const section = begin(own);
        late = start.promise.then(() => {
          const waits = section.enter();
          section.leave();
          return waits;
        });
      },
      { exclusive: [name], carriesTask: true },
    );
    await outer();
    start.resolve();
    expect(await late).toBe(false);
  });

  test('a gate takes late what is missing, too, and waits for who holds it', async () => {
    const [held, other] = [freshClass(), freshClass()];
    const gate = guard('gate', { exclusive: [other], gate: true });
    const log: string[] = [];
    const holding = begin(guard('holding', { exclusive: [other] }));
    holding.enter();
    const outer = schedule(
      'outer',
      async () => {
        if (mustWait(gate)) await turn(gate);
        log.push('passed');
        await idle();
        log.push(mustWait(gate) ? 'waits again' : 'passes again');
        await idle();
        log.push('outer ends');
      },
      { exclusive: [held], carriesTask: true },
    );
    const running = outer();
    await idle();
    expect(log).toEqual([]);
    holding.leave();
    await idle();
    const next = begin(guard('holding', { exclusive: [other] }));
    expect(next.enter()).toBe(true);
    next.turn?.then(() => log.push('next'));
    await running;
    await idle();
    expect(log).toEqual(['passed', 'passes again', 'outer ends', 'next']);
    next.leave();
  });

  test('two tasks whose sections want what the other one holds are told apart, and reported', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const log: string[] = [];
    const outers = [
      carrier(
        a,
        body(guard('innerB', { exclusive: [b] }), () => log.push('b')),
      ),
      carrier(
        b,
        body(guard('innerA', { exclusive: [a] }), () => log.push('a')),
      ),
    ];
    await Promise.all(outers.map(outer => outer()));
    await idle();
    expect(log.sort()).toEqual(['a', 'b']);
    expect(warning).toHaveBeenCalledTimes(1);
    warning.mockRestore();
  });
});

describe('inside a gate', () => {
  test('a nested gate of the same classes passes, even while others queue', async () => {
    const name = freshClass();
    const door = occasion();
    const log: string[] = [];
    const holding = schedule('holding', () => door.promise, { exclusive: [name] })();
    const inner = schedule(
      'inner',
      () => {
        log.push('inner');
        return 'sync';
      },
      { exclusive: [name], gate: true },
    );
    const outer = schedule(
      'outer',
      () => {
        log.push('outer');
        return inner();
      },
      { exclusive: [name], gate: true },
    );
    const passed = outer();
    const behind = logging(log, 'behind', { exclusive: [name] })();
    door.resolve();
    expect(await passed).toBe('sync');
    await Promise.all([holding, behind]);
    expect(log).toEqual(['outer', 'inner', 'behind']);
  });

  test('a nested section is a task of its own', async () => {
    const name = freshClass();
    const door = occasion();
    const section = schedule('section', () => door.promise, { exclusive: [name] });
    let running: Promise<void> | undefined;
    schedule(
      'gate',
      () => {
        running = section();
      },
      { exclusive: [name], gate: true },
    )();
    let ran = false;
    const other = schedule(
      'other',
      () => {
        ran = true;
      },
      { exclusive: [name] },
    )();
    await idle();
    expect(ran).toBe(false);
    door.resolve();
    await running;
    await other;
    expect(ran).toBe(true);
  });
});

describe('floating', () => {
  test('returns the same value', () => {
    const promise = Promise.resolve(1);
    expect(floating(promise)).toBe(promise);
    const outer = schedule('outer', (value: unknown) => floating(value), { exclusive: [freshClass()] });
    for (const value of [1, undefined, null, 'x', { a: 1 }]) expect(outer(value)).toBe(value);
  });
});
