/**
 * One run of a handler, as an object: what it holds, and what must settle before it is over.
 *
 * Most runs never need one. A run that neither calls another scheduled function nor starts floating work
 * holds exactly what its handler needs until its own promise settles, so nothing about it has to be remembered.
 * The object is made when something in the run's first stretch asks for it, or when the run is carried
 * across suspensions.
 */
import { announceRelease } from './channels.js';
import type { Handler } from './handler.js';
import type { Keys } from './keys.js';
import type { Lock } from './lock.js';
import { lockOfClass } from './lock-table.js';
import {
  allows,
  COVERED,
  EXCLUDED,
  EXCLUSIVE,
  type Mode,
  type ModeSet,
  modeName,
  onEveryKey,
  strongest,
  UPDATE,
} from './modes.js';
import { runReadyNow, runReadySoon } from './ready.js';
import type { Owner } from './request.js';
import { whenSettled } from './settlement.js';
import { carryTasks, stretch } from './stretch.js';
import { forget } from './task-trace.js';
import type { AnyFunction, Arguments } from './thenable.js';

const NO_LOCKS: readonly Lock[] = [];

export class Task implements Owner {
  declare isOpen: boolean;
  /** It has given up what it holds, and will take it again: see `standAside`. */
  declare isAside: boolean;
  /** Its own run, nested calls and floating promises that have not settled. */
  declare private pending: number;
  /** The keys that it was started with, as long as it has not taken anything late. */
  declare private keys: Keys | null;
  /** Once it has: all that it holds beyond the classes that its handler needs. */
  declare private extra: Map<Lock, Mode> | null;
  /** What it has given up beyond those, and will take again. */
  declare private givenUp: readonly Lock[];
  declare readonly handler: Handler;
  /** Its number, if somebody listens to its messages. */
  declare private readonly run: number | undefined;

  constructor(handler: Handler, keys: Keys | null = null, run?: number) {
    // Assigned, not declared: fields that a class declares take three times as long to make.
    this.isOpen = true;
    this.isAside = false;
    this.pending = 1;
    this.keys = keys;
    this.extra = null;
    this.givenUp = NO_LOCKS;
    this.handler = handler;
    this.run = run;
    if (keys !== null) for (const { lock, mode } of keys) if (mode === UPDATE) lock.updater = this;
  }

  ownMode(lock: Lock): Mode {
    return this.handler.modes[this.handler.locks.indexOf(lock)] ?? 0;
  }

  extraMode(lock: Lock): Mode {
    if (this.extra !== null) return this.extra.get(lock) ?? 0;
    return this.keys?.find(key => key.lock === lock)?.mode ?? 0;
  }

  setExtraMode(lock: Lock, mode: Mode): void {
    this.extras().set(lock, mode);
  }

  /** What it holds beyond the classes of its handler, in the form that can be added to. */
  private extras(): Map<Lock, Mode> {
    if (this.extra === null) {
      this.extra = new Map(this.keys?.map(({ lock, mode }) => [lock, mode]));
      this.keys = null;
    }
    return this.extra;
  }

  /** All modes in which it holds a lock; a key also through its class. */
  modesOn(lock: Lock): ModeSet {
    const modes = this.ownMode(lock) | this.extraMode(lock);
    if (lock.ofClass === null) return modes;
    return modes | onEveryKey(this.ownMode(lock.ofClass)) | onEveryKey(this.extraMode(lock.ofClass));
  }

  /** Whether it holds enough of a class to access it. */
  mayAccess(className: string, isWrite: boolean): boolean {
    return this.isOpen && !this.isAside && allows(this.modesOn(lockOfClass(className)), isWrite);
  }

  /** Whether it holds a lock in this mode, or more of it. */
  holds(lock: Lock, mode: Mode): boolean {
    return ((COVERED[this.modesOn(lock)] as number) & mode) !== 0;
  }

  /** Whether it holds all that a call of `handler` with these keys needs. */
  covers(handler: Handler, keys: Keys | null): boolean {
    if (handler !== this.handler) {
      for (let i = 0; i < handler.locks.length; i++) {
        if (!this.holds(handler.locks[i] as Lock, handler.modes[i] as Mode)) return false;
      }
    }
    for (const { lock, mode } of keys ?? []) if (!this.holds(lock, mode)) return false;
    return true;
  }

  /** What a call of `handler` with these keys needs and it does not hold. */
  missing(handler: Handler, keys: Keys | null): Map<Lock, Mode> {
    const missing = new Map<Lock, Mode>();
    handler.locks.forEach((lock, index) => {
      const mode = handler.modes[index] as Mode;
      if (!this.holds(lock, mode)) missing.set(lock, mode);
    });
    for (const { lock, mode } of keys ?? []) if (!this.holds(lock, mode)) missing.set(lock, mode);
    return missing;
  }

  /** Whether somebody who asks for a lock in this mode has to wait for it. */
  keepsOut(lock: Lock, mode: Mode): boolean {
    return ((EXCLUDED[this.modesOn(lock)] as number) & mode) !== 0;
  }

  /** Whether this many things are all that must settle before it is over. */
  waitsFor(count: number): boolean {
    return this.pending === count;
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
    const locks = new Set([...this.handler.locks, ...this.extras().keys()]);
    return [...locks]
      .map(lock => `${lock.className} (${modeName(strongest(this.ownMode(lock), this.extraMode(lock)))})`)
      .join(', ');
  }

  private close(): void {
    this.isOpen = false;
    forget(this);
    if (!this.isAside) this.giveBack();
    announceRelease(this.handler.id, this.run);
  }

  private giveBack(): void {
    const { handler, keys, extra } = this;
    if (extra === null) {
      handler.dropAll(keys);
      handler.advanceAll(keys);
      return;
    }
    for (const [lock, mode] of extra) lock.drop(mode);
    handler.drop();
    handler.advanceAll(null);
    for (const lock of extra.keys()) {
      if (lock.waiting !== 0) lock.advance();
      if (lock.ofClass === null) lock.unwatch();
    }
  }

  /** Gives up what it holds for a while. */
  standAside(): void {
    // An update hold that has become exclusive must come back as such.
    this.handler.locks.forEach((lock, index) => {
      if (this.handler.modes[index] !== UPDATE || !lock.isUpgraded) return;
      lock.isUpgraded = false;
      this.setExtraMode(lock, EXCLUSIVE);
    });
    this.giveBack();
    this.givenUp = [...this.extras().keys()];
    for (const lock of this.givenUp) lock.asides++;
    this.isAside = true;
  }

  /** It has come back, or goes on without what it had. */
  endAside(): void {
    for (const lock of this.givenUp) lock.asides--;
    this.givenUp = NO_LOCKS;
  }

  /** Everything it has to take to come back. */
  allModes(): Map<Lock, Mode> {
    const modes = new Map<Lock, Mode>();
    for (const lock of [...this.handler.locks, ...this.extras().keys()]) {
      modes.set(lock, strongest(this.ownMode(lock), this.extraMode(lock)));
    }
    return modes;
  }

  /** Holds again what it held before it stood aside. */
  comeBack(): void {
    this.isAside = false;
    this.handler.take();
    for (const [lock, mode] of this.extras()) {
      if (lock.ofClass === null) lock.watch();
      lock.take(mode);
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
      const { keys } = stretch;
      if (!stretch.isTaken) handler.takeAll(keys);
      stretch.task = new Task(handler, keys);
    }
    return stretch.task.isAside ? null : stretch.task;
  }
  const carried = stretch.storage?.getStore();
  return carried?.isOpen && !carried.isAside ? carried : null;
}

/** Calls a function so that `task` is found again in what it does later. */
export function carried(task: Task, fn: AnyFunction, self: unknown, args: Arguments): unknown {
  return carryTasks().run(task, () => fn.apply(self, args as unknown[]));
}

/** What a caller gets of a task whose run has returned a promise: the task is over when it has settled. */
export function followRun(task: Task, result: PromiseLike<unknown>): Promise<unknown> {
  return whenSettled(task.handler, null, task, result);
}
