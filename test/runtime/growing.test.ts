/**
 * Sections that take some of their classes in later steps.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  begin,
  configure,
  guard,
  inspect,
  mustWait,
  type Section,
  type StartedMessage,
  schedule,
  turn,
} from '../../runtime/index.js';
import { measure } from '../../runtime/metrics.js';
import { freshClass, idle, leftovers, occasion } from './occasions.js';

afterEach(async () => {
  await idle();
  expect(leftovers()).toEqual([]);
});

/** Does what is to be done next, and says so in the log when it has. */
async function then(toWait: boolean, section: Section, name: string, log: string[]): Promise<void> {
  if (toWait) await section.turn;
  log.push(name);
}
const enter = (section: Section, name: string, log: string[], ...keys: unknown[]): Promise<void> =>
  then(section.enter(...keys), section, name, log);
const grow = (section: Section, name: string, log: string[], step = 1): Promise<void> =>
  then(section.grow(step), section, name, log);

const exclusive = (...classes: string[]) => ({ exclusive: classes });
const isHeld = (name: string): boolean => leftovers([name]).length > 0;

describe('a later step', () => {
  test('is taken when it is asked for, once, and given back with the rest', () => {
    const [a, b, c] = [freshClass(), freshClass(), freshClass()];
    const section = begin(guard('grows', { ...exclusive(a, b, c), later: [[b], [c]] }));
    expect(section.grow(1)).toBe(false);
    expect([isHeld(a), isHeld(b)]).toEqual([false, false]);
    section.enter();
    expect([isHeld(a), isHeld(b), isHeld(c)]).toEqual([true, false, false]);
    expect([section.grow(2), section.grow(2)]).toEqual([false, false]);
    expect([isHeld(b), isHeld(c)]).toEqual([false, true]);
    section.leave();
    expect([isHeld(a), isHeld(b), isHeld(c)]).toEqual([false, false, false]);
    // Nothing is taken after something was given back.
    expect(section.grow(1)).toBe(false);
    expect(isHeld(b)).toBe(false);
  });

  test('may be accessed from then on, and not before', () => {
    const [a, b] = [freshClass(), freshClass()];
    const section = begin(guard('grows', { shared: [b], exclusive: [a], later: [[b]] }));
    section.enter();
    expect([section.mayAccess(a, true), section.mayAccess(b, false)]).toEqual([true, false]);
    section.grow(1);
    expect([section.mayAccess(a, true), section.mayAccess(b, false)]).toEqual([true, true]);
    expect(section.mayAccess(b, true)).toBe(false);
    section.leave();
    expect(section.mayAccess(a, true)).toBe(false);
  });

  test('lets others have its classes until then', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const log: string[] = [];
    const section = begin(guard('grows', { ...exclusive(a, b), later: [[b]] }));
    const other = begin(guard('other', exclusive(b)));
    const gate = guard('gate', { shared: [b], gate: true });
    section.enter();
    expect(mustWait(gate)).toBe(false);
    const running = [enter(other, 'other', log), grow(section, 'grown', log)];
    await idle();
    expect(log).toEqual(['other']);
    expect(section.mayAccess(b, true)).toBe(false);
    other.leave();
    await Promise.all(running);
    expect(log).toEqual(['other', 'grown']);
    expect(section.mayAccess(b, true)).toBe(true);
    expect(mustWait(gate)).toBe(true);
    const passed = turn(gate);
    section.leave();
    await passed;
  });

  test('has not been taken yet if the section is left before', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const section = begin(guard('grows', { ...exclusive(a, b), later: [[b]] }));
    const other = begin(guard('other', exclusive(b)));
    other.enter();
    section.enter();
    section.leave();
    expect([isHeld(a), isHeld(b)]).toEqual([false, true]);
    other.leave();
  });

  test('stands in line with those who need nothing else', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const log: string[] = [];
    const grows = guard('grows', { shared: [a], exclusive: [b], later: [[b]] });
    const other = guard('other', exclusive(b));
    const [one, two] = [begin(grows), begin(grows)];
    const [holder, waiter] = [begin(other), begin(other)];
    one.enter();
    two.enter();
    const running = [
      enter(holder, 'holder', log),
      grow(one, 'one', log),
      enter(waiter, 'waiter', log),
      grow(two, 'two', log),
    ];
    for (const section of [holder, one, waiter, two]) {
      await idle();
      section.leave();
    }
    await Promise.all(running);
    expect(log).toEqual(['holder', 'one', 'waiter', 'two']);
  });

  test('goes before who waits for what the section holds, and may not stand in its line', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const log: string[] = [];
    const section = begin(guard('grows', { ...exclusive(a, b), later: [[b]] }));
    const both = begin(guard('both', exclusive(a, b)));
    const holder = begin(guard('holder', exclusive(b)));
    const running = [
      enter(section, 'begun', log),
      enter(holder, 'holder', log),
      enter(both, 'both', log),
      grow(section, 'grown', log),
    ];
    await idle();
    holder.leave();
    await idle();
    expect(log).toEqual(['begun', 'holder', 'grown']);
    section.leave();
    await Promise.all(running);
    both.leave();
    expect(log.at(-1)).toBe('both');
  });

  test('is taken at the beginning by who would pass by others for ever else', async () => {
    const [a, b, c] = [freshClass(), freshClass(), freshClass()];
    const log: string[] = [];
    const grows = guard('grows', { shared: [a], exclusive: [b], later: [[b]] });
    const [first, second, third] = [begin(grows), begin(grows), begin(grows)];
    const both = begin(guard('both', exclusive(b, c)));
    const holder = begin(guard('holder', exclusive(c)));
    const running = [enter(holder, 'holder', log), enter(first, 'first', log), enter(both, 'both', log)];
    // It was there before `both`, and goes first; those that come now stand behind that.
    running.push(grow(first, 'first grown', log), enter(second, 'second', log), enter(third, 'third', log));
    await idle();
    expect(log).toEqual(['holder', 'first', 'first grown']);
    first.leave();
    holder.leave();
    await idle();
    expect(log.slice(3)).toEqual(['both']);
    both.leave();
    await idle();
    expect(log.slice(4)).toEqual(['second']);
    // It has everything.
    expect([second.mayAccess(b, true), second.grow(1)]).toEqual([true, false]);
    second.leave();
    await Promise.all(running);
    third.leave();
  });

  test('is taken by the keys that were known at the beginning', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const log: string[] = [];
    const keyed = (name: string) => ({
      class: name,
      mode: 'exclusive' as const,
      keys: (from: string, to: string) => (name === a ? [from] : [to]),
    });
    const grows = guard('grows', { keyed: [keyed(a), keyed(b)], later: [[b]] });
    const whole = begin(guard('whole', { shared: [b] }));
    const [one, other, same] = [begin(grows), begin(grows), begin(grows)];
    const running = [
      enter(one, 'one', log, 'x', 'z'),
      enter(other, 'other', log, 'y', 'w'),
      enter(same, 'same', log, 'w', 'z'),
      grow(one, 'one grown', log),
      grow(other, 'other grown', log),
      grow(same, 'same grown', log),
      enter(whole, 'whole', log),
    ];
    await idle();
    expect(log).toEqual(['one', 'other', 'same', 'one grown', 'other grown']);
    one.leave();
    await idle();
    expect(log.at(-1)).toBe('same grown');
    same.leave();
    other.leave();
    await Promise.all(running);
    whole.leave();
  });

  test('of one who writes is not passed by later ones who read', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const c = freshClass();
    const log: string[] = [];
    const reads = guard('reads', { shared: [a, b, c], later: [[b, c]] });
    const writes = guard('writes', { shared: [a], exclusive: [b, c], later: [[b, c]] });
    const [one, two, late, writer] = [begin(reads), begin(reads), begin(reads), begin(writes)];
    for (const section of [one, two, late, writer]) section.enter();
    const running = [
      grow(one, 'one', log),
      grow(two, 'two', log),
      grow(writer, 'writer', log),
      grow(late, 'late', log),
    ];
    await idle();
    one.leave();
    await idle();
    expect(log).toEqual(['one', 'two']);
    two.leave();
    await idle();
    expect(log).toEqual(['one', 'two', 'writer']);
    writer.leave();
    await Promise.all(running);
    late.leave();
  });

  test('is not given up, whatever the limits of its class are', async () => {
    const [a, b] = [freshClass(), freshClass()];
    configure({ classes: { [b]: { timeout: 20, queueLimit: 1 } } });
    const log: string[] = [];
    const grows = guard('grows', { shared: [a], exclusive: [b], later: [[b]] });
    const other = guard('other', exclusive(b));
    const [holder, one, two] = [begin(other), begin(grows), begin(grows)];
    for (const section of [holder, one, two]) section.enter();
    const expired = begin(other);
    expect(expired.enter()).toBe(true);
    const rejected = expect(expired.turn).rejects.toMatchObject({ code: 'ERR_ANYSPEED_TIMEOUT' });
    const running = [grow(one, 'one', log), grow(two, 'two', log)];
    await rejected;
    await sleep(60);
    expect(log).toEqual([]);
    holder.leave();
    await idle();
    one.leave();
    await Promise.all(running);
    two.leave();
    expect(log).toEqual(['one', 'two']);
  });

  test('is had at once by who comes back from standing aside', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const section = begin(guard('grows', { ...exclusive(a, b), later: [[b]] }));
    const reply = occasion<string>();
    section.enter();
    section.grow(1);
    const settled = section.aside(reply.promise);
    expect([isHeld(a), isHeld(b)]).toEqual([false, false]);
    reply.resolve('reply');
    expect(await settled).toBe('reply');
    expect([isHeld(a), isHeld(b), section.grow(1)]).toEqual([true, true, false]);
    section.leave();
  });

  test('is had at once inside of a task', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const grows = guard('grows', { ...exclusive(a, b), later: [[b]] });
    const outer = schedule(
      'outer',
      () => {
        const section = begin(grows);
        section.enter();
        expect([isHeld(b), section.grow(1), section.mayAccess(b, true)]).toEqual([true, false, true]);
        section.leave();
      },
      exclusive(freshClass()),
    );
    await outer();
  });

  test('does nothing for a section of a module that has not been evaluated, or one without later steps', () => {
    expect(begin(undefined).grow(1)).toBe(false);
    const section = begin(guard('plain', exclusive(freshClass())));
    section.enter();
    expect(section.grow(1)).toBe(false);
    section.leave();
  });

  test('is of classes that are needed', () => {
    expect(() => guard('wrong', { ...exclusive('a'), later: [['b']] })).toThrow(/`later` of wrong/);
    expect(() => guard('wrong', { ...exclusive('a'), later: ['a'] as never })).toThrow(/`later`/);
  });
});

describe('what can be seen of a later step', () => {
  const section = async (grows: Parameters<typeof begin>[0], milliseconds: number): Promise<void> => {
    const own = begin(grows);
    if (own.enter()) await own.turn;
    await sleep(milliseconds);
    if (own.grow(1)) await own.turn;
    await sleep(milliseconds);
    own.leave();
  };

  test('messages tell of it as a part of its run, and of one release', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const grows = guard('told', { shared: [a], exclusive: [b], later: [[b]] });
    const told: string[] = [];
    const tell = (message: unknown, channel: string | symbol): void => {
      const { handler, run, step = 0, needs } = message as StartedMessage;
      if (handler !== 'told') return;
      const classes = needs?.map(need => (need.class === a ? 'a' : 'b')).join() ?? '';
      told.push(`${String(channel).replace('anyspeed:', '')} ${run} ${step} ${classes}`.trim());
    };
    const channels = ['anyspeed:queued', 'anyspeed:started', 'anyspeed:released'];
    for (const channel of channels) subscribe(channel, tell);
    await Promise.all([section(grows, 10), sleep(2).then(() => section(grows, 10))]);
    for (const channel of channels) unsubscribe(channel, tell);
    const [first, second] = told.filter(line => line.endsWith('0 a')).map(line => line.split(' ')[1]);
    expect(told).toEqual([
      `started ${first} 0 a`,
      `started ${second} 0 a`,
      `started ${first} 1 b`,
      `queued ${second} 1 b`,
      `released ${first} 0`,
      `started ${second} 1 b`,
      `released ${second} 0`,
    ]);
  });

  test('its classes are measured from when they are taken on', async () => {
    const [a, b] = [freshClass(), freshClass()];
    const grows = guard('measured growing', { shared: [a], exclusive: [b], later: [[b]] });
    const metrics = measure();
    await Promise.all([section(grows, 30), section(grows, 30)]);
    metrics.stop();
    const [held, later] = [a, b].map(name => metrics.byClass().find(each => each.class === name));
    expect([held?.hold.count, later?.hold.count]).toEqual([2, 2]);
    // One holds the later class for the second half of its time, the other for the last third.
    expect(later?.hold.sum).toBeLessThan((held?.hold.sum as number) * 0.6);
    expect(later?.wait.sum).toBeGreaterThan(20);
    const own = metrics.snapshot().find(({ handler }) => handler === 'measured growing');
    expect(own?.hold.count).toBe(2);
    expect(own?.hold.sum).toBeCloseTo(held?.hold.sum as number, 0);
  });

  test('the table lists it beside what is taken at the beginning', async () => {
    const [a, b] = [freshClass(), freshClass()];
    await section(guard('listed', { shared: [a], exclusive: [b], later: [[b]] }), 0);
    const listed = inspect().handlers.filter(({ id }) => id === 'listed');
    expect(listed.map(({ step = 0, needs, runs }) => [step, needs.map(need => need.class), runs])).toEqual([
      [0, [b, a], 0],
      [0, [a], 1],
      [1, [b], 1],
    ]);
  });
});
