/**
 * Work that a task starts and does not await still belongs to it.
 */
import { runningTask } from './task.js';
import { see } from './task-trace.js';
import { isThenable } from './thenable.js';

/**
 * Ties a promise that nobody awaits to the running task, which keeps what it holds until the promise has
 * settled. Returns the promise.
 */
export function floating<P>(promise: P): P {
  if (!isThenable(promise)) return promise;
  const task = runningTask();
  if (task === null) return promise;
  task.begin();
  see(task, 'waits for a floating promise');
  const settle = () => task.settle();
  promise.then(settle, error => {
    task.settle();
    // Nobody awaits the promise, so its rejection is unhandled; a reaction that swallowed it would hide that.
    throw error;
  });
  return promise;
}
