/**
 * Somebody who waits for one lock or several.
 *
 * A request stands in the queue only of locks that do not admit it. Where it was admitted when it came, or has come
 * to the front since, it is *reserved*: it counts as waiting, so that nobody who conflicts with it comes in between,
 * but has no place in the queue. Nearly always one place is left, and the request itself is that place; a queue of
 * keys costs one object for each waiting call, however many classes stand above them. A request never waits for
 * one that came later, so it is granted when its last place has come to the front.
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
  /** The places of a request that has several; null if the request is itself its only place. */
  readonly entries: readonly Entry[] | null;
  /** The task that makes this request while it holds something; missing in the first request of a task. */
  readonly owner?: Owner;
  /** Whether it needs one lock only. */
  readonly isForOne: boolean;
  /** Set if it stands in line although it holds something already, so that it must not be given up. */
  readonly holdsSomething?: true;
  /** When it began to wait, by the coarse clock. */
  readonly since: number;
  /** How many calls wait in it. */
  readonly size: number;
  /**
   * Takes everything for the request, which then leaves all queues. In this order, so that no lock stops
   * being watched in between. Must not run foreign code.
   */
  grant(): void;
  /** Rejects the request, which has left all queues. Must not run foreign code. */
  fail(error: unknown): void;
  /** Leaves all queues, and gives all reservations back. */
  leave(): void;
  /** All locks of which it is in a queue, or holds a place free. */
  locks(): Lock[];
  /** Who waits, for messages. */
  describe(): string;
}

/** Locks of classes, each with a mode. */
export interface ClassClaims {
  readonly locks: readonly Lock[];
  readonly modes: readonly Mode[];
}

/** What all requests have in common. */
abstract class BaseRequest {
  declare previous: Entry | null;
  declare next: Entry | null;
  declare readonly since: number;

  constructor(since: number) {
    // Assigned, not declared: fields that a class declares take three times as long to make.
    this.previous = null;
    this.next = null;
    this.since = since;
  }

  get request(): this {
    return this;
  }

  get size(): number {
    return 1;
  }

  abstract grant(): void;
  abstract fail(error: unknown): void;
  abstract describe(): string;
}

/** The first request of a task: all that it needs, in one step. */
export interface FirstRequest extends Request {
  /** `entry` has come to the front of its queue. */
  arrive(entry: Entry): void;
}

/** One that needs one lock only, as most do, and has to wait for it: the smallest record that can. */
export abstract class SoleRequest<Needs extends ClassClaims = ClassClaims>
  extends BaseRequest
  implements FirstRequest
{
  declare readonly needs: Needs;

  constructor(needs: Needs, since: number) {
    super(since);
    this.needs = needs;
  }

  get lock(): Lock {
    return this.needs.locks[0] as Lock;
  }

  get mode(): Mode {
    return this.needs.modes[0] as Mode;
  }

  get entries(): null {
    return null;
  }

  get keys(): null {
    return null;
  }

  get isForOne(): true {
    return true;
  }

  arrive(): void {
    this.grant();
  }

  leave(): void {
    this.lock.remove(this);
  }

  locks(): Lock[] {
    return [this.lock];
  }
}

/** One that may need several. */
export abstract class PlacedRequest<Needs extends ClassClaims = ClassClaims>
  extends BaseRequest
  implements FirstRequest
{
  declare lock: Lock;
  declare mode: Mode;
  declare entries: Entry[] | null;
  declare readonly needs: Needs;
  declare readonly keys: Keys | null;

  constructor(needs: Needs, keys: Keys | null, since: number) {
    super(since);
    this.lock = needs.locks[0] as Lock;
    this.mode = needs.modes[0] as Mode;
    this.entries = null;
    this.needs = needs;
    this.keys = keys;
  }

  get isForOne(): boolean {
    return this.keys === null && this.needs.locks.length === 1;
  }

  /** Queues it where it is not admitted, and reserves its place elsewhere. Returns whether it need not wait at all. */
  lineUp(): boolean {
    const { locks, modes } = this.needs;
    // Somebody waits there already, so its counts are kept.
    if (this.isForOne && this.lock.waiting !== 0 && !this.lock.admits(this.mode)) {
      this.lock.append(this);
      return false;
    }
    let places = 0;
    for (let i = 0; i < locks.length; i++) {
      const lock = locks[i] as Lock;
      // The counts of the class may not be kept so far, and they decide.
      lock.watch();
      places += this.joins(lock, modes[i] as Mode, places);
      lock.unwatch();
    }
    if (this.keys !== null) for (const { lock, mode } of this.keys) places += this.joins(lock, mode, places);
    return places === 0;
  }

  /** Returns the number of places that were needed: none if the lock admits it. */
  private joins(lock: Lock, mode: Mode, places: number): 0 | 1 {
    if (lock.admits(mode)) {
      lock.reserve(mode);
      return 0;
    }
    if (places === 0) {
      this.lock = lock;
      this.mode = mode;
      lock.append(this);
      return 1;
    }
    if (this.entries === null) {
      const { lock: first, mode: firstMode } = this;
      const entry = placeIn(first, firstMode, this);
      first.replace(this, entry);
      this.entries = [entry];
    }
    const entry = placeIn(lock, mode, this);
    this.entries.push(entry);
    lock.append(entry);
    return 1;
  }

  /** Grants the request if it was the last one, and no task that holds something already has come in elsewhere. */
  arrive(entry: Entry): void {
    const { entries } = this;
    if (entries !== null) {
      entry.lock.remove(entry);
      entry.lock.reserve(entry.mode);
      entries.splice(entries.indexOf(entry), 1);
      if (entries.length === 0 && !this.isHeldUp(null)) this.grant();
      return;
    }
    if (this.isForOne || !this.isHeldUp(entry.lock)) this.grant();
  }

  /** Looks whether another lock than `front` is held by now against its reservation, and moves it there. */
  private isHeldUp(front: Lock | null): boolean {
    const { locks, modes } = this.needs;
    for (let i = 0; i < locks.length; i++) {
      if (this.waitsAt(locks[i] as Lock, modes[i] as Mode, front)) return true;
    }
    if (this.keys !== null) {
      for (const { lock, mode } of this.keys) if (this.waitsAt(lock, mode, front)) return true;
    }
    return false;
  }

  private waitsAt(lock: Lock, mode: Mode, front: Lock | null): boolean {
    if (lock === front || !lock.isTakenLateAgainst(mode)) return false;
    if (front !== null) {
      front.reserve(this.mode);
      front.remove(this);
    }
    this.entries = null;
    this.lock = lock;
    this.mode = mode;
    // All in that queue that conflict with it came later.
    lock.prepend(this);
    lock.unreserve(mode);
    return true;
  }

  leave(): void {
    const { locks, modes } = this.needs;
    if (this.isForOne) {
      this.leaveOne(this.lock, this.mode);
      return;
    }
    for (let i = 0; i < locks.length; i++) this.leaveOne(locks[i] as Lock, modes[i] as Mode);
    if (this.keys !== null) for (const { lock, mode } of this.keys) this.leaveOne(lock, mode);
  }

  private leaveOne(lock: Lock, mode: Mode): void {
    if (this.entries === null) {
      if (this.lock === lock && isLinked(this)) lock.remove(this);
      else lock.unreserve(mode);
      return;
    }
    const entry = this.entries.find(place => place.lock === lock);
    if (entry === undefined) lock.unreserve(mode);
    else lock.remove(entry);
  }

  locks(): Lock[] {
    return [...this.needs.locks, ...(this.keys ?? []).map(({ lock }) => lock)];
  }
}

/** Whether an entry stands in the queue of its lock. */
export function isLinked(entry: Entry): boolean {
  return entry.previous !== null || entry.lock.first === entry;
}

function placeIn(lock: Lock, mode: Mode, request: Request): Entry {
  return { lock, mode, request, previous: null, next: null };
}

/** Where a request stands in a queue. */
export function places(request: Request): readonly Entry[] {
  return request.entries ?? [request];
}

/** Takes a request that gives up out of all queues. Those behind it may then be able to start. */
export function withdraw(request: Request): void {
  const locks = request.locks();
  request.leave();
  for (const lock of locks) if (lock.waiting !== 0) lock.advance();
}

/** A request of a task that holds something already. It is served before those of tasks that hold nothing. */
export abstract class LateRequest extends BaseRequest implements Request {
  readonly lock: Lock;
  readonly mode: Mode;
  readonly entries: readonly Entry[] | null;

  constructor(
    readonly owner: Owner,
    needed: ReadonlyMap<Lock, Mode>,
    since: number,
  ) {
    super(since);
    const entries = Array.from(needed, ([lock, mode]) => placeIn(lock, mode, this));
    const [first] = entries as [Entry];
    this.lock = first.lock;
    this.mode = first.mode;
    this.entries = entries.length === 1 ? null : entries;
  }

  get isForOne(): boolean {
    return this.entries === null;
  }

  /** Stands in the queues from now on. */
  join(): void {
    for (const entry of places(this)) entry.lock.appendLate(entry);
  }

  leave(): void {
    for (const entry of places(this)) entry.lock.removeLate(entry);
  }

  locks(): Lock[] {
    return places(this).map(({ lock }) => lock);
  }

  /** Whether it may be granted: only holders and earlier late requests of others count. */
  isGrantable(): boolean {
    const { owner } = this;
    for (const { lock, mode } of places(this)) {
      let against = heldByOthers(lock, owner);
      for (const earlier of lock.late ?? []) {
        if (earlier.request === this) break;
        if (standsAhead(earlier.request, owner)) against |= earlier.mode;
      }
      if ((EXCLUDED[against] as number) & mode) return false;
    }
    return true;
  }
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
