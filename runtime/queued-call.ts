/**
 * A call that must wait for its turn.
 */
import type { AsyncResource } from 'node:async_hooks';
import { captureContext, runInContext } from './async-context.js';
import {
  announceQueued,
  announceRelease,
  announceStart,
  queuedChannel,
  startedChannel,
  waitingRuns,
} from './channels.js';
import type { Handler } from './handler.js';
import type { Keys } from './keys.js';
import type { Lock } from './lock.js';
import type { Mode } from './modes.js';
import type { Needs } from './needs.js';
import { makeReady, type Ready, type ReadyKind, runReadySoon } from './ready.js';
import { dequeue, type Entry, enqueue, entriesOf, type Request } from './request.js';
import { endStretch, stretch } from './stretch.js';
import { carried, Task } from './task.js';
import { type AnyFunction, type Arguments, follow, isThenable } from './thenable.js';
import { clock } from './waited-for.js';
import { abortWith, keepsQueueLimit, stopListening } from './waiting-limits.js';

const noArguments: Arguments = [];

type Resolve = (value: unknown) => void;
let resolveLatest: Resolve;
/** One executor for all promises, and only the one function that is needed: half the memory of a waiting call. */
const keepResolve = (resolve: Resolve): void => {
  resolveLatest = resolve;
};

/** Queues a call, and returns the promise of its result. */
export function queue(
  handler: Handler,
  keys: Keys | null,
  fn: AnyFunction,
  self: unknown,
  args: Arguments,
  needs: Needs | null,
): Promise<unknown> {
  const full = keepsQueueLimit(handler.locks, keys);
  if (full !== null) return Promise.reject(full);
  handler.waits++;
  const promise = new Promise(keepResolve);
  const kept = args.length === 0 ? noArguments : args;
  const queued = queuedCall(handler, keys, fn, self, kept, resolveLatest, captureContext(promise));
  enqueue(queued);
  // The author's function comes last: whatever it does, the call has its place.
  const signal = needs?.signal?.apply(self, args as never[]);
  if (signal !== undefined) abortWith(signal, queued);
  if (queuedChannel.hasSubscribers) announceQueued(queued, handler.id, handler.describeNeeds());
  return promise;
}

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
  keys: Keys | null,
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
    since: clock.now,
    handler,
    fn,
    self,
    args,
    resolve,
    context,
  };
  queued.request = queued;
  queued.entries = entriesOf(queued, handler.locks, handler.modes, keys);
  return queued;
}

/** The keys of a queued call: its entries beyond those for the classes that its handler always needs. */
function keysOfQueued({ entries, handler }: QueuedCall): Keys | null {
  if (entries === null || entries.length === handler.locks.length) return null;
  return entries.slice(handler.locks.length);
}

const queuedCalls: ReadyKind = {
  grant(queued: QueuedCall) {
    queued.handler.take();
    const { entries, handler } = queued;
    if (entries !== null) {
      for (let i = handler.locks.length; i < entries.length; i++) {
        const { lock, mode } = entries[i] as Entry;
        lock.take(mode);
      }
    }
    dequeue(queued);
    stopListening(queued);
    makeReady(queued);
  },
  start(queued: QueuedCall) {
    runInContext(queued.context, runQueued, queued);
  },
  fail(queued: QueuedCall, error: unknown) {
    queued.resolve(Promise.reject(error));
  },
  describe(queued: QueuedCall) {
    return queued.handler.id;
  },
};

/** Runs a call whose turn has come. Everything it needs was taken for it when it was granted. */
function runQueued(queued: QueuedCall): void {
  const { handler, resolve } = queued;
  const keys = keysOfQueued(queued);
  handler.runs++;
  const isHeard = startedChannel.hasSubscribers;
  const number = isHeard ? announceStart(handler.id, waitingRuns.get(queued)) : undefined;
  stretch.handler = handler;
  stretch.isTaken = true;
  if (handler.gate) {
    // Until now a gate has held what it waited for, so that nobody could come between; its segment needs no lock.
    handler.drop();
    for (const { lock, mode } of keys ?? []) lock.drop(mode);
  } else if (handler.carriesTask || keys !== null || isHeard) {
    stretch.task = new Task(handler, keys, number);
  }
  let result: unknown;
  try {
    result = handler.carriesTask
      ? carried(stretch.task as Task, queued.fn, queued.self, queued.args)
      : queued.fn.apply(queued.self, queued.args as unknown[]);
  } catch (error) {
    result = Promise.reject(error);
    endInSegment(handler, keys, endStretch());
    resolve(result);
    return;
  }
  const task = endStretch();
  if (handler.gate || !isThenable(result)) {
    endInSegment(handler, keys, task);
    resolve(result);
    return;
  }
  if (task === null && handler.excludesItself) {
    // There is no other run of this handler, so its reactions can be the same ones for all.
    handler.resolve = resolve;
    follow(result, handler.onQueuedFulfilled, handler.onQueuedRejected);
    return;
  }
  answerWhenSettled(handler, task, resolve, result);
}

/** Apart from `runQueued`, for which closures would mean an object more for each run, needed or not. */
function answerWhenSettled(
  handler: Handler,
  task: Task | null,
  resolve: Resolve,
  result: PromiseLike<unknown>,
): void {
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

function endInSegment(handler: Handler, keys: Keys | null, task: Task | null): void {
  if (task !== null) task.settleInSegment();
  else if (!handler.gate) handler.endInSegment();
  else {
    announceRelease(handler.id);
    handler.advance();
    for (const { lock } of keys ?? []) if (lock.waiting !== 0) lock.advance();
    runReadySoon();
  }
}
