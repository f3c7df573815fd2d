/**
 * The call of a scheduled function: runs it now, or queues it, or runs it inside the task it belongs to.
 *
 * The path of a call that need not wait is kept free of allocations of its own: what happens when the run
 * settles depends on the handler alone, so the two reactions are made once for each handler.
 */
import { announceRelease, announceStart, startedChannel } from './channels.js';
import type { Handler } from './handler.js';
import { areFree, areFreeOfHolders, type Keys, keysOf } from './keys.js';
import { COVERED, type Mode } from './modes.js';
import type { Needs } from './needs.js';
import { callInside } from './nested-call.js';
import { queue } from './queued-call.js';
import { whenSettled } from './settlement.js';
import { endStretch, stretch } from './stretch.js';
import { carried, followRun, runningTask, Task } from './task.js';
import { type AnyFunction, type Arguments, follow, isThenable } from './thenable.js';

/**
 * Calls a scheduled function. `needs` is given if what a call needs depends on its arguments; it is not part of
 * the handler, as functions that are made anew again and again may find their keys in variables of their own.
 */
export function call(
  handler: Handler,
  fn: AnyFunction,
  self: unknown,
  args: Arguments,
  needs: Needs | null,
): unknown {
  const keys = needs === null ? null : keysOf(handler, needs, self, args);
  if (stretch.handler !== null || stretch.storage !== null) {
    return callWithin(handler, keys, fn, self, args, needs);
  }
  return handler.isFree() && (keys === null || areFree(keys))
    ? run(handler, keys, fn, self, args)
    : queue(handler, keys, fn, self, args, needs);
}

/** A call from inside a synchronous stretch, or with a task that may have been carried here. */
function callWithin(
  handler: Handler,
  keys: Keys | null,
  fn: AnyFunction,
  self: unknown,
  args: Arguments,
  needs: Needs | null,
): unknown {
  const task = runningTask();
  if (task !== null) return callInside(task, handler, keys, fn, self, args);
  // A gate holds nothing, so what it calls is a task of its own, unless its one segment is what the callee needs.
  const { handler: outer, isTaken: outerIsTaken, keys: outerKeys, task: outerTask } = stretch;
  const gate = outer?.gate ? outer : null;
  const mayPass =
    gate !== null &&
    hasPassed(gate, handler) &&
    handler.isFreeOfHolders() &&
    (keys === null || areFreeOfHolders(keys));
  if (mayPass && handler.gate) return fn.apply(self, args as unknown[]);
  stretch.handler = null;
  stretch.isTaken = false;
  stretch.keys = null;
  stretch.task = null;
  try {
    return mayPass || (handler.isFree() && (keys === null || areFree(keys)))
      ? run(handler, keys, fn, self, args)
      : queue(handler, keys, fn, self, args, needs);
  } finally {
    stretch.handler = outer;
    stretch.isTaken = outerIsTaken;
    stretch.keys = outerKeys;
    stretch.task = outerTask;
  }
}

/** Whether whoever has passed `gate` in this segment need not wait for what `handler` would wait for. */
function hasPassed(gate: Handler, handler: Handler): boolean {
  return handler.locks.every((lock, index) => {
    const passed = gate.modes[gate.locks.indexOf(lock)] ?? 0;
    return ((COVERED[passed] as number) & (handler.modes[index] as Mode)) !== 0;
  });
}

/** Runs a call that need not wait. */
function run(handler: Handler, keys: Keys | null, fn: AnyFunction, self: unknown, args: Arguments): unknown {
  handler.runs++;
  const isHeard = startedChannel.hasSubscribers;
  const number = isHeard ? announceStart(handler, undefined) : undefined;
  stretch.handler = handler;
  let result: unknown;
  try {
    if (!handler.gate && (handler.needsTask || isHeard)) {
      handler.takeAll(keys);
      const task = new Task(handler, keys, number);
      stretch.task = task;
      result = handler.carriesTask ? carried(task, fn, self, args) : fn.apply(self, args as unknown[]);
    } else {
      stretch.keys = keys;
      result = fn.apply(self, args as unknown[]);
    }
  } catch (error) {
    fail(handler);
    throw error;
  }
  return finish(handler, keys, result);
}

/** A run that did not wait has thrown in its first stretch. */
export function fail(handler: Handler): void {
  const task = endStretch();
  if (task !== null) task.settleInSegment();
  else announceRelease(handler.id);
}

/** A run that did not wait has ended its first stretch with `result`. Returns what the caller gets. */
export function finish(handler: Handler, keys: Keys | null, result: unknown): unknown {
  const task = endStretch();
  if (task === null) {
    if (handler.gate || !isThenable(result)) {
      announceRelease(handler.id);
      return result;
    }
    handler.takeAll(keys);
    return keys === null
      ? follow(result, handler.onFulfilled, handler.onRejected)
      : whenSettled(handler, keys, null, result);
  }
  if (!isThenable(result)) {
    task.settleInSegment();
    return result;
  }
  return followRun(task, result);
}
