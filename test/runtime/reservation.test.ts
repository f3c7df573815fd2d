/**
 * A request that is admitted by some of its locks only keeps its place there by a reservation. Tasks that hold something
 * already may still come in between, and nobody else.
 */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { inspect, schedule, standAside } from '../../runtime/index.js';
import { freshClass, idle, leftovers, type Occasion, occasion } from './occasions.js';

afterEach(async () => {
  await idle();
  expect(leftovers()).toEqual([]);
  jest.restoreAllMocks();
});

const log: string[] = [];
afterEach(() => {
  log.length = 0;
});

/** A section that says when it starts and goes on when it is told to. */
function section(name: string, needs: Parameters<typeof schedule>[2], body?: () => Promise<unknown>) {
  const door = occasion();
  const run = schedule(
    name,
    async () => {
      log.push(name);
      await body?.();
      await door.promise;
    },
    needs,
  );
  return { run, door };
}

const key = (name: string, value: string) => ({
  keyed: [{ class: name, mode: 'exclusive' as const, keys: () => [value] }],
});

async function finish(...doors: { door: Occasion }[]): Promise<void> {
  for (const { door } of doors) {
    door.resolve();
    await idle();
  }
}

describe('a reserved place', () => {
  test('keeps out who comes later and conflicts, while the key is waited for', async () => {
    const name = freshClass();
    const first = section('first', key(name, 'a'));
    const second = section('second', key(name, 'a'));
    const other = section('other', key(name, 'b'));
    const whole = section('whole', { shared: [name] });
    const all = [first.run(), second.run(), other.run(), whole.run()];
    expect(log).toEqual(['first', 'other']);
    expect(inspect().classes.find(state => state.name === name)?.waiting).toEqual([
      'intent-exclusive',
      'shared',
    ]);
    await finish(other, first);
    expect(log).toEqual(['first', 'other', 'second']);
    await finish(second);
    expect(log).toEqual(['first', 'other', 'second', 'whole']);
    await finish(whole);
    await Promise.all(all);
  });

  test('gives way to a task that takes the class late, and is the first after it', async () => {
    const [name, elsewhere] = [freshClass(), freshClass()];
    const first = section('first', key(name, 'a'));
    const second = section('second', key(name, 'a'));
    const inner = section('inner', { shared: [name] });
    const late = section('late', { exclusive: [elsewhere], carriesTask: true }, () => inner.run());
    const last = section('last', { exclusive: [name] });
    const all = [first.run(), second.run(), late.run(), last.run()];
    expect(log).toEqual(['first', 'late']);
    await finish(first);
    // The key is free by now, but not the class.
    expect(log).toEqual(['first', 'late', 'inner']);
    await finish(inner, late);
    expect(log).toEqual(['first', 'late', 'inner', 'second']);
    await finish(second, last);
    expect(log.at(-1)).toBe('last');
    await Promise.all(all);
  });

  test('is given up with the request', async () => {
    const [one, two, three] = [freshClass(), freshClass(), freshClass()];
    const abort = new AbortController();
    const holder = section('holder', { exclusive: [two, three] });
    const waiting = section('waiting', { exclusive: [one, two, three], signal: () => abort.signal });
    const behind = section('behind', { exclusive: [one] });
    const all = [holder.run(), waiting.run().catch(() => 'aborted'), behind.run()];
    expect(log).toEqual(['holder']);
    abort.abort();
    await idle();
    expect(log).toEqual(['holder', 'behind']);
    await finish(behind, holder);
    expect(await Promise.all(all)).toEqual([undefined, 'aborted', undefined]);
  });

  test('is kept at every lock whose queue has been passed, in any order', async () => {
    const [one, two] = [freshClass(), freshClass()];
    const first = section('first', { exclusive: [one] });
    const second = section('second', { exclusive: [two] });
    const both = section('both', { exclusive: [one, two] });
    const reader = section('reader', { shared: [one] });
    const all = [first.run(), second.run(), both.run(), reader.run()];
    await finish(first);
    expect(log).toEqual(['first', 'second']);
    await finish(second);
    expect(log).toEqual(['first', 'second', 'both']);
    await finish(both, reader);
    expect(log.at(-1)).toBe('reader');
    await Promise.all(all);
  });

  test('is not needed by a task that comes back to what is free', async () => {
    const [one, two] = [freshClass(), freshClass()];
    const back = occasion();
    const aside = section('aside', { exclusive: [one, two], carriesTask: true }, () =>
      standAside(back.promise),
    );
    const running = aside.run();
    const meanwhile = section('meanwhile', { exclusive: [two] });
    const other = meanwhile.run();
    await finish({ door: back });
    const behind = section('behind', { exclusive: [one] });
    const last = behind.run();
    expect(log).toEqual(['aside', 'meanwhile']);
    await finish(meanwhile, aside);
    expect(log).toEqual(['aside', 'meanwhile', 'behind']);
    await finish(behind);
    await Promise.all([running, other, last]);
  });
});
