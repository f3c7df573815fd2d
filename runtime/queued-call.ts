/**
 * A call that must wait for its turn.
 */
import type { AsyncResource } from 'node:async_hooks';
import { captureContext, runInContext } from './async-context.js';
import { announceRelease, announceStart, runNumbers, startedChannel } from './channels.js';
import type { Handler } from './handler.js';
import type { Keys } from './keys.js';
import type { Needs } from './needs.js';
import { makeReady, type Ready, runReadySoon } from './ready.js';
import { settings } from './settings.js';
import { answerWhenSettled } from './settlement.js';
import { endStretch, stretch } from './stretch.js';
import { carried, Task } from './task.js';
import { type AnyFunction, type Arguments, follow, isThenable } from './thenable.js';
import { announceWait, pendingPromise, type Resolve, resolveOfLatest, WaitingCall } from './waiting-call.js';
import { keepsQueueLimit } from './waiting-limits.js';

const noArguments: Arguments = [];

/** Queues a call, and returns the promise of its result. */
export function queue(
  handler: Handler,
  keys: Keys | null,
  fn: AnyFunction,
  self: unknown,
  args: Arguments,
  needs: Needs | null,
): Promise<unknown> {
  const full = settings.hasQueueLimits ? keepsQueueLimit(handler.locks, keys) : null;
  if (full !== null) return Promise.reject(full);
  const promise = pendingPromise();
  const resolve = resolveOfLatest();
  const queued = new QueuedCall(handler, keys, resolve, fn, self, args, captureContext(promise));
  handler.waits++;
  queued.lineUp();
  // The author's function comes last: whatever it does, the call has its place.
  announceWait(queued, handler, needs?.signal?.apply(self, args as never[]), true);
  return promise;
}

class QueuedCall extends WaitingCall implements Ready {
  declare readonly fn: AnyFunction;
  declare readonly self: unknown;
  declare readonly args: Arguments;
  declare readonly context: AsyncResource | null;

  constructor(
    handler: Handler,
    keys: Keys | null,
    resolve: Resolve,
    fn: AnyFunction,
    self: unknown,
    args: Arguments,
    context: AsyncResource | null,
  ) {
    super(handler, keys, resolve);
    this.fn = fn;
    this.self = self;
    this.args = args.length === 0 ? noArguments : args;
    this.context = context;
  }

  protected proceed(): void {
    makeReady(this);
  }

  start(): void {
    runInContext(this.context, runQueued, this);
  }
}

/** Runs a call whose turn has come. Everything it needs was taken for it when it was granted. */
function runQueued(queued: QueuedCall): void {
  const { handler, keys, resolve } = queued;
  handler.runs++;
  const isHeard = startedChannel.hasSubscribers;
  const number = isHeard ? announceStart(handler, runNumbers.get(queued)) : undefined;
  stretch.handler = handler;
  stretch.isTaken = true;
  // Until now a gate has held what it waited for, so that nobody could come between; its segment needs no lock.
  if (handler.gate) handler.dropAll(keys);
  else if (handler.needsTask || isHeard) stretch.task = new Task(handler, keys, number);
  else stretch.keys = keys;
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
  if (task === null && keys === null && handler.excludesItself) {
    // There is no other run of this handler, so its reactions can be the same ones for all.
    handler.resolve = resolve;
    follow(result, handler.onQueuedFulfilled, handler.onQueuedRejected);
    return;
  }
  answerWhenSettled(handler, keys, task, resolve, result);
}

function endInSegment(handler: Handler, keys: Keys | null, task: Task | null): void {
  if (task !== null) task.settleInSegment();
  else if (!handler.gate) handler.endInSegment(keys);
  else {
    announceRelease(handler.id);
    handler.advanceAll(keys);
    runReadySoon();
  }
}
