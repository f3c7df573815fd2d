/**
 * A section or gate in a body that runs inside a task: its function was called by code that the compiler could not
 * rewrite, in the middle of a task that is found again.
 *
 * It belongs to that task, as a nested call of a scheduled function does: what the task holds it need not wait for,
 * and what is missing is taken late and kept until the task is over. The task stays open while the section is.
 *
 * What it will write it holds exclusively from the start. To let readers pass first would be to wait a second time, for
 * them, with all in hands that the task holds.
 */
import type { Handler } from './handler.js';
import type { Keys } from './keys.js';
import type { Lock } from './lock.js';
import { EXCLUSIVE, type Mode, UPDATE } from './modes.js';
import { makeReady, type Ready } from './ready.js';
import { stretch } from './stretch.js';
import { runningTask, type Task } from './task.js';
import { see } from './task-trace.js';
import { LateWait, waitsOf } from './wait-for-graph.js';
import type { Resolve } from './waiting-call.js';
import { pendingPromise, resolveOfLatest } from './waiting-call.js';
import type { Turn } from './waiting-guard.js';

const settled = Promise.resolve();

/** The task that the body runs in. Only programs that carry tasks, and calls in a stretch of one, look for it. */
export function taskAround(): Task | null {
  return stretch.handler === null && stretch.storage === null ? null : runningTask();
}

/** Takes what a run of `handler` needs inside of `task`; says whether it could without waiting. */
export function takeInside(task: Task, handler: Handler, keys: Keys | null): boolean {
  const missing = missingIn(task, handler, keys);
  if (missing.size === 0) {
    handler.runs++;
    return true;
  }
  const late = new LateTurn(task, missing, handler);
  late.join();
  if (late.isGrantable()) {
    late.take();
    handler.runs++;
    return true;
  }
  late.leave();
  return false;
}

/**
 * Waits for it, when `takeInside` could not take it. The task stays open until the turn has come and, in a gate, until
 * the segment behind it is over.
 */
export function waitInside(task: Task, handler: Handler, keys: Keys | null): LateTurn {
  const late = new LateTurn(task, missingIn(task, handler, keys), handler);
  late.join();
  late.begin();
  return late;
}

function missingIn(task: Task, { locks, modes }: Handler, keys: Keys | null): Map<Lock, Mode> {
  const missing = new Map<Lock, Mode>();
  const need = (lock: Lock, mode: Mode): void => {
    const wanted = mode === UPDATE ? EXCLUSIVE : mode;
    if (!task.holds(lock, wanted)) missing.set(lock, wanted);
  };
  for (let i = 0; i < locks.length; i++) need(locks[i] as Lock, modes[i] as Mode);
  for (const { lock, mode } of keys ?? []) need(lock, mode);
  return missing;
}

/** A body inside of a task that waits for what the task does not hold yet. */
export class LateTurn extends LateWait implements Ready, Turn {
  isHeld: boolean | undefined = undefined;
  promise!: Promise<void>;
  private resolve!: Resolve;

  constructor(
    owner: Task,
    needed: Map<Lock, Mode>,
    readonly handler: Handler,
  ) {
    super(owner, needed);
  }

  /** Waits, in the queues already. */
  begin(): void {
    this.handler.waits++;
    this.owner.begin();
    this.promise = pendingPromise() as Promise<void>;
    this.resolve = resolveOfLatest();
    this.startWaiting();
    see(this.owner, `waits for ${this.lock.className} in ${this.handler.id}`);
    this.recheck();
  }

  protected goOn(): void {
    this.stopWaiting();
    this.isHeld = true;
    makeReady(this);
  }

  fail(error: unknown): void {
    this.stopWaiting();
    this.isHeld = false;
    this.resolve(Promise.reject(error));
    this.owner.settleInSegment();
  }

  start(): void {
    // What its task holds more by now may be what others wait for, and the task may wait for something else yet.
    for (const other of waitsOf(this.owner)) other.recheck();
    this.handler.runs++;
    this.resolve(undefined);
    // A section settles what it has begun when it is left. Microtasks run in order: the segment behind a gate is next.
    if (this.handler.gate) settled.then(() => this.owner.settle());
  }
}
