/**
 * Work that a task starts and does not await still belongs to it.
 */
import { standInFor } from './scheduled-function.js';
import { runningTask } from './task.js';
import { see } from './task-trace.js';
import type { AnyFunction } from './thenable.js';

/**
 * Ties a promise that nobody awaits to the running task, which keeps what it holds until the promise has
 * settled. Returns the promise.
 *
 * A thenable that is no promise is left alone: many (a query builder's) begin to work when they are followed.
 */
export function floating<P>(promise: P): P {
  if (!(promise instanceof Promise)) return promise;
  const task = runningTask();
  if (task === null) return promise;
  task.begin();
  see(task, 'waits for a floating promise');
  followUnseen(promise, () => task.settle());
  return promise;
}

/**
 * Calls `settled` when a promise has settled, and leaves it as if nobody had followed it.
 *
 * To follow a promise is to handle it, so a rejection has to be handed on if nobody else handles it, and only then.
 * A promise does not say who follows it, but whoever starts to reads its `constructor` (the language says so, for
 * `await` as for `then`), and is noticed there. Handlers that were there before cannot be noticed: the promise
 * should be a call's own, which it is where the compiler emits `floating`.
 */
export function followUnseen(promise: Promise<unknown>, settled: () => void): void {
  let isFollowed = false;
  promise.then(settled, error => {
    settled();
    if (!isFollowed) throw error;
  });
  const made = promise.constructor;
  if (Object.isExtensible(promise)) {
    Object.defineProperty(promise, 'constructor', {
      get() {
        isFollowed = true;
        return made;
      },
      configurable: true,
    });
  }
}

/**
 * Ties the promises that a callback returns to the running task, for those who call it now and drop what it
 * returns: `list.forEach(floatingResults(async item => ...))`. Returns a function that looks like the callback.
 */
export function floatingResults<F>(callback: F): F {
  if (typeof callback !== 'function') return callback;
  const body = callback as unknown as AnyFunction;
  const wrapper = standInFor(body, undefined, (self, args) => floating(body.apply(self, args as unknown[])));
  return wrapper as unknown as F;
}
