/**
 * A call in this thread. The time that it takes is learned, of most calls: to look at the clock is a part of the shortest.
 */
import { performance } from 'node:perf_hooks';
import type { LearnedOfSize } from './learned.js';
import type { Registered } from './registry.js';

/** Below so many milliseconds, one run in so many is timed. */
const SHORT = 0.1;
const TIMED = 8;

export function runHere({ fn }: Registered, args: unknown[], learned: LearnedOfSize): Promise<unknown> {
  if (learned.here.isSettled && learned.here.value < SHORT && learned.runsHere % TIMED !== 0) {
    learned.ranHereUntimed();
    try {
      return Promise.resolve(fn(...args));
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }
  const begin = performance.now();
  try {
    const result = fn(...args);
    learned.ranHere(performance.now() - begin);
    return Promise.resolve(result);
  } catch (thrown) {
    learned.ranHere(performance.now() - begin);
    return Promise.reject(thrown);
  }
}
