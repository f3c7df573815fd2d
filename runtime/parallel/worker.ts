/**
 * What a worker of the pool runs: a call at a time of a function whose source the main thread has sent.
 */
import { BroadcastChannel, workerData } from 'node:worker_threads';
import { takeApart } from './failure.js';
import { LoadedFunctions } from './loaded-functions.js';
import { restore } from './marks.js';
import { findObstacle } from './not-clonable.js';
import { type Outcome, PING, type Returned, type Task, type WorkerStart } from './protocol.js';
import { survey } from './survey.js';

const { channel, sources } = workerData as WorkerStart;
const functions = new LoadedFunctions(new BroadcastChannel(channel), sources);

/** Runs one call. Never throws: what the function throws is part of the outcome. */
export default async function run({ fn: number, args, marks, weigh }: Task): Promise<Outcome> {
  if (number === PING) return { value: undefined, marks: {}, time: 0, copying: undefined };
  let start = performance.now();
  try {
    restore(marks);
    const fn = functions.get(number) ?? (await functions.load(number));
    start = performance.now();
    let value = fn(...args);
    // Not awaited without need: two calls that were taken at once would run before the first is answered.
    if (isThenable(value)) value = await value;
    return answer(value, performance.now() - start, weigh);
  } catch (thrown) {
    return { thrown: takeApart(thrown), time: performance.now() - start };
  }
}

function answer(value: unknown, time: number, weigh: boolean): Outcome {
  const { isClonable, marks } = survey([value]);
  // Must not be left to the one who sends it: that would end the worker.
  if (!isClonable) {
    const obstacle = findObstacle(value) ?? { path: '', what: 'something that cannot be copied' };
    return { thrown: { ...obstacle, wasThrown: false }, time };
  }
  const returned: Returned = { value, marks, time, copying: undefined };
  if (weigh) {
    const start = performance.now();
    structuredClone(value);
    returned.copying = performance.now() - start;
  }
  return returned;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
