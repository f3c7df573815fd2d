/**
 * What all runs of one handler have in common: its id, the locks it needs, and its counters.
 *
 * Made once for each handler, however many function objects share it: a listener that is created anew for
 * every connection is scheduled anew each time, with the same id and the same needs.
 */
import { invalidArgument } from './errors.js';
import type { Lock } from './lock.js';
import { lockOfClass } from './lock-table.js';
import { EXCLUSIVE, type Mode, SHARED, UPDATE } from './modes.js';
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

export class Handler {
  /** The only lock it needs, or null if it needs none or several: the most frequent case is kept short. */
  readonly lock: Lock | null;
  readonly mode: Mode;
  readonly gate: boolean;
  readonly carriesTask: boolean;
  /** What to do when a run settles that has no task object: made once, so that a call allocates nothing. */
  readonly onFulfilled: (value: unknown) => unknown;
  readonly onRejected: (error: unknown) => never;
  /** Runs that hold its locks now. */
  running = 0;
  /** Runs so far. */
  runs = 0;
  /** Runs that had to wait first. */
  waits = 0;

  constructor(
    readonly id: string,
    readonly locks: readonly Lock[],
    readonly modes: readonly Mode[],
    needs: Needs,
  ) {
    const single = locks.length === 1;
    this.lock = single ? (locks[0] as Lock) : null;
    this.mode = single ? (modes[0] as Mode) : 0;
    this.gate = needs.gate === true;
    this.carriesTask = needs.carriesTask === true && !this.gate;
    this.onFulfilled = value => {
      this.end();
      return value;
    };
    this.onRejected = error => {
      this.end();
      throw error;
    };
  }

  /** Whether a new run need not wait. */
  isFree(): boolean {
    if (this.lock !== null) return this.lock.admits(this.mode);
    for (let i = 0; i < this.locks.length; i++) {
      if (!(this.locks[i] as Lock).admits(this.modes[i] as Mode)) return false;
    }
    return true;
  }

  take(): void {
    this.running++;
    if (this.lock !== null) this.lock.take(this.mode);
    else for (let i = 0; i < this.locks.length; i++) (this.locks[i] as Lock).take(this.modes[i] as Mode);
  }

  /** Gives everything back, without waking anybody: `advance` must follow. */
  drop(): void {
    this.running--;
    if (this.lock !== null) this.lock.drop(this.mode);
    else for (let i = 0; i < this.locks.length; i++) (this.locks[i] as Lock).drop(this.modes[i] as Mode);
  }

  /** Grants to others what a run has dropped. All was dropped before: others may need several of the locks. */
  advance(): void {
    if (this.lock !== null) {
      if (this.lock.waiting !== 0) this.lock.advance(this.lock.held | atMost(this.mode));
      return;
    }
    for (let i = 0; i < this.locks.length; i++) {
      const lock = this.locks[i] as Lock;
      if (lock.waiting !== 0) lock.advance(lock.held | atMost(this.modes[i] as Mode));
    }
  }

  /** A run is over, in a promise reaction. */
  end(): void {
    this.drop();
    this.advance();
    runReadyNow();
  }

  /** A run is over, in the middle of a segment. */
  endInSegment(): void {
    this.drop();
    this.advance();
    runReadySoon();
  }
}

/** What a hold taken in `mode` may have become by the time it is dropped. */
function atMost(mode: Mode): Mode {
  return mode === UPDATE ? EXCLUSIVE : mode;
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
