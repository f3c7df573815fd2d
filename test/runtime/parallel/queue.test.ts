/**
 * The order of calls, with workers and a clock that the tests make up.
 */
import { expect, test } from '@jest/globals';
import { Queue, type QueuedCall } from '../../../runtime/parallel/queue.js';

/** Workers and an event loop whose time is counted here, in milliseconds. */
class World {
  now = 0;
  readonly log: string[] = [];
  /** How long this thread was busy in each turn. */
  readonly turns: number[] = [];
  readonly queue: Queue;
  readonly #later: { at: number; run: () => void }[] = [];
  readonly #immediate: (() => void)[] = [];
  readonly #workers: number[];

  constructor(size: number, longestInPlace = 5) {
    this.#workers = new Array(size).fill(0);
    this.queue = new Queue({ size, longestInPlace, afterOthers: run => this.#immediate.push(run) });
  }

  call(
    name: string,
    takes: number,
    { expected = takes as number | undefined, mayRunHere = true, canWait = true } = {},
  ): QueuedCall {
    const call: QueuedCall = {
      expected,
      mayRunHere,
      keep: () => canWait,
      cross: () => {
        // The worker that is idle first; a second call of a worker begins when the first is over.
        const index = this.#workers.indexOf(Math.min(...this.#workers));
        const begins = Math.max(this.now, this.#workers[index] as number);
        this.#workers[index] = begins + takes;
        this.log.push(`${name} in worker ${index} from ${begins}`);
        return new Promise(resolve => this.#later.push({ at: begins + takes, run: resolve }));
      },
      runHere: () => {
        this.log.push(`${name} here from ${this.now}`);
        this.now += takes;
        this.turns.push(takes);
      },
    };
    this.queue.add(call);
    return call;
  }

  /** Lets time pass until nothing is left to do. */
  async run(): Promise<void> {
    while (this.#immediate.length > 0 || this.#later.length > 0) {
      const immediate = this.#immediate.splice(0);
      if (immediate.length === 0) this.now = Math.max(this.now, Math.min(...this.#later.map(({ at }) => at)));
      for (const due of this.#later.filter(({ at }) => at <= this.now)) {
        this.#later.splice(this.#later.indexOf(due), 1);
        due.run();
      }
      // Promises.
      for (let i = 0; i < 5; i++) await null;
      for (const run of immediate) run();
    }
  }
}

test('idle workers get calls at once, this thread does one when all are busy', async () => {
  const world = new World(2);
  for (const name of ['a', 'b', 'c']) world.call(name, 2);
  expect(world.log).toEqual(['a in worker 0 from 0', 'b in worker 1 from 0']);
  await world.run();
  expect(world.log).toEqual(['a in worker 0 from 0', 'b in worker 1 from 0', 'c here from 0']);
});

test('while this thread is busy, workers have a call ahead, and all are busy all the time', async () => {
  const world = new World(1);
  for (let index = 0; index < 16; index++) world.call(`${index}`, 2);
  await world.run();
  expect(world.log).toHaveLength(16);
  expect(world.log.filter(line => line.includes('here'))).toHaveLength(8);
  // Two threads for 32 ms of work.
  expect(world.now).toBe(16);
});

test('one call in each turn: whatever else has happened is served in between', async () => {
  const world = new World(1);
  for (let index = 0; index < 16; index++) world.call(`${index}`, 4);
  await world.run();
  expect(Math.max(...world.turns)).toBe(4);
});

test('nothing that may take long runs here, and nothing waits behind it in a worker', async () => {
  const world = new World(2);
  world.call('long', 1000);
  for (let index = 0; index < 6; index++) world.call(`${index}`, 2);
  world.call('unknown', 2, { expected: undefined });
  await world.run();
  expect(world.log.filter(line => /^(long|unknown) here/.test(line))).toEqual([]);
  const begins = world.log.map(line => Number(line.split(' ').at(-1)));
  expect(Math.max(...begins)).toBeLessThan(12);
});

test('calls that are to run in workers wait for them', async () => {
  const world = new World(1);
  for (const name of ['a', 'b', 'c']) world.call(name, 2, { mayRunHere: false });
  await world.run();
  expect(world.log).toEqual(['a in worker 0 from 0', 'b in worker 0 from 2', 'c in worker 0 from 4']);
  const none = new World(1, 0);
  for (const name of ['a', 'b']) none.call(name, 2);
  await none.run();
  expect(none.log).toEqual(['a in worker 0 from 0', 'b in worker 0 from 2']);
});

test('a call that is given up leaves', async () => {
  const world = new World(1);
  const [first, second] = ['a', 'b'].map(name => world.call(name, 2)) as [QueuedCall, QueuedCall];
  expect(world.queue.remove(first)).toBe(false);
  expect(world.queue.remove(second)).toBe(true);
  expect([world.queue.crossed, world.queue.waiting]).toEqual([1, 0]);
  await world.run();
  expect(world.log).toEqual(['a in worker 0 from 0']);
  expect([world.queue.crossed, world.queue.waiting]).toEqual([0, 0]);
});

test('a call that cannot wait is over, unless it need not', async () => {
  const world = new World(1);
  world.call('a', 2, { canWait: false });
  world.call('b', 2, { canWait: false });
  await world.run();
  expect(world.log).toEqual(['a in worker 0 from 0']);
});

test('no call waits for ever, whatever is expected of it', async () => {
  const world = new World(2);
  for (let index = 0; index < 200; index++) {
    const kind = index % 5;
    world.call(`${index}`, kind === 0 ? 20 : 1, {
      expected: kind === 1 ? undefined : kind === 2 ? 100 : 1,
      mayRunHere: kind !== 3,
    });
  }
  await world.run();
  expect(new Set(world.log.map(line => line.split(' ')[0])).size).toBe(200);
  expect(world.log).toHaveLength(200);
});
