import { afterEach, describe, expect, test } from '@jest/globals';
import { begin, configure, guard, inspect, schedule, standAside, upgrade } from '../../runtime/index.js';
import { freshClass, idle, leftovers, occasion } from './occasions.js';

afterEach(async () => {
  await idle();
  expect(leftovers()).toEqual([]);
});

describe('a guard', () => {
  test('is open at once, or after a wait in order of arrival', async () => {
    const own = guard('guarded', { exclusive: [freshClass()] });
    const log: number[] = [];
    const body = async (id: number) => {
      const waiting = own.enter();
      if (waiting !== undefined) await waiting;
      try {
        log.push(id);
        await idle();
        log.push(id);
      } finally {
        own.leave();
      }
    };
    await Promise.all([body(1), body(2), body(3)]);
    expect(log).toEqual([1, 1, 2, 2, 3, 3]);
  });

  test('excludes and is excluded by scheduled functions', async () => {
    const name = freshClass();
    const own = guard('guarded', { shared: [name] });
    const write = schedule('write', () => 'written', { exclusive: [name] });
    expect(own.enter()).toBeUndefined();
    const writing = write();
    expect(writing).toBeInstanceOf(Promise);
    const behind = own.enter();
    expect(behind).toBeInstanceOf(Promise);
    own.leave();
    expect(await writing).toBe('written');
    await behind;
    own.leave();
  });

  test('never runs others inside the segment that leaves', async () => {
    const name = freshClass();
    const own = guard('guarded', { exclusive: [name] });
    const log: string[] = [];
    own.enter();
    const writing = schedule(
      'write',
      () => {
        log.push('write');
      },
      { exclusive: [name] },
    )();
    own.leave();
    log.push('rest of the segment');
    await writing;
    expect(log).toEqual(['rest of the segment', 'write']);
  });

  test('is excluded by the section whose first stretch enters it', async () => {
    const name = freshClass();
    const own = guard('guarded', { exclusive: [name] });
    let entering: undefined | Promise<void>;
    const door = occasion();
    const section = schedule(
      'section',
      () => {
        entering = own.enter();
        return door.promise;
      },
      { exclusive: [name] },
    )();
    expect(entering).toBeInstanceOf(Promise);
    door.resolve();
    await section;
    await entering;
    own.leave();
  });

  test('of a gate holds nothing, but nobody comes between the wait and its segment', async () => {
    const name = freshClass();
    const gate = guard('gate', { exclusive: [name], gate: true });
    expect(gate.enter()).toBeUndefined();
    const door = occasion();
    const log: string[] = [];
    const section = schedule(
      'section',
      async (id: string) => {
        log.push(id);
        await door.promise;
      },
      { exclusive: [name] },
    );
    const first = section('first');
    const passing = (async () => {
      await gate.enter();
      log.push('gate');
    })();
    const second = section('second');
    door.resolve();
    await Promise.all([first, passing, second]);
    expect(log).toEqual(['first', 'gate', 'second']);
  });

  test('waits for another task without holding', async () => {
    const name = freshClass();
    const own = guard('poll', { exclusive: [name] });
    const door = occasion<string>();
    const send = schedule(
      'send',
      () => {
        door.resolve('message');
      },
      { exclusive: [name] },
    );
    own.enter();
    const polling = own.wait(door.promise);
    send();
    expect(await polling).toBe('message');
    own.leave();
  });
});

describe('readers that wait one behind the other', () => {
  test('are counted one by one, start together, in order, and before the writer behind them', async () => {
    const name = freshClass();
    const log: string[] = [];
    const read = guard('read', { shared: [name] });
    const write = guard('write', { exclusive: [name] });
    const run = async (own: typeof read, id: string) => {
      const waiting = own.enter();
      if (waiting !== undefined) await waiting;
      log.push(`${id} starts`);
      await undefined;
      log.push(`${id} ends`);
      own.leave();
    };
    const state = () => inspect().classes.find(each => each.name === name);
    const before = inspect().handlers.find(({ id, needs }) => id === 'read' && needs[0]?.class === name);
    write.enter();
    const all = [run(read, 'r1'), run(read, 'r2'), run(read, 'r3'), run(write, 'w'), run(read, 'r4')];
    expect(state()?.waiting).toEqual(['shared', 'shared', 'shared', 'exclusive', 'shared']);
    write.leave();
    expect(state()).toMatchObject({ held: { shared: 3 }, waiting: ['exclusive', 'shared'] });
    await Promise.all(all);
    expect(log.slice(0, 6)).toEqual(['r1 starts', 'r2 starts', 'r3 starts', 'r1 ends', 'r2 ends', 'r3 ends']);
    expect(log.slice(6)).toEqual(['w starts', 'w ends', 'r4 starts', 'r4 ends']);
    const after = inspect().handlers.find(({ id, needs }) => id === 'read' && needs[0]?.class === name);
    expect([after?.runs, after?.waits]).toEqual([(before?.runs ?? 0) + 4, (before?.waits ?? 0) + 4]);
  });

  test('count one by one for a limit of the queue, and leave one by one if they have a signal', async () => {
    const name = freshClass();
    configure({ classes: { [name]: { queueLimit: 3 } } });
    const read = guard('read', { shared: [name] });
    const write = guard('write', { exclusive: [name] });
    write.enter();
    const abort = new AbortController();
    const all = [read.enter(), read.enter(), read.enter(abort.signal), read.enter()];
    await expect(all[3]).rejects.toMatchObject({ code: 'ERR_ANYSPEED_QUEUE_FULL' });
    abort.abort();
    await expect(all[2]).rejects.toBe(abort.signal.reason);
    write.leave();
    await Promise.all(all.slice(0, 2));
    read.leave();
    read.leave();
  });

  test('wait each as long as a timeout says, and hold nothing afterwards', async () => {
    const name = freshClass();
    configure({ classes: { [name]: { timeout: 30 } } });
    const read = guard('read', { shared: [name] });
    const write = guard('write', { exclusive: [name] });
    write.enter();
    const sections = [begin(read), begin(read)];
    expect(sections.map(each => each.enter())).toEqual([true, true]);
    for (const { turn } of sections)
      await expect(turn).rejects.toMatchObject({ code: 'ERR_ANYSPEED_TIMEOUT' });
    for (const each of sections) each.leave();
    write.leave();
    // What was given up can be asked for again.
    expect(sections.map(each => each.enter())).toEqual([false, false]);
    for (const each of sections) each.leave();
    configure({ classes: { [name]: { timeout: 0 } } });
  });

  test('pass a gate together, and keep out who comes between', async () => {
    const name = freshClass();
    const gate = guard('look', { shared: [name], gate: true });
    const write = guard('write', { exclusive: [name] });
    const log: string[] = [];
    write.enter();
    const look = async (id: number) => {
      await gate.enter();
      log.push(`look ${id}`);
    };
    const all = [look(1), look(2), schedule('change', () => log.push('change'), { exclusive: [name] })()];
    write.leave();
    await Promise.all(all);
    expect(log).toEqual(['look 1', 'look 2', 'change']);
  });
});

describe('a guard of one key', () => {
  test('waits for another task without holding the key', async () => {
    const own = guard('poll', { keyed: [{ class: freshClass(), mode: 'exclusive', keys: () => [] }] });
    const door = occasion<string>();
    own.enterKey(own.key(1));
    const polling = own.wait(door.promise, 1);
    expect(own.enterKey(own.key(1))).toBeUndefined();
    door.resolve('message');
    await idle();
    own.leaveKey(own.key(1));
    expect(await polling).toBe('message');
    own.leaveKey(own.key(1));
  });

  test('is checked', () => {
    expect(() => guard('carries', { carriesTask: true })).toThrow(/`carriesTask`/);
    expect(() => guard('', {})).toThrow(/handler id/);
  });
});

describe('keys', () => {
  test('exclude each other and the whole class, not other keys', async () => {
    const name = freshClass();
    const one = guard('one', { keyed: [{ class: name, mode: 'exclusive', keys: () => [] }] });
    const [a, b] = [one.key('a'), one.key('b')];
    expect(one.enterKey(a)).toBeUndefined();
    expect(one.enterKey(b)).toBeUndefined();
    const again = one.enterKey(a);
    expect(again).toBeInstanceOf(Promise);
    let ran = false;
    const whole = schedule(
      'whole',
      () => {
        ran = true;
      },
      { shared: [name] },
    )();
    one.leaveKey(a);
    await again;
    one.leaveKey(b);
    await idle();
    expect(ran).toBe(false);
    one.leaveKey(a);
    await whole;
    expect(ran).toBe(true);
  });

  test('are compared as those of a Map, objects by identity', async () => {
    const name = freshClass();
    const log: unknown[] = [];
    const door = occasion();
    const use = schedule(
      'use',
      async (key: unknown) => {
        log.push(key);
        await door.promise;
      },
      { keyed: [{ class: name, mode: 'exclusive', keys: (key: unknown) => [key] }] },
    );
    const object = {};
    const all = [Number.NaN, Number.NaN, 0, -0, '0', object, {}, object, null, undefined].map(key =>
      use(key),
    );
    expect(log).toEqual([Number.NaN, 0, '0', object, {}, null, undefined]);
    door.resolve();
    await Promise.all(all);
  });

  test('of several arguments are taken in one step', async () => {
    const name = freshClass();
    const log: string[] = [];
    const move = schedule(
      'move',
      async (from: string, to: string) => {
        log.push(`${from}${to}`);
        await idle();
        log.push('end');
      },
      { keyed: [{ class: name, mode: 'exclusive', keys: (from: string, to: string) => [from, to] }] },
    );
    await Promise.all([move('a', 'b'), move('b', 'a'), move('c', 'd')]);
    // `ba` starts when `ab` has ended, in the same turn in which `cd` ends.
    expect(log.slice(0, 3)).toEqual(['ab', 'cd', 'end']);
    expect(log.filter(entry => entry === 'ba')).toHaveLength(1);
    expect(log.indexOf('ba')).toBeGreaterThan(log.indexOf('end'));
  });

  test('that nobody uses are bounded in number', async () => {
    configure({ idleKeys: 100 });
    const name = freshClass();
    const door = occasion();
    const use = schedule(
      'use',
      async (key: number) => {
        if (key === 0) await door.promise;
      },
      { keyed: [{ class: name, mode: 'exclusive', keys: (key: number) => [key] }] },
    );
    const held = use(0);
    for (let key = 1; key < 5000; key++) await use(key);
    expect(inspect().classes.find(state => state.name === name)?.keys).toBeLessThanOrEqual(101);
    // The one in use has kept its lock.
    const log: string[] = [];
    const next = use(0).then(() => log.push('next'));
    await idle();
    expect(log).toEqual([]);
    door.resolve();
    await Promise.all([held, next]);
    configure({ idleKeys: 10_000 });
  });
});

describe('update mode', () => {
  test('lets readers pass until the first write, and no second writer', async () => {
    const name = freshClass();
    const log: string[] = [];
    const [write, end, reader] = [occasion(), occasion(), occasion()];
    const read = schedule(
      'read',
      async (id: string) => {
        log.push(id);
        if (id === 'early') await reader.promise;
      },
      { shared: [name] },
    );
    const updating = schedule(
      'update',
      async () => {
        log.push('update');
        await write.promise;
        const waiting = upgrade(name);
        if (waiting !== undefined) await waiting;
        log.push('write');
        await end.promise;
        log.push('written');
      },
      { update: [name] },
    );
    const early = read('early');
    const first = updating();
    const second = updating();
    expect(log).toEqual(['early', 'update']);
    write.resolve();
    await idle();
    const late = read('late');
    expect(log).toEqual(['early', 'update']);
    reader.resolve();
    await idle();
    expect(log).toEqual(['early', 'update', 'write']);
    end.resolve();
    await Promise.all([early, first, second, late]);
    expect(log.slice(3, 5)).toEqual(['written', 'update']);
    expect(log).toContain('late');
  });

  test('works for a key', async () => {
    const name = freshClass();
    const log: string[] = [];
    const door = occasion();
    const key = (id: string) => [id];
    const read = schedule(
      'read',
      async (_id: string) => {
        log.push('read');
        await door.promise;
      },
      { keyed: [{ class: name, mode: 'shared', keys: key }] },
    );
    const write = schedule(
      'write',
      async (id: string) => {
        await idle();
        await upgrade(name, id);
        log.push('write');
      },
      { keyed: [{ class: name, mode: 'update', keys: key }] },
    );
    const reading = read('a');
    const all = [write('a'), write('b')];
    await idle();
    await idle();
    expect(log).toEqual(['read', 'write']);
    door.resolve();
    await Promise.all([reading, ...all]);
    expect(log).toEqual(['read', 'write', 'write']);
  });

  test('cannot be left by who does not hold it', () => {
    const name = freshClass();
    expect(() => upgrade(name)).toThrow(/held in update mode/);
    expect(() => upgrade(name, 1)).toThrow(/held in update mode/);
  });
});

describe('standing aside', () => {
  test('lets the other task run that brings what is waited for', async () => {
    const name = freshClass();
    const waiters: ((value: string) => void)[] = [];
    const log: string[] = [];
    const poll = schedule(
      'poll',
      async () => {
        const message = await standAside(new Promise<string>(resolve => waiters.push(resolve)));
        log.push(message);
      },
      { exclusive: [name], carriesTask: true },
    );
    const send = schedule(
      'send',
      async (message: string) => {
        waiters.shift()?.(message);
        await idle();
        log.push('sent');
      },
      { exclusive: [name] },
    );
    const polling = poll();
    await send('hello');
    await polling;
    expect(log).toEqual(['sent', 'hello']);
  });

  test('takes the same key again, however many keys others have used meanwhile', async () => {
    configure({ idleKeys: 10 });
    const name = freshClass();
    const keyed = [{ class: name, mode: 'exclusive' as const, keys: (key: string) => [key] }];
    let bring!: () => void;
    const reply = new Promise<void>(resolve => {
      bring = resolve;
    });
    const log: string[] = [];
    const poll = schedule(
      'poll',
      async (_: string) => {
        await standAside(reply);
        log.push('first');
      },
      { keyed, carriesTask: true },
    );
    const use = schedule(
      'use',
      async (key: string, done: Promise<void>) => {
        await done;
        log.push(key);
      },
      { keyed },
    );
    const polling = poll('a');
    for (let i = 0; i < 100; i++) await use(`other ${i}`, Promise.resolve());
    log.length = 0;
    let leave!: () => void;
    const using = use(
      'a',
      new Promise(resolve => {
        leave = resolve;
      }),
    );
    bring();
    for (let i = 0; i < 5; i++) await idle();
    leave();
    await Promise.all([using, polling]);
    expect(log).toEqual(['a', 'first']);
    configure({ idleKeys: 10_000 });
  });

  test('outside of a task changes nothing', () => {
    const promise = Promise.resolve();
    expect(standAside(promise)).toBe(promise);
  });
});
