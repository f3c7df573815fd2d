/**
 * What all runs of one handler have in common: its id, the locks it needs, and its counters.
 *
 * Made once for each handler, however many function objects share it: a listener that is created anew for
 * every connection is scheduled anew each time, with the same id and the same needs.
 */
import { Activity } from './activity.js';
import { invalidArgument } from './errors.js';
import type { Lock, User } from './lock.js';
import { lockOfClass } from './lock-table.js';
import { EXCLUDED, EXCLUSIVE, type Mode, SHARED, UPDATE } from './modes.js';
import { runReadyNow, runReadySoon } from './ready.js';

/** What a handler needs while it runs. Emitted by the compiler; may be written by hand. */
export interface Needs {
  /** Classes it reads. */
  readonly shared?: readonly string[];
  /** Classes it reads first and may write later. */
  readonly update?: readonly string[];
  /** Classes it writes. */
  readonly exclusive?: readonly string[];
  /**
   * All its conflicting accesses lie in one segment: it waits while a conflicting section is open and then runs
   * holding nothing.
   */
  readonly gate?: boolean;
  /**
   * Scheduled functions that it calls after an `await`, through code the compiler cannot rewrite, must find its
   * task again. Makes the runtime use `AsyncLocalStorage`.
   */
  readonly carriesTask?: boolean;
  /** The `name` the function would have had if it had not been wrapped. */
  readonly name?: string;
}

export class Handler implements User {
  readonly gate: boolean;
  readonly carriesTask: boolean;
  /** What to do when a run settles that has no task object: made once, so that a call allocates nothing. */
  readonly onFulfilled: (value: unknown) => unknown;
  readonly onRejected: (error: unknown) => never;
  /** The same for a run that was queued; only of a handler that conflicts with itself. */
  readonly onQueuedFulfilled: (value: unknown) => void;
  readonly onQueuedRejected: (error: unknown) => void;
  /** Resolves the promise of the queued run that is running. */
  resolve: ((value: unknown) => void) | null = null;
  /** Whether two runs of it never overlap. */
  readonly isAlone: boolean;
  /** Runs that hold its locks now. */
  running = 0;
  /** How many of its locks are watched. While none is, its activity says all. */
  watched = 0;
  /** Runs so far. */
  runs = 0;
  /** Runs that had to wait first. */
  waits = 0;
  private readonly activity = new Activity();

  constructor(
    readonly id: string,
    readonly locks: readonly Lock[],
    readonly modes: readonly Mode[],
    needs: Needs,
  ) {
    this.gate = needs.gate === true;
    this.carriesTask = needs.carriesTask === true && !this.gate;
    locks.forEach((lock, index) => {
      lock.usedBy(this, modes[index] as Mode);
    });
    for (const other of allHandlers())
      if (this.conflictsWith(other)) this.activity.conflictWith(other.activity);
    this.isAlone = this.conflictsWith(this);
    if (this.isAlone) this.activity.conflictWith(this.activity);
    this.onFulfilled = value => {
      this.end();
      return value;
    };
    this.onRejected = error => {
      this.end();
      throw error;
    };
    this.onQueuedFulfilled = value => {
      const { resolve } = this;
      this.end();
      resolve?.(value);
    };
    this.onQueuedRejected = error => {
      const { resolve } = this;
      this.end();
      resolve?.(Promise.reject(error));
    };
  }

  private conflictsWith(other: Handler): boolean {
    return this.locks.some((lock, index) => {
      const otherMode = other.modes[other.locks.indexOf(lock)] ?? 0;
      return ((EXCLUDED[otherMode] as number) & (this.modes[index] as Mode)) !== 0;
    });
  }

  /** Whether a new run need not wait: neither for a holder nor behind an earlier waiter. */
  isFree(): boolean {
    return this.activity.isFree() && (this.watched === 0 || this.isAdmitted());
  }

  private isAdmitted(): boolean {
    for (let i = 0; i < this.locks.length; i++) {
      const lock = this.locks[i] as Lock;
      if (lock.isWatched && !lock.admits(this.modes[i] as Mode)) return false;
    }
    return true;
  }

  /** Whether nobody holds what it needs, whoever may wait for it. */
  isFreeOfHolders(): boolean {
    if (!this.activity.isFree()) return false;
    return this.locks.every(
      (lock, index) => ((EXCLUDED[lock.held] as number) & (this.modes[index] as Mode)) === 0,
    );
  }

  take(): void {
    if (this.running++ === 0) this.activity.start();
    if (this.watched !== 0) this.takeWatched();
  }

  private takeWatched(): void {
    for (let i = 0; i < this.locks.length; i++) {
      const lock = this.locks[i] as Lock;
      if (lock.isWatched) lock.take(this.modes[i] as Mode);
    }
  }

  /** Gives everything back, without waking anybody: `advance` must follow. */
  drop(): void {
    if (--this.running === 0) this.activity.stop();
    if (this.watched !== 0) this.dropWatched();
  }

  private dropWatched(): void {
    for (let i = 0; i < this.locks.length; i++) {
      const lock = this.locks[i] as Lock;
      if (lock.isWatched) lock.drop(this.modes[i] as Mode);
    }
  }

  /** Grants to others what a run has dropped. All was dropped before: others may need several of the locks. */
  advance(): void {
    for (let i = 0; i < this.locks.length; i++) {
      const lock = this.locks[i] as Lock;
      if (lock.waiting !== 0) lock.advance(lock.held | (this.modes[i] as Mode));
    }
  }

  /** A run is over, in a promise reaction. */
  end(): void {
    this.drop();
    if (this.watched === 0) return;
    this.advance();
    runReadyNow();
  }

  /** A run is over, in the middle of a segment. */
  endInSegment(): void {
    this.drop();
    if (this.watched === 0) return;
    this.advance();
    runReadySoon();
  }
}

const handlers = new Map<string, Handler[]>();

/** The record of a handler; the same one for the same id and needs. */
export function handlerFor(id: string, needs: Needs): Handler {
  const modes = claims(needs);
  let sameId = handlers.get(id);
  if (sameId === undefined) {
    sameId = [];
    handlers.set(id, sameId);
  }
  let handler = sameId.find(known => isSame(known, modes, needs));
  if (handler === undefined) {
    handler = new Handler(id, [...modes.keys()], [...modes.values()], needs);
    sameId.push(handler);
  }
  return handler;
}

/** All handlers that were ever scheduled. */
export function* allHandlers(): Generator<Handler> {
  for (const sameId of handlers.values()) yield* sameId;
}

const KINDS = [
  ['exclusive', EXCLUSIVE],
  ['update', UPDATE],
  ['shared', SHARED],
] as const;

/** The locks that `needs` names, each in the strongest mode it is named in. */
function claims(needs: Needs): Map<Lock, Mode> {
  const modes = new Map<Lock, Mode>();
  for (const [kind, mode] of KINDS) {
    for (const name of needs[kind] ?? []) {
      const lock = lockOfClass(name);
      // The strongest kind comes first.
      if (!modes.has(lock)) modes.set(lock, mode);
    }
  }
  return modes;
}

function isSame(handler: Handler, modes: Map<Lock, Mode>, needs: Needs): boolean {
  if (handler.gate !== (needs.gate === true) || handler.locks.length !== modes.size) return false;
  if (handler.carriesTask !== (needs.carriesTask === true && !handler.gate)) return false;
  return handler.locks.every((lock, index) => modes.get(lock) === handler.modes[index]);
}

/** Checks what was written by hand; what the compiler emits passes at once. */
export function checkNeeds(id: unknown, needs: unknown): asserts needs is Needs {
  if (typeof id !== 'string' || id === '') throw invalidArgument('The handler id', 'a non-empty string', id);
  if (typeof needs !== 'object' || needs === null) {
    throw invalidArgument(`The needs of ${id}`, 'an object', needs);
  }
  for (const [property, value] of Object.entries(needs)) {
    const what = `\`${property}\` in the needs of ${id}`;
    if (property === 'shared' || property === 'update' || property === 'exclusive') checkNames(what, value);
    else if (property === 'gate' || property === 'carriesTask') {
      if (value !== undefined && typeof value !== 'boolean') throw invalidArgument(what, 'a boolean', value);
    } else if (property === 'name') {
      if (value !== undefined && typeof value !== 'string') throw invalidArgument(what, 'a string', value);
    } else {
      throw invalidArgument(
        `Each of the needs of ${id}`,
        'one of shared, update, exclusive, gate, carriesTask and name',
        property,
      );
    }
  }
}

function checkNames(what: string, value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw invalidArgument(what, 'an array of class names', value);
  for (const name of value) {
    if (typeof name !== 'string' || name === '') {
      throw invalidArgument(`Each class in ${what}`, 'a non-empty string', name);
    }
  }
}
