/**
 * The guard form: what the compiler emits into a handler's own body in place of a wrapper around it.
 *
 *     const waiting = _guard.enter();
 *     if (waiting !== undefined) await waiting;
 *     try { ... } finally { _guard.leave(); }
 *
 * A library that wraps functions must add a promise to each call; code that asks the table itself and awaits only
 * if it must adds next to nothing. It can also open the section at the first conflicting access and close it
 * after the last, wherever those are. In exchange, the task of a guarded section is not found by nested calls: the
 * compiler emits it only where every call of another handler goes to the unscheduled body. The sections and gates that
 * it emits are found inside of a task themselves: see `nested-section.ts`.
 */
import { announceEntry, heard, runNumbers, startedChannel } from './channels.js';
import { invalidArgument } from './errors.js';
import { type Handler, handlerFor, type KeyedClaim } from './handler.js';
import { areFree, type Keys, keysOf } from './keys.js';
import { LaterStep, needsAmong } from './later-step.js';
import type { Lock } from './lock.js';
import type { Mode } from './modes.js';
import { checkNeeds, type Needs } from './needs.js';
import { type LateTurn, takeInside, waitInside } from './nested-section.js';
import type { Section } from './section.js';
import { settings } from './settings.js';
import { stretch } from './stretch.js';
import { runningTask, type Task } from './task.js';
import { upgradeRun } from './upgrade.js';
import { waitForTurn } from './waiting-guard.js';
import { keepsQueueLimit } from './waiting-limits.js';

declare const keyHandle: unique symbol;
/** The lock of one key, for `enterKey` and `leaveKey` in the same segment in which it was looked up. */
export interface KeyHandle {
  readonly [keyHandle]: true;
}

export class Guard {
  /** Whether it needs single keys of some class. */
  readonly isKeyed: boolean;
  readonly isGrowing: boolean = false;
  private readonly handler: Handler;
  private readonly keyed: KeyedClaim | undefined;
  private readonly keyMode: Mode;

  constructor(
    handlerId: string,
    private readonly needs: Needs,
  ) {
    this.handler = handlerFor(handlerId, needs);
    this.keyed = this.handler.keyed[0];
    this.keyMode = this.keyed?.mode ?? 0;
    this.isKeyed = this.keyed !== undefined;
  }

  /** Whether who is inside, or has passed, may access a class. */
  mayAccess(className: string, isWrite: boolean): boolean {
    return this.handler.mayAccess(className, isWrite);
  }

  /**
   * Opens the section, or passes the gate. Returns nothing if it is open; or else a promise that must be awaited
   * first, and at once. If it rejects (the signal was aborted, a limit was exceeded), nothing is held. A `section`
   * is given its wait.
   */
  enter(signal?: AbortSignal, section?: Section): undefined | Promise<void> {
    const { handler } = this;
    // A section whose first stretch calls this has not taken anything yet, and must from now on be seen to.
    if (stretch.handler !== null) runningTask();
    if (!this.isOpen(null)) return this.queue(null, signal, section);
    handler.runs++;
    if (!handler.gate) handler.take();
    if (startedChannel.hasSubscribers) announceEntry(handler, section);
    return undefined;
  }

  /**
   * Goes on from update to exclusive on all classes that are held so, before the first write. Returns nothing if that is
   * done; or else a promise that must be awaited first, and at once.
   */
  upgrade(): undefined | Promise<void> {
    if (stretch.handler !== null) runningTask();
    return upgradeRun(this.handler);
  }

  /** Passes the gate if it is open; otherwise `enter` must be called, and awaited. */
  pass(): boolean {
    if (stretch.handler !== null) runningTask();
    return this.isOpen(null) && this.enter() === undefined;
  }

  /** Whether a run need not wait. */
  private isOpen(keys: Keys | null): boolean {
    const { handler } = this;
    if (handler.isFree() && (keys === null || areFree(keys))) return true;
    return handler.isLate && handler.isFreeLate(keys);
  }

  /** Closes the section, that of `section` if it was entered for one, with its keys. Must not be called for a gate. */
  leave(section?: Section, keys: Keys | null = null): void {
    if (section === undefined || !heard.runs) this.handler.endInSegment(keys);
    else this.handler.endInSegment(keys, runNumbers.get(section.wait ?? section));
  }

  /** The keys of one run, from the values that its `keys` functions take. To be entered in the same segment. */
  keysFrom(values: readonly unknown[]): Keys | null {
    return keysOf(this.handler, this.needs, undefined, values);
  }

  /** The same as `enter`, with the keys of a run. */
  enterKeys(keys: Keys | null, section?: Section): undefined | Promise<void> {
    const { handler } = this;
    if (keys === null) return this.enter(undefined, section);
    if (stretch.handler !== null) runningTask();
    if (!this.isOpen(keys)) return this.queue(keys, undefined, section);
    handler.runs++;
    if (!handler.gate) handler.takeAll(keys);
    if (startedChannel.hasSubscribers) announceEntry(handler, section);
    return undefined;
  }

  /** The same as `pass`, with the keys of a run. */
  passKeys(keys: Keys | null): boolean {
    if (stretch.handler !== null) runningTask();
    return this.isOpen(keys) && this.enterKeys(keys) === undefined;
  }

  /** The same as `enter` and `pass`, inside of a task: whether it holds all that is needed now, with the keys of a run. */
  takeInside(task: Task, keys: Keys | null): boolean {
    return takeInside(task, this.handler, keys);
  }

  /** Waits until it does. */
  waitInside(task: Task, keys: Keys | null): LateTurn {
    return waitInside(task, this.handler, keys);
  }

  /** The lock of a key of the first class in `keyed`. */
  key(key: unknown): KeyHandle {
    return (this.keyed as KeyedClaim).keys.lockOf(key) as unknown as KeyHandle;
  }

  /** The same as `enter`, with one key. */
  enterKey(key: KeyHandle, signal?: AbortSignal): undefined | Promise<void> {
    const { handler } = this;
    const lock = key as unknown as Lock;
    const mode = this.keyMode;
    if (stretch.handler !== null) runningTask();
    if (!handler.isFree() || !lock.admits(mode)) {
      const keys = lock.soleClaim(mode);
      if (!handler.isLate || !handler.isFreeLate(keys)) return this.queue(keys, signal, undefined);
    }
    handler.runs++;
    if (!handler.gate) {
      handler.take();
      lock.take(mode);
    }
    if (startedChannel.hasSubscribers) announceEntry(handler, undefined);
    return undefined;
  }

  /** Closes a section that was opened with `enterKey`. */
  leaveKey(key: KeyHandle): void {
    const lock = key as unknown as Lock;
    if (lock.waiting !== 0) this.handler.endInSegment(lock.soleClaim(this.keyMode));
    else {
      lock.drop(this.keyMode);
      this.handler.endInSegment(null);
    }
  }

  /**
   * Waits for what only another task can bring: gives the section up, and opens it again before it goes on.
   * Settles as `promise` does. `key` must be given if the section was opened with it.
   */
  async wait<T>(promise: PromiseLike<T>, key?: unknown): Promise<T> {
    const isKeyed = this.keyed !== undefined;
    if (isKeyed) this.leaveKey(this.key(key));
    else this.leave();
    try {
      return await promise;
    } finally {
      // The key's lock is looked up again: it may have been swept while nobody used it.
      const waiting = isKeyed ? this.enterKey(this.key(key)) : this.enter();
      if (waiting !== undefined) await waiting;
    }
  }

  private queue(
    keys: Keys | null,
    signal: AbortSignal | undefined,
    section: Section | undefined,
  ): Promise<void> {
    const { handler } = this;
    const full = settings.hasQueueLimits ? keepsQueueLimit(handler.locks, keys) : null;
    return full === null ? waitForTurn(handler, keys, signal, section) : Promise.reject(full);
  }
}

/** The guard of a handler whose sections take some of its classes in later steps. */
export class GrowingGuard extends Guard {
  /** Its sections keep what is handed to `enter`, as those with keys do. */
  override readonly isKeyed = true;
  override readonly isGrowing = true;
  /** What is taken where a section begins. */
  readonly first: Guard;
  readonly later: readonly LaterStep[];

  constructor(handlerId: string, needs: Needs, later: readonly (readonly string[])[]) {
    super(handlerId, needs);
    const all = new Set(later.flat());
    this.first = new Guard(
      handlerId,
      needsAmong(needs, name => !all.has(name)),
    );
    this.later = later.map((step, index) => {
      const ofStep = needsAmong(needs, name => step.includes(name));
      return new LaterStep(handlerId, ofStep, index + 1);
    });
  }

  /** What a section that begins now takes at once: this is everything, `first` is not. */
  atBeginning(): Guard {
    for (const step of this.later) if (step.wouldPassBy()) return this;
    return this.first;
  }
}

/** Makes the guard of a handler, once, beside its function. */
export function guard(handlerId: string, needs: Needs): Guard {
  checkNeeds(handlerId, needs);
  if (needs.carriesTask) {
    throw invalidArgument(
      `\`carriesTask\` of the guard of ${handlerId}`,
      'missing: guards have no task',
      true,
    );
  }
  return needs.later?.length ? new GrowingGuard(handlerId, needs, needs.later) : new Guard(handlerId, needs);
}
