/**
 * Finds deadlocks among tasks that take something late.
 *
 * A task that waits without holding anything cannot be part of a deadlock, so only late waits are recorded, and a
 * program without them pays nothing. A task that has several waits at once is over only when all of them have
 * been served, so any cycle among tasks is a deadlock for good.
 *
 * A cycle is broken at the wait that closes it, and both sides are reported. Unless set otherwise, that call goes
 * on without what it waited for, as it would in the program as its author wrote it: an error in its place would
 * leave a handler half done that its author never expected to fail.
 */
import { deadlock } from './errors.js';
import type { Lock } from './lock.js';
import { EXCLUDED, type Mode, modeName } from './modes.js';
import { runReadySoon } from './ready.js';
import { warn } from './reports.js';
import { type Entry, LateRequest, places, standsAhead, takeLate, withdraw } from './request.js';
import { settings } from './settings.js';
import type { Task } from './task.js';
import { startOfWait } from './waited-for.js';

const waits = new Map<Task, Set<LateWait>>();

/** A late request that may have to wait, and ends its wait if that closes a cycle. */
export abstract class LateWait extends LateRequest {
  declare readonly owner: Task;
  abstract readonly handler: { readonly id: string };

  constructor(owner: Task, needed: ReadonlyMap<Lock, Mode>) {
    super(owner, needed, startOfWait());
  }

  /** Goes on, with what it waited for or without. */
  protected abstract goOn(): void;

  /** Takes what was missing, and leaves the queues. */
  take(): void {
    for (const { lock, mode } of places(this)) takeLate(this.owner, lock, mode);
    this.leave();
  }

  grant(): void {
    this.take();
    this.goOn();
  }

  describe(): string {
    return `${this.handler.id} (called by ${this.owner.handler.id})`;
  }

  /** It stands in the queues, and has to wait there. */
  protected startWaiting(): void {
    const others = waits.get(this.owner);
    if (others === undefined) waits.set(this.owner, new Set([this]));
    else others.add(this);
  }

  /** Its wait is over, one way or the other. */
  protected stopWaiting(): void {
    const others = waits.get(this.owner);
    others?.delete(this);
    if (others?.size === 0) waits.delete(this.owner);
  }

  /** Looks whether it is part of a cycle by now, and ends its wait if so: what it waits for would never come. */
  recheck(): void {
    const cycle = search(this, this.owner, new Set());
    if (cycle === null) return;
    withdraw(this);
    if (reportCycle(this, cycle) === 'proceed') this.goOn();
    else this.fail(deadlock(this.handler.id, describeCycle(cycle)));
    runReadySoon();
  }
}

/** The late waits of a task that are still open. */
export function waitsOf(task: Task): LateWait[] {
  return [...(waits.get(task) ?? [])];
}

/** Reports a cycle that `wait` closes, and says what is to be done about it. */
function reportCycle(wait: LateWait, cycle: readonly LateWait[]): 'proceed' | 'reject' {
  const outcome = settings.onDeadlock === 'proceed' ? 'it goes on without' : 'it is rejected';
  warn(
    'ANYSPEED_DEADLOCK',
    `${wait.handler.id} would never get what it waits for; ${outcome}.`,
    describeCycle(cycle),
  );
  return settings.onDeadlock;
}

/** Each side of a cycle, for messages. */
function describeCycle(cycle: readonly LateWait[]): string {
  return cycle.map(describe).join('\n');
}

/** A chain of waits, each for a task whose next wait follows, from `wait` to one for `goal`; null if none. */
function search(wait: LateWait, goal: Task, seen: Set<Task>): LateWait[] | null {
  for (const blocker of blockers(wait)) {
    if (blocker === goal) return [wait];
    if (seen.has(blocker)) continue;
    seen.add(blocker);
    for (const next of waits.get(blocker) ?? []) {
      const rest = search(next, goal, seen);
      if (rest !== null) return [wait, ...rest];
    }
  }
  return null;
}

/** The tasks among those that wait late themselves that `wait` waits for. */
function* blockers(wait: LateWait): Generator<Task> {
  for (const { lock, mode } of places(wait)) {
    const excluded = EXCLUDED[mode] as number;
    for (const task of waits.keys()) {
      if (task !== wait.owner && task.modesOn(lock) & excluded) yield task;
    }
    for (const earlier of lock.late ?? []) {
      if (earlier.request === wait) break;
      if (earlier.mode & excluded && standsAhead(earlier.request, wait.owner)) {
        yield (earlier.request as LateWait).owner;
      }
    }
  }
}

function describe(wait: LateWait): string {
  const wanted = places(wait).map((entry: Entry) => `${entry.lock.className} (${modeName(entry.mode)})`);
  return `  ${wait.owner.handler.id} holds ${wait.owner.describe()}; its call of ${wait.handler.id} waits for ${wanted.join(', ')}`;
}
