/**
 * What happens when a run's promise settles, where that depends on the run: on what it holds, and on whose promise
 * is to be resolved.
 */
import type { Handler } from './handler.js';
import type { Keys } from './keys.js';
import type { Task } from './task.js';
import { follow } from './thenable.js';

function end(handler: Handler, keys: Keys | null, task: Task | null): void {
  if (task === null) handler.end(keys);
  else task.settle();
}

/**
 * Ends a run when the promise that it has returned settles: `task`, or else what `handler` and `keys` say. Returns
 * the promise that follows, which the caller gets.
 */
export function whenSettled(
  handler: Handler,
  keys: Keys | null,
  task: Task | null,
  result: PromiseLike<unknown>,
): Promise<unknown> {
  return follow(
    result,
    value => {
      end(handler, keys, task);
      return value;
    },
    error => {
      end(handler, keys, task);
      throw error;
    },
  );
}

/** The same of a call that had to wait, whose caller has a promise already: `resolve` resolves it. */
export function answerWhenSettled(
  handler: Handler,
  keys: Keys | null,
  task: Task | null,
  resolve: (value: unknown) => void,
  result: PromiseLike<unknown>,
): void {
  follow(
    result,
    value => {
      end(handler, keys, task);
      resolve(value);
    },
    error => {
      end(handler, keys, task);
      resolve(Promise.reject(error));
    },
  );
}
