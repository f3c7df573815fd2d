/**
 * A scheduled function called inside a running task, through code that the compiler could not rewrite.
 *
 * It belongs to that task. What the task holds already it need not wait for; what is missing is taken late and
 * kept until the task is over, since giving it back earlier would let others come between two accesses of one
 * section. Taking something while holding something is the only way to a deadlock, and goes through the
 * wait-for graph.
 */
import type { AsyncResource } from 'node:async_hooks';
import { captureContext, runInContext } from './async-context.js';
import type { Handler } from './handler.js';
import type { Keys } from './keys.js';
import type { Lock } from './lock.js';
import type { Mode } from './modes.js';
import { makeReady, type Ready } from './ready.js';
import { stretch } from './stretch.js';
import { carried, followRun, type Task } from './task.js';
import { see } from './task-trace.js';
import { type AnyFunction, type Arguments, isThenable } from './thenable.js';
import { LateWait, waitsOf } from './wait-for-graph.js';

/** Calls a scheduled function inside `task`. */
export function callInside(
  task: Task,
  handler: Handler,
  keys: Keys | null,
  fn: AnyFunction,
  self: unknown,
  args: Arguments,
): unknown {
  if (task.covers(handler, keys)) return runInside(task, handler, fn, self, args);
  const late = new LateCall(task, task.missing(handler, keys), handler, fn, self, args);
  late.join();
  if (!late.isGrantable()) return late.wait();
  late.take();
  return runInside(task, handler, fn, self, args);
}

/** A nested call that waits for what its task does not hold yet. */
class LateCall extends LateWait implements Ready {
  private resolve!: (value: unknown) => void;
  private context: AsyncResource | null = null;

  constructor(
    owner: Task,
    needed: Map<Lock, Mode>,
    readonly handler: Handler,
    private readonly fn: AnyFunction,
    private readonly self: unknown,
    private readonly args: Arguments,
  ) {
    super(owner, needed);
  }

  /** Waits for it, in the queues already. The task stays open until the call has run. */
  wait(): Promise<unknown> {
    this.handler.waits++;
    this.owner.begin();
    const promise = new Promise(resolve => {
      this.resolve = resolve;
    });
    this.context = captureContext(promise);
    this.startWaiting();
    see(this.owner, `waits for ${this.lock.className} to call ${this.handler.id}`);
    this.recheck();
    return promise;
  }

  protected goOn(): void {
    this.stopWaiting();
    makeReady(this);
  }

  fail(error: unknown): void {
    this.stopWaiting();
    this.resolve(Promise.reject(error));
    this.owner.settleInSegment();
  }

  start(): void {
    // What its task holds more by now may be what others wait for, and the task may wait for something else yet.
    for (const other of waitsOf(this.owner)) other.recheck();
    runInContext(this.context, runLate, this);
  }

  run(): void {
    try {
      this.resolve(runInside(this.owner, this.handler, this.fn, this.self, this.args));
    } catch (error) {
      this.resolve(Promise.reject(error));
    }
    this.owner.settleInSegment();
  }
}

function runLate(late: LateCall): void {
  late.run();
}

/** Runs a function in the stretch of `task`, and keeps the task open until what it returns has settled. */
function runInside(task: Task, handler: Handler, fn: AnyFunction, self: unknown, args: Arguments): unknown {
  handler.runs++;
  const { handler: outerHandler, task: outerTask } = stretch;
  stretch.handler = task.handler;
  stretch.task = task;
  let result: unknown;
  try {
    // The handler of the task may not have needed to be found across suspensions, while this one does.
    if (handler.carriesTask && stretch.storage?.getStore() !== task) {
      result = carried(task, fn, self, args);
    } else result = fn.apply(self, args as unknown[]);
  } finally {
    stretch.handler = outerHandler;
    stretch.task = outerTask;
  }
  if (!isThenable(result)) return result;
  task.begin();
  see(task, `awaits its call of ${handler.id}`);
  return followRun(task, result);
}
