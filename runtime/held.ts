/**
 * What the running code holds, according to the lock table: for those who check that it holds what it should, such as the
 * audit and tests.
 */
import { stretch } from './stretch.js';
import { runningTask } from './task.js';

/** Something that holds classes, or has passed a gate of them. */
export interface Holder {
  /** Whether its holder may read, or write, a class now. Of a class that is held by keys, whether any key is held so. */
  mayAccess(className: string, isWrite: boolean): boolean;
}

/** What the running code has come by, and whether it merely passed. */
export interface Running {
  readonly holder: Holder;
  readonly isGate: boolean;
}

/** The task that the running code belongs to, or the gate that it has passed in this very segment. */
export function running(): Running | null {
  const { handler } = stretch;
  if (handler?.gate) return { holder: handler, isGate: true };
  const task = runningTask();
  return task && { holder: task, isGate: false };
}
