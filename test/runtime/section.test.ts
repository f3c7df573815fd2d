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

  test('of a module that has not been evaluated does nothing', () => {
    const section = begin(undefined);
    expect(section.enter()).toBe(false);
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
