/**
 * The one pool of this thread, and the queue before it. Both are made when the first call crosses, by the settings of then.
 */
import { setImmediate } from 'node:timers';
import { Pool } from './pool.js';
import { Queue } from './queue.js';
import { settings } from './settings.js';

let pool: Pool | undefined;
let queue: Queue | undefined;

export function poolIfStarted(): Pool | undefined {
  return pool;
}

/** @throws if Piscina is not installed */
export function currentPool(): Pool {
  pool ??= new Pool(settings.size);
  return pool;
}

export function currentQueue(): Queue {
  queue ??= new Queue({
    size: settings.size,
    longestInPlace: settings.longestInPlace,
    afterOthers: run => setImmediate(run),
  });
  return queue;
}

export function queueIfStarted(): Queue | undefined {
  return queue;
}

/**
 * Ends the workers, for tests and tools that look for what is left open. An idle pool keeps no process alive. Calls that
 * workers have are rejected; the next call that crosses starts another pool.
 */
export async function close(): Promise<void> {
  const ending = pool;
  pool = undefined;
  queue = undefined;
  await ending?.close();
}
