/**
 * One run of a handler, as an object: what it holds, and what must settle before it is over.
 *
 * Most runs never need one. A run that neither calls another scheduled function nor starts floating work
 * holds exactly what its handler needs until its own promise settles, so nothing about it has to be remembered.
 * The object is made when something in the run's first stretch asks for it, or when the run is carried
 * across suspensions.
 */
import type { Handler } from './handler.js';
import type { Lock, Owner } from './lock.js';
import { ALL_MODES, COVERED, EXCLUSIVE, type Mode, modeName, UPDATE } from './modes.js';
import { runReadyNow, runReadySoon } from './ready.js';
import { stretch } from './stretch.js';

export class Task implements Owner {
  isOpen = true;
  /** Its own run, nested calls and floating promises that have not settled. */
  private pending = 1;
  /** What it holds by now, if that is more than what its handler needs. */
  private held: Map<Lock, Mode> | null = null;

  constructor(readonly handler: Handler) {}

  modeOn(lock: Lock): Mode {
    let mode = 0;
    if (this.held !== null) mode = this.held.get(lock) ?? 0;
    else {
      const index = this.handler.locks.indexOf(lock);
      if (index >= 0) mode = this.handler.modes[index] as Mode;
    }
    return mode === UPDATE && lock.held & EXCLUSIVE ? EXCLUSIVE : mode;
  }

  hold(lock: Lock, mode: Mode): void {
    if (this.held === null) {
      this.held = new Map();
      const { locks, modes } = this.handler;
      for (let i = 0; i < locks.length; i++) this.held.set(locks[i] as Lock, modes[i] as Mode);
    }
    this.held.set(lock, mode);
  }

  /** Whether it holds all that `handler` needs. */
  covers(handler: Handler): boolean {
    if (handler === this.handler) return true;
    for (let i = 0; i < handler.locks.length; i++) {
      const own = this.modeOn(handler.locks[i] as Lock);
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
    const locks = this.held === null ? this.handler.locks : [...this.held.keys()];
    return locks.map(lock => `${lock.className} (${modeName(this.modeOn(lock))})`).join(', ');
  }

  private close(): void {
    this.isOpen = false;
    if (this.held === null) {
      this.handler.drop();
      this.handler.advance();
      return;
    }
    this.handler.running--;
    for (const [lock, mode] of this.held) lock.drop(mode);
    for (const lock of this.held.keys()) if (lock.waiting !== 0) lock.advance(ALL_MODES);
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
    stretch.task ??= new Task(handler);
    return stretch.task;
  }
  const carried = stretch.storage?.getStore();
  return carried?.isOpen ? carried : null;
}
