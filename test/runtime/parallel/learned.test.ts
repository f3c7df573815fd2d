/**
 * Where calls run, decided from times that the tests make up: whatever is better, nothing is much worse.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Baseline, Learned, LearnedOfSize } from '../../../runtime/parallel/learned.js';
import { largestOfClass, sizeClassOf } from '../../../runtime/parallel/size-class.js';

/** What a function costs, wherever it runs. */
interface Costs {
  here: number;
  pool: number;
  crossing: number;
  trip: number;
}

interface Spent {
  /** Of this thread, of all threads, and until the answers came when they were waited for one by one. */
  thread: number;
  cores: number;
  latency: number;
  crossings: number;
}

function spend(spent: Spent, { here, pool, crossing, trip }: Costs, place: 'here' | 'pool'): void {
  if (place === 'here') {
    spent.thread += here;
    spent.cores += here;
    spent.latency += here;
  } else {
    spent.thread += crossing;
    spent.cores += pool + crossing;
    spent.latency += pool + trip;
    spent.crossings++;
  }
}

/** So many calls, each where it is decided, with times that vary as `noise` says. */
function run(learned: LearnedOfSize, costs: Costs, calls: number, noise: () => number): Spent {
  const baseline: Baseline = { crossing: Math.min(costs.crossing, 0.02), trip: costs.trip };
  const spent = { thread: 0, cores: 0, latency: 0, crossings: 0 };
  for (let call = 0; call < calls; call++) {
    const place = learned.decide(baseline);
    spend(spent, costs, place);
    if (place === 'here') learned.ranHere(costs.here * noise());
    else learned.ranInPool(costs.pool * noise(), costs.crossing * noise(), undefined);
  }
  return spent;
}

const calm = () => 1;

describe('where a call runs', () => {
  test('20 microseconds in place, 2 milliseconds in the pool', () => {
    const way = { crossing: 0.03, trip: 0.08 };
    expect(run(new LearnedOfSize(), { here: 0.02, pool: 0.02, ...way }, 10_000, calm).crossings).toBeLessThan(
      40,
    );
    expect(run(new LearnedOfSize(), { here: 2, pool: 2, ...way }, 1000, calm).crossings).toBe(1000);
  });

  test('in place, however long, when copying takes longer', () => {
    const spent = run(new LearnedOfSize(), { here: 3, pool: 3, crossing: 9, trip: 10 }, 10_000, calm);
    expect(spent.crossings).toBeLessThan(40);
  });

  test('what copying the result costs counts', () => {
    const learned = new LearnedOfSize();
    for (let call = 0; call < 4; call++) learned.ranInPool(1, 0.03, 12);
    expect(learned.decide({ crossing: 0.02, trip: 0.08 })).toBe('here');
  });

  test('follows a function that becomes longer, and one that becomes shorter', () => {
    const way = { crossing: 0.03, trip: 0.08 };
    const learned = new LearnedOfSize();
    run(learned, { here: 0.02, pool: 0.02, ...way }, 1000, calm);
    expect(run(learned, { here: 2, pool: 2, ...way }, 1000, calm).crossings).toBeGreaterThan(975);
    expect(run(learned, { here: 0.02, pool: 0.02, ...way }, 1000, calm).crossings).toBeLessThan(75);
  });

  test('that this thread is slower than workers is seen by what it does while they are busy', () => {
    const learned = new LearnedOfSize();
    for (let call = 0; call < 20; call++) learned.ranInPool(0.5, 0.03, undefined);
    expect(learned.expected).toBe(0.5);
    for (let call = 0; call < 20; call++) {
      learned.ranHere(10);
      for (let other = 0; other < 5; other++) learned.ranInPool(0.5, 0.03, undefined);
    }
    expect(learned.expected).toBeGreaterThan(5);
    // It may have been so for a while only.
    for (let call = 0; call < 400; call++) learned.ranInPool(0.5, 0.03, undefined);
    expect(learned.expected).toBeLessThan(0.6);
  });

  test('code that is cold, and single outliers, change nothing', () => {
    const way = { crossing: 0.03, trip: 0.08 };
    let call = 0;
    const warming = () => 1 + 30 * Math.exp(-call++ / 3) + (call % 100 === 0 ? 200 : 0);
    expect(
      run(new LearnedOfSize(), { here: 0.02, pool: 0.02, ...way }, 2000, warming).crossings,
    ).toBeLessThan(120);
  });

  test('is never much worse than what would have been better', () => {
    // Not fc.double: nearly all of its numbers are close to 0.
    const time = fc.integer({ min: -620, max: 390 }).map(hundredths => Math.exp(hundredths / 100));
    const factor = fc.integer({ min: 80, max: 125 }).map(hundredths => hundredths / 100);
    const costs = fc.record({
      here: time,
      ratio: factor,
      crossing: time,
      late: time,
    });
    fc.assert(
      fc.property(costs, fc.infiniteStream(factor), ({ here, ratio, crossing, late }, noise) => {
        // An answer is late by at least what crossing takes.
        const own: Costs = { here, pool: here * ratio, crossing, trip: crossing + Math.min(late, 0.5) };
        const calls = 400;
        const samples = noise[Symbol.iterator]();
        const spent = run(new LearnedOfSize(), own, calls, () => samples.next().value as number);
        const always = (place: 'here' | 'pool'): Spent => {
          const sum = { thread: 0, cores: 0, latency: 0, crossings: 0 };
          for (let call = 0; call < calls; call++) spend(sum, own, place);
          return sum;
        };
        const [inPlace, inPool] = [always('here'), always('pool')];
        // What the first calls cost, until something is known, is not counted: they are few.
        const start: Spent = { thread: 0, cores: 0, latency: 0, crossings: 0 };
        for (let call = 0; call < 6; call++) spend(start, own, 'pool');
        // The noise moves the limits by as much.
        const bound = 2.5 * 1.25 ** 3;
        expect(spent.cores - start.cores).toBeLessThanOrEqual(bound * Math.min(inPlace.cores, inPool.cores));
        expect(spent.latency - start.latency).toBeLessThanOrEqual(
          bound * Math.min(inPlace.latency, inPool.latency),
        );
        // In place, this thread does all of it, of which no more than the time to the answer is bounded if crossing is nearly free.
        expect(spent.thread - start.thread).toBeLessThanOrEqual(
          bound *
            Math.max(Math.min(inPlace.thread, inPool.thread), Math.min(inPlace.thread, calls * own.trip)),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe('sizes of arguments', () => {
  test('are told apart by powers of four', () => {
    expect([[], ['a'], ['x'.repeat(15)], ['x'.repeat(16)], [Buffer.alloc(100_000)]].map(sizeClassOf)).toEqual(
      [0, 1, 2, 3, 9],
    );
    expect(largestOfClass(2)).toBe(15);
    expect(sizeClassOf([new Uint8Array(4)])).toBe(sizeClassOf(['four']));
    expect(sizeClassOf([{ text: 'x'.repeat(1000) }])).toBe(5);
    expect(sizeClassOf([Array.from({ length: 100 }, () => 'x'.repeat(100))])).toBe(7);
    expect(sizeClassOf([new Map(Array.from({ length: 100 }, (_, key) => [key, 0]))])).toBe(5);
    expect(sizeClassOf([null, undefined, 1, 2n, true, () => 0])).toBe(0);
  });

  test('are learned apart, and what is brief for a large one is tried in place for a small one', () => {
    const learned = new Learned();
    run(learned.ofSize(8), { here: 5, pool: 5, crossing: 0.03, trip: 0.08 }, 10, calm);
    run(learned.ofSize(4), { here: 0.01, pool: 0.01, crossing: 0.03, trip: 0.08 }, 10, calm);
    expect(learned.ofSize(8).decide()).toBe('pool');
    expect(learned.ofSize(4).decide()).toBe('here');
    expect(learned.ofSize(2).decide()).toBe('here');
    expect(learned.ofSize(5).decide()).toBe('pool');
  });
});
