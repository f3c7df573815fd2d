/**
 * What all runs of one handler have in common: its id, the locks it needs, and its counters.
 *
 * Made once for each handler, however many function objects share it: a listener that is created anew for
 * every connection is scheduled anew each time, with the same id and the same needs.
 */
import { Activity } from './activity.js';
import { announceRelease, heard } from './channels.js';
import type { KeyLocks } from './key-locks.js';
import type { KeyClaim, Keys } from './keys.js';
import type { Lock, User } from './lock.js';
import { keysOfClass, lockOfClass } from './lock-table.js';
import {
  allows,
  EXCLUDED,
  EXCLUSIVE,
  intentionFor,
  type Mode,
  modeName,
  SHARED,
  strongest,
  UPDATE,
} from './modes.js';
import type { Needs } from './needs.js';
import { runReadyNow, runReadySoon } from './ready.js';
import type { Successor } from './waiting-call.js';

/** A class of which the handler needs single keys. */
export interface KeyedClaim {
  readonly class: string;
  readonly keys: KeyLocks;
  readonly mode: Mode;
  readonly asProperties: boolean;
}

export class Handler extends Activity implements User {
  readonly gate: boolean;
  readonly carriesTask: boolean;
  /** Whether who waits for it may hold something: see `LateGuard`. */
  readonly isLate: boolean;
  /** The classes of which it needs single keys. It holds those classes in intention modes. */
  readonly keyed: readonly KeyedClaim[];
  /** What to do when a run settles that has no task object: made once, so that a call allocates nothing. */
  readonly onFulfilled: (value: unknown) => unknown;
  readonly onRejected: (error: unknown) => never;
  /** The same for a run that was queued; only of a handler that conflicts with itself. */
  readonly onQueuedFulfilled: (value: unknown) => void;
  readonly onQueuedRejected: (error: unknown) => void;
  /** Resolves the promise of the queued run that is running. */
  resolve: ((value: unknown) => void) | null = null;
  /** Whether a run needs its task from the start: others may ask for it who cannot see that it runs. */
  readonly needsTask: boolean;
  /** Whether two runs of it never overlap. */
  readonly excludesItself: boolean;
  /** Its lock, if it needs one only, as most do: spares the loops. */
  readonly single: Lock | null;
  /** The same, if it needs that one exclusively. */
  private readonly exclusive: Lock | null;
  /** Runs that hold its locks now. */
  running = 0;
  /** How many of its locks are watched. While none is, its activity says all. */
  watched = 0;
  /** Runs so far. */
  runs = 0;
  /** Runs that had to wait first. */
  waits = 0;

  constructor(
    readonly id: string,
    readonly locks: readonly Lock[],
    readonly modes: readonly Mode[],
    needs: Needs,
    /** Which of the later steps of a section it stands for; 0 if it is none. */
    readonly step: number,
  ) {
    super();
    this.gate = needs.gate === true;
    this.carriesTask = needs.carriesTask === true && !this.gate;
    this.isLate = needs.late === true || step > 0;
    this.keyed = keyedClaims(needs);
    this.needsTask = this.carriesTask || this.keyed.some(({ mode }) => mode === UPDATE);
    this.single = locks.length === 1 ? (locks[0] as Lock) : null;
    this.exclusive = modes[0] === EXCLUSIVE ? this.single : null;
    locks.forEach((lock, index) => {
      lock.usedBy(this, modes[index] as Mode);
    });
    this.excludesItself = this.findConflicts();
    this.onFulfilled = value => {
      this.end(null);
      return value;
    };
    this.onRejected = error => {
      this.end(null);
      throw error;
    };
    this.onQueuedFulfilled = value => {
      const { resolve } = this;
      this.end(null);
      resolve?.(value);
    };
    this.onQueuedRejected = error => {
      const { resolve } = this;
      this.end(null);
      resolve?.(Promise.reject(error));
    };
  }

  /** Declares all conflicts with handlers that are known already; says whether it conflicts with itself. */
  private findConflicts(): boolean {
    let withItself = false;
    this.locks.forEach((lock, index) => {
      const excluded = EXCLUDED[this.modes[index] as Mode] as number;
      for (const [user, mode] of lock.users) {
        if ((excluded & mode) === 0) continue;
        this.conflictWith(user);
        if (user === this) withItself = true;
      }
    });
    return withItself;
  }

  /** Whether a new run need not wait: neither for a holder nor behind an earlier waiter. */
  isFree(): boolean {
    return this.isAlone() && (this.watched === 0 || this.isAdmitted());
  }

  private isAdmitted(): boolean {
    if (this.single !== null) return this.single.admits(this.modes[0] as Mode);
    for (let i = 0; i < this.locks.length; i++) {
      const lock = this.locks[i] as Lock;
      if (lock.isWatched && !lock.admits(this.modes[i] as Mode)) return false;
    }
    return true;
  }

  /** Whether nobody holds what it needs, whoever may wait for it. */
  isFreeOfHolders(): boolean {
    if (!this.isAlone()) return false;
    return this.locks.every((lock, index) => !lock.isHeldAgainst(this.modes[index] as Mode));
  }

  /** Whether a new run need not wait that goes before all who hold nothing. */
  isFreeLate(keys: Keys | null): boolean {
    if (!this.isAlone()) return false;
    if (keys?.some(({ lock, mode }) => lock.isTakenLateAgainst(mode))) return false;
    return this.locks.every((lock, index) => !lock.isTakenLateAgainst(this.modes[index] as Mode));
  }

  take(): void {
    if (this.running++ === 0) this.markRunning();
    if (this.watched !== 0) this.takeWatched();
  }

  private takeWatched(): void {
    if (this.single !== null) {
      this.single.take(this.modes[0] as Mode);
      return;
    }
    for (let i = 0; i < this.locks.length; i++) {
      const lock = this.locks[i] as Lock;
      if (lock.isWatched) lock.take(this.modes[i] as Mode);
    }
  }

  /** Gives everything back, without waking anybody: `advance` must follow. */
  drop(): void {
    if (--this.running === 0) this.markIdle();
    if (this.watched !== 0) this.dropWatched();
  }

  private dropWatched(): void {
    if (this.single !== null) {
      this.single.drop(this.modes[0] as Mode);
      return;
    }
    for (let i = 0; i < this.locks.length; i++) {
      const lock = this.locks[i] as Lock;
      if (lock.isWatched) lock.drop(this.modes[i] as Mode);
    }
  }

  /** Grants to others what a run has dropped. All was dropped before: others may need several of the locks. */
  private advance(): void {
    if (this.single !== null) {
      const { single } = this;
      if (single.waiting !== 0) single.advance(single.held | atMost(this.modes[0] as Mode));
      return;
    }
    for (let i = 0; i < this.locks.length; i++) {
      const lock = this.locks[i] as Lock;
      if (lock.waiting !== 0) lock.advance(lock.held | atMost(this.modes[i] as Mode));
    }
  }

  /** Takes all for a run, with its keys. */
  takeAll(keys: Keys | null): void {
    this.take();
    if (keys !== null) for (const { lock, mode } of keys) lock.take(mode);
  }

  /** Gives back what a run has taken, without waking anybody: `advanceAll` must follow. */
  dropAll(keys: Keys | null): void {
    if (keys !== null) for (const { lock, mode } of keys) lock.drop(mode);
    this.drop();
  }

  /** Grants to others what a run has dropped. */
  advanceAll(keys: Keys | null): void {
    if (this.watched !== 0) this.advance();
    if (keys === null) return;
    // A task that holds enough of the class waits late for a key only.
    for (const { lock, mode } of keys) if (lock.waiting !== 0) lock.advance(lock.held | atMost(mode));
  }

  /** Whether a run that holds, or has passed, what it needs may access a class. */
  mayAccess(className: string, isWrite: boolean): boolean {
    const index = this.locks.findIndex(lock => lock.className === className);
    return index >= 0 && allows(this.modes[index] as Mode, isWrite);
  }

  /** What it needs, for messages. */
  describeNeeds(): { class: string; mode: string }[] {
    return this.locks.map((lock, index) => ({
      class: lock.className,
      mode: modeName(this.modes[index] as Mode),
    }));
  }

  /**
   * Gives what a run holds to the next run of the same handler, if that is the next in the queue: nothing about
   * the locks changes then, and a long queue of one handler is the most common one. Says whether it has.
   */
  private handOn(keys: Keys | null): boolean {
    // Who listens is to be told of the release before the next run starts, when nobody holds anything.
    if (heard.runs) return false;
    if (keys !== null) return this.handOnKey(keys);
    const { exclusive } = this;
    if (exclusive === null || !exclusive.isOnlyQueuedFor()) return false;
    const next = exclusive.first?.request as unknown as Successor;
    if (next.needs !== this || next.keys !== null) return false;
    next.inherit();
    return true;
  }

  private handOnKey(keys: Keys): boolean {
    const lock = this.soleKey(keys);
    if (lock === null || !lock.isOnlyQueuedFor()) return false;
    const next = lock.first?.request as unknown as Successor;
    if (next.needs !== this || next.keys !== keys || next.entries !== null) return false;
    next.inherit();
    return true;
  }

  /** The lock of the key of a run that holds one key of one class only, and while nobody comes first at the class. */
  private soleKey(keys: Keys): Lock | null {
    return keys.length === 1 && this.single !== null && this.single.late === null
      ? (keys[0] as KeyClaim).lock
      : null;
  }

  /** A run is over, in a promise reaction. */
  end(keys: Keys | null): void {
    if (this.watched !== 0 && this.handOn(keys)) {
      runReadyNow();
      return;
    }
    this.dropAll(keys);
    announceRelease(this.id);
    if (this.watched === 0 && keys === null) return;
    this.advanceAll(keys);
    runReadyNow();
  }

  /** A run is over, in the middle of a segment. `run` is its number, if it has one. */
  endInSegment(keys: Keys | null, run?: number): void {
    if (this.watched !== 0 && this.handOn(keys)) {
      runReadySoon();
      return;
    }
    this.dropAll(keys);
    announceRelease(this.id, run);
    if (this.watched === 0 && keys === null) return;
    this.advanceAll(keys);
    runReadySoon();
  }
}

/** What a hold taken in `mode` may have become by the time it is dropped. */
function atMost(mode: Mode): Mode {
  return mode === UPDATE ? EXCLUSIVE : mode;
}

const handlers = new Map<string, Handler[]>();

/** The record of a handler, or of a later step of its sections; the same one for the same id and needs. */
export function handlerFor(id: string, needs: Needs, step = 0): Handler {
  const modes = claims(needs);
  let sameId = handlers.get(id);
  if (sameId === undefined) {
    sameId = [];
    handlers.set(id, sameId);
  }
  let handler = sameId.find(known => known.step === step && isSame(known, modes, needs));
  if (handler === undefined) {
    handler = new Handler(id, [...modes.keys()], [...modes.values()], needs, step);
    sameId.push(handler);
  }
  return handler;
}

/** The handlers of which runs hold something now. */
export function* handlersThatRun(): Generator<Handler> {
  for (const handler of allHandlers()) if (handler.running > 0) yield handler;
}

/** All handlers that were ever scheduled. */
export function* allHandlers(): Generator<Handler> {
  for (const sameId of handlers.values()) yield* sameId;
}

const KINDS = ['exclusive', 'update', 'shared'] as const;

function modeOf(kind: (typeof KINDS)[number]): Mode {
  return kind === 'exclusive' ? EXCLUSIVE : kind === 'update' ? UPDATE : SHARED;
}

/** The locks of the classes that `needs` names, each in a mode that covers all it is named in. */
function claims(needs: Needs): Map<Lock, Mode> {
  const modes = new Map<Lock, Mode>();
  for (const kind of KINDS) {
    for (const name of needs[kind] ?? []) {
      const lock = lockOfClass(name);
      const mode = modeOf(kind);
      modes.set(lock, strongest(modes.get(lock) ?? 0, mode));
    }
  }
  for (const { class: name, mode } of needs.keyed ?? []) {
    const lock = lockOfClass(name);
    modes.set(lock, strongest(modes.get(lock) ?? 0, intentionFor(modeOf(mode))));
  }
  return modes;
}

function keyedClaims(needs: Needs): KeyedClaim[] {
  return (needs.keyed ?? []).map(({ class: name, mode, asProperties = false }) => ({
    class: name,
    keys: keysOfClass(name),
    mode: modeOf(mode),
    asProperties,
  }));
}

function isSame(handler: Handler, modes: Map<Lock, Mode>, needs: Needs): boolean {
  const keyed = needs.keyed ?? [];
  if (handler.keyed.length !== keyed.length) return false;
  for (const [index, claim] of handler.keyed.entries()) {
    const other = keyed[index];
    if (claim.class !== other?.class || claim.mode !== modeOf(other.mode)) return false;
    if (claim.asProperties !== (other.asProperties ?? false)) return false;
  }
  if (handler.gate !== (needs.gate === true) || handler.locks.length !== modes.size) return false;
  if (handler.carriesTask !== (needs.carriesTask === true && !handler.gate)) return false;
  if (handler.isLate !== (needs.late === true || handler.step > 0)) return false;
  return handler.locks.every((lock, index) => modes.get(lock) === handler.modes[index]);
}
