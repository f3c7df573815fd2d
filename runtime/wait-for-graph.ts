/**
 * Finds deadlocks among tasks that take something late.
 *
 * A task that waits without holding anything cannot be part of a deadlock, so only late waits are recorded, and a
 * program without them pays nothing. A task that has several waits at once is over only when all of them have
 * been served, so any cycle among tasks is a deadlock for good.
 *
 * A cycle is broken at the wait that closes it: that call goes on without what it waited for, as it would in
 * the program as its author wrote it, and both sides are reported. An error in its place would leave a handler
 * half done that its author never expected to fail.
 */
import { EXCLUDED, modeName } from './modes.js';
import { warn } from './reports.js';
import { type Entry, places, type Request } from './request.js';
import type { Task } from './task.js';

/** A request of a task that holds something. */
export interface LateWait extends Request {
  readonly owner: Task;
  readonly handler: { readonly id: string };
  giveUp(): void;
}

const waits = new Map<Task, Set<LateWait>>();

export function startedWaiting(wait: LateWait): void {
  const others = waits.get(wait.owner);
  if (others === undefined) waits.set(wait.owner, new Set([wait]));
  else others.add(wait);
}

export function stoppedWaiting(wait: LateWait): void {
  const others = waits.get(wait.owner);
  others?.delete(wait);
  if (others?.size === 0) waits.delete(wait.owner);
}

/** The late waits that are still open of a task that has just got something; nothing if it has none. */
export function waitsFor(task: Task): LateWait[] {
  return [...(waits.get(task) ?? [])];
}

/** Whether `wait` closes a cycle; reports it. */
export function breaksCycle(wait: LateWait): boolean {
  const cycle = cycleFrom(wait, new Set());
  if (cycle === null) return false;
  warn(
    'ANYSPEED_DEADLOCK',
    `${wait.handler.id} would never get what it waits for; it goes on without.`,
    cycle.map(describe).join('\n'),
  );
  return true;
}

/** A chain of waits, each for a task whose next wait follows, from `wait` back to its own task. */
function cycleFrom(wait: LateWait, seen: Set<Task>): LateWait[] | null {
  return search(wait, wait.owner, seen);
}

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
      const owner = (earlier.request as LateWait).owner;
      if (earlier.request === wait) break;
      if (owner !== wait.owner && earlier.mode & excluded) yield owner;
    }
  }
}

function describe(wait: LateWait): string {
  const wanted = places(wait).map((entry: Entry) => `${entry.lock.className} (${modeName(entry.mode)})`);
  return `  ${wait.owner.handler.id} holds ${wait.owner.describe()}; its call of ${wait.handler.id} waits for ${wanted.join(', ')}`;
}
