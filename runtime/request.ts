/**
 * Somebody who waits for one lock or several.
 *
 * The request is itself its place in the queue if it waits for one lock only, which is by far the most frequent
 * case and saves a second object for each waiting call.
 */
import type { Keys } from './keys.js';
import type { Lock } from './lock.js';
import { EXCLUDED, type Mode, type ModeSet, strongest } from './modes.js';

/** A task that takes something late, and what it holds by then. */
export interface Owner {
  /** How every run of its handler holds the lock. */
  ownMode(lock: Lock): Mode;
  /** How it holds the lock beyond that. */
  extraMode(lock: Lock): Mode;
  setExtraMode(lock: Lock, mode: Mode): void;
}

/** A request's place in the queue of one lock. */
export interface Entry {
  readonly lock: Lock;
  readonly mode: Mode;
  readonly request: Request;
  previous: Entry | null;
  next: Entry | null;
}

export interface Request extends Entry {
  /** The entries of a request for several locks; null if the request is itself its only entry. */
  readonly entries: readonly Entry[] | null;
  /** The task that makes this request while it holds something; missing in the first request of a task. */
  readonly owner?: Owner;
  /** When it began to wait, by the coarse clock. */
  readonly since: number;
  /** What it does when its turn has come. One object for all of a kind, as each word counts in a long queue. */
  readonly kind: RequestKind;
}

export interface RequestKind {
  /**
   * Takes everything for the request, which then leaves all queues. In this order, so that no lock stops
   * being watched in between. Must not run foreign code.
   */
  grant(request: Request): void;
  /** Rejects the request, which has left all queues. Must not run foreign code. */
  fail(request: Request, error: unknown): void;
  /** Who waits, for messages. */
  describe(request: Request): string;
}

/** The entries for a request for several locks: those of classes, and then those of keys. */
export function entriesOf(
  request: Request,
  locks: readonly Lock[],
  modes: readonly Mode[],
  keys: Keys | null = null,
): Entry[] | null {
  if (locks.length === 1 && (keys === null || keys.length === 0)) return null;
  const entries: Entry[] = [];
  for (let i = 0; i < locks.length; i++) {
    entries.push({ lock: locks[i] as Lock, mode: modes[i] as Mode, request, previous: null, next: null });
  }
  if (keys !== null) {
    for (const { lock, mode } of keys) entries.push({ lock, mode, request, previous: null, next: null });
  }
  return entries;
}

/** Where a request stands: one entry for each lock it needs. */
export function places(request: Request): readonly Entry[] {
  return request.entries ?? [request];
}

/** Puts a request into the queues of all its locks. */
export function enqueue(request: Request): void {
  if (request.owner !== undefined) for (const entry of places(request)) entry.lock.appendLate(entry);
  else if (request.entries === null) request.lock.append(request);
  else for (const entry of request.entries) entry.lock.append(entry);
}

/** Takes a request out of all its queues. */
export function dequeue(request: Request): void {
  if (request.owner !== undefined) for (const entry of places(request)) entry.lock.removeLate(entry);
  else if (request.entries === null) request.lock.remove(request);
  else for (const entry of request.entries) entry.lock.remove(entry);
}

/** Takes a request that gives up out of all queues. Those behind it may then be able to start. */
export function withdraw(request: Request): void {
  dequeue(request);
  for (const { lock } of places(request)) if (lock.waiting !== 0) lock.advance();
}

/** Adds what a late request asked for to what its task holds. */
export function takeLate(owner: Owner, lock: Lock, mode: Mode): void {
  const extra = owner.extraMode(lock);
  const joined = strongest(extra, mode);
  // The lock of a key is always watched.
  if (extra === 0 && lock.ofClass === null) lock.watch();
  if (extra !== 0) lock.drop(extra);
  lock.take(joined);
  owner.setExtraMode(lock, joined);
}

/** The modes in which other tasks than `owner` hold a lock. */
function heldByOthers(lock: Lock, owner: Owner): ModeSet {
  return lock.without(lock.without(lock.held, owner.ownMode(lock)), owner.extraMode(lock));
}

/**
 * Whether an earlier late request goes before one of `owner`. Not if it waits for something that `owner` holds: it
 * cannot start before that task is over anyway, and to wait for it would be a deadlock.
 */
export function standsAhead(earlier: Request, owner: Owner): boolean {
  if (earlier.owner === owner) return false;
  for (const { lock, mode } of places(earlier)) {
    if ((EXCLUDED[owner.ownMode(lock) | owner.extraMode(lock)] as number) & mode) return false;
  }
  return true;
}

/** Whether a queued late request may be granted: only holders and earlier late requests of others count. */
export function isLateGrantable(request: Request): boolean {
  const owner = request.owner as Owner;
  for (const { lock, mode } of places(request)) {
    let against = heldByOthers(lock, owner);
    for (const earlier of lock.late ?? []) {
      if (earlier.request === request) break;
      if (standsAhead(earlier.request, owner)) against |= earlier.mode;
    }
    if ((EXCLUDED[against] as number) & mode) return false;
  }
  return true;
}

/** Whether a queued first request may be granted. */
export function isGrantable(request: Request): boolean {
  return places(request).every(isAdmitted);
}

/** Whether the other locks of a request admit it as well. */
export function isAdmittedElsewhere(here: Entry): boolean {
  const { entries } = here.request;
  if (entries === null) return true;
  for (const entry of entries) if (entry !== here && !isAdmitted(entry)) return false;
  return true;
}

/** Whether a queued entry conflicts neither with a holder nor with one that stands before it. */
function isAdmitted(entry: Entry): boolean {
  const { lock, mode } = entry;
  if ((EXCLUDED[lock.held] as number) & mode) return false;
  // Nobody who waits is in its way: the queue need not be walked. That of a class whose keys are in demand is long.
  if (((EXCLUDED[lock.waiting] as number) & mode) === 0) return true;
  for (const late of lock.late ?? []) if ((EXCLUDED[late.mode] as number) & mode) return false;
  for (let earlier = lock.first; earlier !== entry && earlier !== null; earlier = earlier.next) {
    if ((EXCLUDED[earlier.mode] as number) & mode) return false;
  }
  return true;
}
