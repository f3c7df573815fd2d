/**
 * The call of a scheduled function: runs it now, or queues it, or runs it inside the task it belongs to.
 *
 * The path of a call that need not wait is kept free of allocations of its own: what happens when the run
 * settles depends on the handler alone, so the two reactions are made once for each handler.
 */
import type { AsyncResource } from 'node:async_hooks';
import { captureContext, runInContext } from './async-context.js';
import type { Handler } from './handler.js';
import type { Lock } from './lock.js';
import { COVERED, type Mode } from './modes.js';
import { callInside } from './nested-call.js';
import { makeReady, type Ready, type ReadyKind, runReadySoon } from './ready.js';
import { dequeue, type Entry, enqueue, entriesOf, type Request } from './request.js';
import { carryTasks, stretch } from './stretch.js';
import { runningTask, Task } from './task.js';
import { type AnyFunction, type Arguments, follow, isThenable } from './thenable.js';

/** Calls a scheduled function. */
export function call(handler: Handler, fn: AnyFunction, self: unknown, args: Arguments): unknown {
  if (stretch.handler !== null || stretch.storage !== null) return callWithin(handler, fn, self, args);
  return handler.isFree() ? run(handler, fn, self, args) : queue(handler, fn, self, args);
}

/** A call from inside a synchronous stretch, or with a task that may have been carried here. */
function callWithin(handler: Handler, fn: AnyFunction, self: unknown, args: Arguments): unknown {
  const task = runningTask();
  if (task !== null) return callInside(task, handler, fn, self, args);
  // A gate holds nothing, so what it calls is a task of its own, unless its one segment is what the callee needs.
  const { handler: gate } = stretch;
  const mayPass = gate !== null && hasPassed(gate, handler) && handler.isFreeOfHolders();
  if (mayPass && handler.gate) return fn.apply(self, args as unknown[]);
  stretch.handler = null;
  try {
    return mayPass || handler.isFree() ? run(handler, fn, self, args) : queue(handler, fn, self, args);
  } finally {
    stretch.handler = gate;
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
function run(handler: Handler, fn: AnyFunction, self: unknown, args: Arguments): unknown {
  handler.runs++;
  if (handler.carriesTask) {
    handler.take();
    stretch.task = new Task(handler);
  }
  let result: unknown;
  try {
    result = runStretch(handler, fn, self, args);
  } catch (error) {
    fail();
    throw error;
  }
  return finish(handler, result);
}

/** A run that did not wait has thrown in its first stretch. */
export function fail(): void {
  endStretch()?.settleInSegment();
}

/** A run that did not wait has ended its first stretch with `result`. Returns what the caller gets. */
export function finish(handler: Handler, result: unknown): unknown {
  const task = endStretch();
  if (task === null) {
    if (handler.gate || !isThenable(result)) return result;
    handler.take();
    return follow(result, handler.onFulfilled, handler.onRejected);
  }
  if (!isThenable(result)) {
    task.settleInSegment();
    return result;
  }
  return follow(
    result,
    value => {
      task.settle();
      return value;
    },
    error => {
      task.settle();
      throw error;
    },
  );
}

/** The synchronous part of a run. The caller ends the stretch, whatever happens. */
function runStretch(handler: Handler, fn: AnyFunction, self: unknown, args: Arguments): unknown {
  stretch.handler = handler;
  if (handler.carriesTask) {
    return carryTasks().run(stretch.task as Task, () => fn.apply(self, args as unknown[]));
  }
  return fn.apply(self, args as unknown[]);
}

/** Ends the stretch of a run that was not nested; returns its task, if it has got one. */
function endStretch(): Task | null {
  const { task } = stretch;
  stretch.handler = null;
  stretch.isTaken = false;
  stretch.task = null;
  return task;
}

const noArguments: Arguments = [];

type Resolve = (value: unknown) => void;
let resolveLatest: Resolve;
/** One executor for all promises, and only the one function that is needed: half the memory of a waiting call. */
const keepResolve = (resolve: Resolve): void => {
  resolveLatest = resolve;
};

/** Queues a call that must wait, and returns the promise of its result. */
function queue(handler: Handler, fn: AnyFunction, self: unknown, args: Arguments): Promise<unknown> {
  handler.waits++;
  const promise = new Promise(keepResolve);
  const kept = args.length === 0 ? noArguments : args;
  enqueue(queuedCall(handler, fn, self, kept, resolveLatest, captureContext(promise)));
  return promise;
}

/** A call that waits for its turn. */
interface QueuedCall extends Ready {
  readonly handler: Handler;
  readonly fn: AnyFunction;
  readonly self: unknown;
  readonly args: Arguments;
  readonly resolve: Resolve;
  readonly context: AsyncResource | null;
}

/** A literal, as it is made three times as fast as an instance of a class that declares its fields. */
function queuedCall(
  handler: Handler,
  fn: AnyFunction,
  self: unknown,
  args: Arguments,
  resolve: Resolve,
  context: AsyncResource | null,
): QueuedCall {
  const queued = {
    lock: handler.locks[0] as Lock,
    mode: handler.modes[0] as Mode,
    previous: null,
    next: null,
    request: undefined as unknown as Request,
    entries: null as Entry[] | null,
    kind: queuedCalls,
    handler,
    fn,
    self,
    args,
    resolve,
    context,
  };
  queued.request = queued;
  queued.entries = entriesOf(queued, handler.locks, handler.modes);
  return queued;
}

const queuedCalls: ReadyKind = {
  grant(queued: QueuedCall) {
    queued.handler.take();
    dequeue(queued);
    makeReady(queued);
  },
  start(queued: QueuedCall) {
    runInContext(queued.context, runQueued, queued);
  },
};

/** Runs a call whose turn has come. Everything it needs was taken for it when it was granted. */
function runQueued(queued: QueuedCall): void {
  const { handler, resolve } = queued;
  handler.runs++;
  // Until now a gate has held what it waited for, so that nobody could come between; its segment needs no lock.
  if (handler.gate) handler.drop();
  else if (handler.carriesTask) stretch.task = new Task(handler);
  stretch.isTaken = true;
  let result: unknown;
  try {
    result = runStretch(handler, queued.fn, queued.self, queued.args);
  } catch (error) {
    result = Promise.reject(error);
    endQueued(handler, endStretch());
    resolve(result);
    return;
  }
  const task = endStretch();
  if (handler.gate || !isThenable(result)) {
    endQueued(handler, task);
    resolve(result);
    return;
  }
  if (task === null && handler.isAlone) {
    // There is no other run of this handler, so its reactions can be the same ones for all.
    handler.resolve = resolve;
    follow(result, handler.onQueuedFulfilled, handler.onQueuedRejected);
    return;
  }
  follow(
    result,
    value => {
      if (task === null) handler.end();
      else task.settle();
      resolve(value);
    },
    error => {
      if (task === null) handler.end();
      else task.settle();
      resolve(Promise.reject(error));
    },
  );
}

function endQueued(handler: Handler, task: Task | null): void {
  if (task !== null) task.settleInSegment();
  else if (!handler.gate) handler.endInSegment();
  else {
    handler.advance();
    runReadySoon();
  }
}
