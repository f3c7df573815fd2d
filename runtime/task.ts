/**
 * One run of a handler, as an object: what it holds, and what must settle before it is over.
 *
 * Most runs never need one. A run that neither calls another scheduled function nor starts floating work
 * holds exactly what its handler needs until its own promise settles, so nothing about it has to be remembered.
 * The object is made when something in the run's first stretch asks for it, or when the run is carried
 * across suspensions.
 */
import type { Handler } from './handler.js';
import type { Lock } from './lock.js';
import { COVERED, type Mode, type ModeSet, modeName, strongest } from './modes.js';
import { runReadyNow, runReadySoon } from './ready.js';
import type { Owner } from './request.js';
import { stretch } from './stretch.js';

export class Task implements Owner {
  isOpen = true;
  /** Its own run, nested calls and floating promises that have not settled. */
  private pending = 1;
  /** What it has taken late, beyond what its handler needs. */
  private extra: Map<Lock, Mode> | null = null;

  constructor(readonly handler: Handler) {}

  ownMode(lock: Lock): Mode {
    return this.handler.modes[this.handler.locks.indexOf(lock)] ?? 0;
  }

  extraMode(lock: Lock): Mode {
    return this.extra?.get(lock) ?? 0;
  }

  setExtraMode(lock: Lock, mode: Mode): void {
    this.extra ??= new Map();
    this.extra.set(lock, mode);
  }

  /** All modes in which it holds a lock. */
  modesOn(lock: Lock): ModeSet {
    return this.ownMode(lock) | this.extraMode(lock);
  }

  /** Whether it holds all that `handler` needs. */
  covers(handler: Handler): boolean {
    if (handler === this.handler) return true;
    for (let i = 0; i < handler.locks.length; i++) {
      const own = this.modesOn(handler.locks[i] as Lock);
      if (((COVERED[own] as number) & (handler.modes[i] as Mode)) === 0) return false;
    }
    return true;
  }

  /** Something more must settle before the task is over. */
  begin(): void {
    this.pending++;
  }

  /** Something of it has settled, in a promise reaction. */
  settle(): void {
    if (--this.pending === 0) {
      this.close();
      runReadyNow();
    }
  }

  /** Something of it has ended in the middle of a segment. */
  settleInSegment(): void {
    if (--this.pending === 0) {
      this.close();
      runReadySoon();
    }
  }

  /** What it holds, for messages. */
  describe(): string {
    const locks = new Set([...this.handler.locks, ...(this.extra?.keys() ?? [])]);
    return [...locks]
      .map(lock => `${lock.className} (${modeName(strongest(this.ownMode(lock), this.extraMode(lock)))})`)
      .join(', ');
  }

  private close(): void {
    this.isOpen = false;
    this.handler.drop();
    if (this.extra !== null) for (const [lock, mode] of this.extra) lock.drop(mode);
    this.handler.advance();
    if (this.extra === null) return;
    for (const lock of this.extra.keys()) {
      if (lock.waiting !== 0) lock.advance();
      lock.unwatch();
    }
  }
}

/**
 * The task that the running code belongs to, if it still runs and holds something: that of the current
 * stretch, or else the one carried here across suspensions.
 */
export function runningTask(): Task | null {
  const { handler } = stretch;
  if (handler !== null) {
    if (handler.gate) return null;
    if (stretch.task === null) {
      if (!stretch.isTaken) handler.take();
      stretch.task = new Task(handler);
    }
    return stretch.task;
  }
  const carried = stretch.storage?.getStore();
  return carried?.isOpen ? carried : null;
}
