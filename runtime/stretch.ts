/**
 * Which task the code that runs right now belongs to.
 *
 * A plain variable, set around the synchronous part of every scheduled function and put back after it, finds
 * the task for calls in the same synchronous stretch and costs next to nothing. Only a handler with
 * `carriesTask` is also found after an `await`, through `AsyncLocalStorage`: its first use makes every
 * `await` of the process several times as slow on Node 20 and 22, so no storage exists until such a handler does.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Handler } from './handler.js';
import type { Keys } from './keys.js';
import type { Task } from './task.js';

interface Stretch {
  /** The handler whose synchronous part is running; null between stretches. */
  handler: Handler | null;
  /**
   * Whether the handler's locks were taken already. A run that need not wait takes them only when its stretch
   * suspends or something in it asks for the task: nobody else can run before that, and a run that is
   * over by then has nothing to give back.
   */
  isTaken: boolean;
  /** The keys that the run needs beside, as long as it has no task that knows them. */
  keys: Keys | null;
  /** Its task, once something in the stretch has asked for it: see `Task`. */
  task: Task | null;
  /** Carries tasks across suspensions; null as long as no handler needs that. */
  storage: AsyncLocalStorage<Task> | null;
}

export const stretch: Stretch = { handler: null, isTaken: false, keys: null, task: null, storage: null };

/** Makes tasks findable across suspensions from now on. */
export function carryTasks(): AsyncLocalStorage<Task> {
  stretch.storage ??= new AsyncLocalStorage<Task>();
  return stretch.storage;
}

/** Ends the stretch of a run that was not nested; returns its task, if it has got one. */
export function endStretch(): Task | null {
  const { task } = stretch;
  stretch.handler = null;
  stretch.isTaken = false;
  stretch.keys = null;
  stretch.task = null;
  return task;
}
