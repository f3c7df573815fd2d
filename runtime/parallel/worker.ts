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

/** How many calls have come and are not answered. */
let open = 0;

/** What Piscina calls. Never throws: what the function throws is part of the outcome. */
export default async function answer(task: Task): Promise<Outcome> {
  open++;
  try {
    // Of calls that are taken at once, all would run before the first is answered, and nothing would come after them.
    if (open > 1) await new Promise(setImmediate);
    return await run(task);
  } finally {
    open--;
  }
}

async function run({ fn: number, args, marks, weigh }: Task): Promise<Outcome> {
  if (number === PING) return { value: undefined, marks: {}, time: 0, copying: undefined };
  let start = performance.now();
  try {
    restore(marks);
    const fn = functions.get(number) ?? (await functions.load(number));
    start = performance.now();
    let value = fn(...args);
    if (isThenable(value)) value = await value;
    return returned(value, performance.now() - start, weigh);
  } catch (thrown) {
    return { thrown: takeApart(thrown), time: performance.now() - start };
  }
}

function returned(value: unknown, time: number, weigh: boolean): Outcome {
  const { isClonable, marks } = survey([value]);
  // Must not be left to the one who sends it: that would end the worker.
  if (!isClonable) {
    const obstacle = findObstacle(value) ?? { path: '', what: 'something that cannot be copied' };
    return { thrown: { ...obstacle, wasThrown: false }, time };
  }
  const outcome: Returned = { value, marks, time, copying: undefined };
  if (weigh) {
    const start = performance.now();
    structuredClone(value);
    outcome.copying = performance.now() - start;
  }
  return outcome;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
