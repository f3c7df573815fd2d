import { afterEach, describe, expect, test } from '@jest/globals';
import { begin, configure, guard, mustWait, schedule, turn } from '../../runtime/index.js';
import { freshClass, idle, leftovers } from './occasions.js';

afterEach(async () => {
  await idle();
  expect(leftovers()).toEqual([]);
});

describe('a section', () => {
  test('is entered and left once, however often that is asked for', async () => {
    const own = guard('own', { exclusive: [freshClass()] });
    const first = begin(own);
    const second = begin(own);
    first.leave();
    expect(first.enter()).toBe(false);
    expect(first.enter()).toBe(false);
    expect(second.enter()).toBe(true);
    expect(second.enter()).toBe(false);
    const order: string[] = [];
    const waiting = second.turn?.then(() => order.push('second'));
    await idle();
    expect(order).toEqual([]);
    first.leave();
    first.leave();
    await waiting;
    expect(order).toEqual(['second']);
    second.leave();
  });

  test('holds nothing if its wait was given up', async () => {
    const name = freshClass();
    configure({ classes: { [name]: { queueLimit: 1 } } });
    const own = guard('own', { exclusive: [name] });
    const [first, second, third] = [begin(own), begin(own), begin(own)];
    expect([first.enter(), second.enter(), third.enter()]).toEqual([false, true, true]);
    await expect(third.turn).rejects.toMatchObject({ code: 'ERR_ANYSPEED_QUEUE_FULL' });
    // Caught by the author: the section is asked for again.
    expect(third.enter()).toBe(true);
    await expect(third.turn).rejects.toMatchObject({ code: 'ERR_ANYSPEED_QUEUE_FULL' });
    third.leave();
    first.leave();
    await second.turn;
    second.leave();
  });

  test('lets readers pass until it goes on to writing, and waits for those who are in by then', async () => {
    const [read, other, written] = [freshClass(), freshClass(), freshClass()];
    const change = guard('change', { update: [read, written], shared: [other] });
    const look = guard('look', { shared: [read, written] });
    const gate = guard('gate', { shared: [written], gate: true });
    const [own, second, reader] = [begin(change), begin(change), begin(look)];
    expect([own.enter(), second.enter(), reader.enter(), mustWait(gate)]).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(own.write()).toBe(true);
    const order: string[] = [];
    const writing = own.turn?.then(() => order.push('writes'));
    const late = begin(look);
    expect([late.enter(), mustWait(gate)]).toEqual([true, true]);
    const passing = turn(gate)?.then(() => order.push('gate'));
    const reading = late.turn?.then(() => order.push('reads'));
    await idle();
    expect(order).toEqual([]);
    reader.leave();
    await writing;
    await idle();
    expect([order, own.write()]).toEqual([['writes'], false]);
    own.leave();
    await Promise.all([second.turn, reading, passing]);
    // The next one has not written yet.
    expect(order.sort()).toEqual(['gate', 'reads', 'writes']);
    expect([mustWait(gate), second.write()]).toEqual([false, true]);
    late.leave();
    await second.turn;
    second.leave();
  });

  test('goes on to writing at once if nobody reads', () => {
    const name = freshClass();
    const [own, look] = [
      begin(guard('change', { update: [name] })),
      begin(guard('look', { shared: [name] })),
    ];
    expect([own.write(), own.enter(), own.write(), own.write()]).toEqual([false, false, false, false]);
    expect(look.enter()).toBe(true);
    own.leave();
    own.leave();
    expect(own.write()).toBe(false);
    return look.turn?.then(() => look.leave());
  });

  test('does not go on to writing with keys', () => {
    const section = begin(guard('set', { keyed: [{ class: freshClass(), mode: 'update', keys: k => [k] }] }));
    expect(section.enter('a')).toBe(false);
    expect(() => section.write()).toThrow('must be one that is held as a whole');
    section.leave();
  });

  test('of a module that has not been evaluated does nothing', () => {
    const section = begin(undefined);
    expect([section.enter(), section.write()]).toEqual([false, false]);
    section.leave();
    expect(mustWait(undefined)).toBe(false);
  });
});

describe('a gate', () => {
  test('is passed at once while no section is open, and keeps everybody out of the segment behind it', async () => {
    const name = freshClass();
    const gate = guard('look', { shared: [name], gate: true });
    const section = begin(guard('change', { exclusive: [name] }));
    expect(mustWait(gate)).toBe(false);
    section.enter();
    expect(mustWait(gate)).toBe(true);
    const log: string[] = [];
    const look = async () => {
      await turn(gate);
      log.push('look');
    };
    const change = schedule('change', () => log.push('change'), { exclusive: [name] });
    const both = [look(), change()];
    await idle();
    expect(log).toEqual([]);
    section.leave();
    await Promise.all(both);
    expect(log).toEqual(['look', 'change']);
  });
});

describe('a section of single keys', () => {
  test('keeps those out who need one of them, and the whole class', async () => {
    const name = freshClass();
    const transfer = guard('transfer', {
      keyed: [{ class: name, mode: 'exclusive', keys: (from, to) => [from, to] }],
    });
    const count = guard('count', { shared: [name] });
    const [first, disjoint, overlapping, all] = [
      begin(transfer),
      begin(transfer),
      begin(transfer),
      begin(count),
    ];
    expect(first.enter('a', 'b')).toBe(false);
    expect(disjoint.enter('c', 'd')).toBe(false);
    expect(overlapping.enter('e', 'a')).toBe(true);
    expect(all.enter()).toBe(true);
    const order: string[] = [];
    const waiting = [
      overlapping.turn?.then(() => order.push('overlapping')),
      all.turn?.then(() => order.push('all')),
    ];
    disjoint.leave();
    await idle();
    expect(order).toEqual([]);
    first.leave();
    await idle();
    expect(order).toEqual(['overlapping']);
    overlapping.leave();
    await Promise.all(waiting);
    all.leave();
    expect(order).toEqual(['overlapping', 'all']);
  });

  test('takes those of several classes in one step', async () => {
    const [one, other] = [freshClass(), freshClass()];
    const both = guard('both', {
      keyed: [
        { class: one, mode: 'exclusive', keys: a => [a] },
        { class: other, mode: 'shared', keys: (_, b) => [b] },
      ],
    });
    const writer = guard('writer', { keyed: [{ class: other, mode: 'exclusive', keys: b => [b] }] });
    const [first, second] = [begin(both), begin(both)];
    const [same, different] = [begin(writer), begin(writer)];
    expect([first.enter(1, 'x'), second.enter(2, 'x')]).toEqual([false, false]);
    expect([same.enter('x'), different.enter('y')]).toEqual([true, false]);
    first.leave();
    second.leave();
    await same.turn;
    same.leave();
    different.leave();
  });

  test('compares keys as names of properties if they are that', () => {
    const name = freshClass();
    const keyed = (asProperties: boolean, gate = true) =>
      guard('set', { gate, keyed: [{ class: name, mode: 'exclusive', keys: k => [k], asProperties }] });
    const first = begin(keyed(true, false));
    expect(first.enter(1)).toBe(false);
    expect(mustWait(keyed(true), '1')).toBe(true);
    expect(mustWait(keyed(false), 1)).toBe(false);
    expect(mustWait(keyed(true), Object.create(null))).toBe(false);
    first.leave();
  });
});

describe('a gate of single keys', () => {
  test('waits for a section of the same key only', async () => {
    const name = freshClass();
    const look = guard('look', { gate: true, keyed: [{ class: name, mode: 'shared', keys: k => [k] }] });
    const change = begin(guard('change', { keyed: [{ class: name, mode: 'exclusive', keys: k => [k] }] }));
    expect(change.enter('a')).toBe(false);
    expect(mustWait(look, 'b')).toBe(false);
    expect(mustWait(look, 'a')).toBe(true);
    const passing = turn(look, 'a');
    change.leave();
    await passing;
  });
});

describe('a section that is given up for another task', () => {
  test('takes the same key again, however many keys others have used meanwhile', async () => {
    configure({ idleKeys: 10 });
    const name = freshClass();
    const own = guard('own', {
      keyed: [{ class: name, mode: 'exclusive', keys: (key: string) => [key] }],
    });
    const [first, second] = [begin(own), begin(own)];
    expect(first.enter('a')).toBe(false);
    let bring!: (value: string) => void;
    const reply = new Promise<string>(resolve => {
      bring = resolve;
    });
    const order: string[] = [];
    const waiting = first.aside(reply).then(value => order.push(value));
    for (let i = 0; i < 100; i++) {
      const other = begin(own);
      expect(other.enter(`other ${i}`)).toBe(false);
      other.leave();
      await idle();
    }
    expect(second.enter('a')).toBe(false);
    bring('first');
    await idle();
    expect(order).toEqual([]);
    order.push('second');
    second.leave();
    await waiting;
    expect(order).toEqual(['second', 'first']);
    first.leave();
    configure({ idleKeys: 10_000 });
  });

  test('goes on to writing again if it had, and stays open to readers if it had not', async () => {
    const name = freshClass();
    const change = guard('change', { update: [name] });
    const gate = guard('look', { shared: [name], gate: true });
    for (const isWriting of [true, false]) {
      const section = begin(change);
      expect(section.enter()).toBe(false);
      if (isWriting) expect(section.write()).toBe(false);
      expect(mustWait(gate)).toBe(isWriting);
      const back = section.aside(idle());
      expect(mustWait(gate)).toBe(false);
      await back;
      expect(mustWait(gate)).toBe(isWriting);
      section.leave();
    }
  });

  test('may have no key', async () => {
    const own = guard('own', { keyed: [{ class: freshClass(), mode: 'exclusive', keys: () => [] }] });
    const section = begin(own);
    expect(section.enter()).toBe(false);
    expect(await section.aside(Promise.resolve(7))).toBe(7);
    section.leave();
  });

  test('gives the promise back if it is not open', () => {
    const promise = Promise.resolve();
    expect(begin(guard('own', { exclusive: [freshClass()] })).aside(promise)).toBe(promise);
  });
});
