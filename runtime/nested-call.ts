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
import type { Lock } from './lock.js';
import { COVERED, type Mode } from './modes.js';
import { makeReady, type Ready, type ReadyKind, runReadySoon } from './ready.js';
import {
  dequeue,
  type Entry,
  enqueue,
  entriesOf,
  isLateGrantable,
  places,
  takeLate,
  withdraw,
} from './request.js';
import { carryTasks, stretch } from './stretch.js';
import type { Task } from './task.js';
import { type AnyFunction, type Arguments, follow, isThenable } from './thenable.js';
import { breaksCycle, type LateWait, startedWaiting, stoppedWaiting, waitsFor } from './wait-for-graph.js';

/** Calls a scheduled function inside `task`. */
export function callInside(
  task: Task,
  handler: Handler,
  fn: AnyFunction,
  self: unknown,
  args: Arguments,
): unknown {
  if (task.covers(handler)) return runInside(task, handler, fn, self, args);
  const late = new LateCall(task, missing(task, handler), handler, fn, self, args);
  enqueue(late);
  if (!isLateGrantable(late)) return late.wait();
  late.take();
  return runInside(task, handler, fn, self, args);
}

/** What `handler` needs and `task` does not hold. */
function missing(task: Task, handler: Handler): Map<Lock, Mode> {
  const needed = new Map<Lock, Mode>();
  handler.locks.forEach((lock, index) => {
    const mode = handler.modes[index] as Mode;
    if (((COVERED[task.modesOn(lock)] as number) & mode) === 0) needed.set(lock, mode);
  });
  return needed;
}

/** A nested call that waits for what its task does not hold yet. */
class LateCall implements Ready, LateWait {
  readonly kind = lateCalls;
  readonly lock: Lock;
  readonly mode: Mode;
  readonly request = this;
  readonly entries: readonly Entry[] | null;
  previous: Entry | null = null;
  next: Entry | null = null;
  private resolve!: (value: unknown) => void;
  private context: AsyncResource | null = null;

  constructor(
    readonly owner: Task,
    needed: Map<Lock, Mode>,
    readonly handler: Handler,
    private readonly fn: AnyFunction,
    private readonly self: unknown,
    private readonly args: Arguments,
  ) {
    const locks = [...needed.keys()];
    const modes = [...needed.values()];
    this.lock = locks[0] as Lock;
    this.mode = modes[0] as Mode;
    this.entries = entriesOf(this, locks, modes);
  }

  /** Takes what is missing. */
  take(): void {
    for (const { lock, mode } of places(this)) takeLate(this.owner, lock, mode);
    dequeue(this);
  }

  /** Waits for it, in the queues already. The task stays open until the call has run. */
  wait(): Promise<unknown> {
    this.handler.waits++;
    this.owner.begin();
    const promise = new Promise(resolve => {
      this.resolve = resolve;
    });
    this.context = captureContext(promise);
    startedWaiting(this);
    if (breaksCycle(this)) this.giveUp();
    return promise;
  }

  goOn(): void {
    stoppedWaiting(this);
    makeReady(this);
  }

  /** Goes on without what it waits for, since that would never come. */
  giveUp(): void {
    withdraw(this);
    this.goOn();
    runReadySoon();
  }

  start(): void {
    // What its task holds more by now may be what others wait for, and the task may wait for something else yet.
    for (const other of waitsFor(this.owner)) if (breaksCycle(other)) other.giveUp();
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

const lateCalls: ReadyKind = {
  grant(late: LateCall) {
    late.take();
    late.goOn();
  },
  start(late: LateCall) {
    late.start();
  },
};

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
      result = carryTasks().run(task, () => fn.apply(self, args as unknown[]));
    } else result = fn.apply(self, args as unknown[]);
  } finally {
    stretch.handler = outerHandler;
    stretch.task = outerTask;
  }
  if (!isThenable(result)) return result;
  task.begin();
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
