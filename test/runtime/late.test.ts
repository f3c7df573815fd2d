/**
 * Stages that are called while their callers hold something: they go before all who wait holding nothing, since one of these
 * may be waiting for the caller.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { begin, guard, inspect, mustWait, type Section, turn } from '../../runtime/index.js';
import { freshClass, idle, leftovers } from './occasions.js';

afterEach(async () => {
  await idle();
  expect(leftovers()).toEqual([]);
});

/** Enters a section, and says so in the log when it is open. */
async function open(section: Section, name: string, log: string[], ...keys: unknown[]): Promise<void> {
  if (section.enter(...keys)) await section.turn;
  log.push(name);
}

const exclusive = (...classes: string[]) => ({ exclusive: classes });
const key = (name: string) => ({
  keyed: [{ class: name, mode: 'exclusive' as const, keys: (id: string) => [id] }],
});

describe('a late stage', () => {
  test('goes before a task that waits for its caller, and has its place reserved', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const log: string[] = [];
    const caller = begin(guard('caller', exclusive(a)));
    const both = begin(guard('both', exclusive(a, b)));
    const stage = begin(guard('stage', { ...exclusive(b), late: true }));
    const running = [open(caller, 'caller', log), open(both, 'both', log), open(stage, 'stage', log)];
    await idle();
    expect(log).toEqual(['caller', 'stage']);
    stage.leave();
    caller.leave();
    await Promise.all(running);
    expect(log).toEqual(['caller', 'stage', 'both']);
    both.leave();
  });

  test('goes before those who wait for the same, and waits for who holds it', async () => {
    const b = freshClass();
    const log: string[] = [];
    const plain = guard('plain', exclusive(b));
    const late = guard('late', { ...exclusive(b), late: true });
    const sections = [begin(plain), begin(plain), begin(late), begin(late)] as const;
    const running = sections.map((section, index) => open(section, String(index), log));
    for (const expected of ['0', '0 2', '0 2 3', '0 2 3 1']) {
      await idle();
      expect(log.join(' ')).toBe(expected);
      sections[Number(log.at(-1))]?.leave();
    }
    await Promise.all(running);
    expect(inspect().handlers.find(({ id }) => id === 'late')).toMatchObject({ runs: 2, waits: 2 });
  });

  test('waits for one key only', async () => {
    const b = freshClass();
    const log: string[] = [];
    const plain = guard('plain', key(b));
    const whole = guard('whole', exclusive(b));
    const late = guard('late', { ...key(b), late: true });
    const [first, all, other, same] = [begin(plain), begin(whole), begin(late), begin(late)];
    const running = [
      open(first, 'first', log, 'x'),
      open(all, 'all', log),
      open(other, 'other', log, 'y'),
      open(same, 'same', log, 'x'),
    ];
    await idle();
    expect(log).toEqual(['first', 'other']);
    first.leave();
    await idle();
    expect(log).toEqual(['first', 'other', 'same']);
    other.leave();
    await idle();
    expect(log).not.toContain('all');
    same.leave();
    await Promise.all(running);
    expect(log.at(-1)).toBe('all');
    all.leave();
  });

  test('passes as a gate before who waits, and waits for who holds', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const log: string[] = [];
    const gate = guard('gate', { ...exclusive(b), gate: true, late: true });
    const holder = begin(guard('holder', exclusive(a)));
    const waiter = begin(guard('waiter', exclusive(a, b)));
    const other = begin(guard('other', exclusive(b)));
    const running = [open(holder, 'holder', log), open(waiter, 'waiter', log)];
    // Its place is reserved by who waits for `a`.
    expect(mustWait(gate)).toBe(false);
    holder.leave();
    await Promise.all(running);
    running.push(open(other, 'other', log));
    expect(mustWait(gate)).toBe(true);
    const passed = turn(gate)?.then(() => log.push('passed'));
    waiter.leave();
    await passed;
    expect(log).toEqual(['holder', 'waiter', 'passed']);
    await Promise.all(running);
    other.leave();
  });

  test('of two that read, neither waits for the other', async () => {
    const b = freshClass();
    const log: string[] = [];
    const look = guard('look', { shared: [b], late: true });
    const write = begin(guard('write', exclusive(b)));
    const [one, two] = [begin(look), begin(look)];
    const running = [open(one, 'one', log), open(write, 'write', log), open(two, 'two', log)];
    await idle();
    expect(log).toEqual(['one', 'two']);
    one.leave();
    two.leave();
    await Promise.all(running);
    write.leave();
  });
});
