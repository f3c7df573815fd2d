/**
 * One lock: who holds it, as counts by mode, and who waits for it, in order of arrival.
 *
 * A request may need several locks. It is granted in one step, when every one of them admits it, and stands
 * in the queue of each until then; so a task never holds one lock while it waits for another, and first
 * requests cannot deadlock. Holders are not recorded one by one: the counts are enough to decide, and a
 * record per holder would cost more than the rest of an uncontended call.
 *
 * Queues are linked lists through the requests themselves, so that entering, granting and giving up are
 * constant time and a waiting call needs no memory beside its own record.
 */
import {
  ALL_MODES,
  EXCLUDED,
  EXCLUSIVE,
  type Mode,
  type ModeSet,
  SHARED,
  strongest,
  UPDATE,
} from './modes.js';

/** How strongly a task holds which locks; asked only by late requests. */
export interface Owner {
  modeOn(lock: Lock): Mode;
  hold(lock: Lock, mode: Mode): void;
}

/** A request's place in the queue of one lock. */
export class Entry {
  previous: Entry | null = null;
  next: Entry | null = null;
  constructor(
    public lock: Lock,
    public mode: Mode,
  ) {}

  get request(): Request {
    return this as unknown as Request;
  }
}

/** The place of a request for several locks, which has one such entry in each queue. */
class SharedEntry extends Entry {
  constructor(
    lock: Lock,
    mode: Mode,
    private readonly of: Request,
  ) {
    super(lock, mode);
  }

  override get request(): Request {
    return this.of;
  }
}

/**
 * Somebody who waits, for at least one lock. The request is itself its entry if it waits for one only, which is
 * by far the most frequent case and saves a second object for each waiting call.
 */
export abstract class Request extends Entry {
  /** The entries of a request for several locks. */
  readonly entries: readonly Entry[] | null;

  constructor(locks: readonly Lock[], modes: readonly Mode[]) {
    super(locks[0] as Lock, modes[0] as Mode);
    this.entries =
      locks.length === 1
        ? null
        : locks.map((lock, index) => new SharedEntry(lock, modes[index] as Mode, this));
  }

  /** The task that makes this request while it holds something; null for the first request of a task. */
  get owner(): Owner | null {
    return null;
  }

  /** Everything was taken for this request, which is in no queue any more. Must not run foreign code. */
  abstract granted(): void;
}

const MODE_COUNT = 7;

export class Lock {
  /** The modes in which it is held. */
  held: ModeSet = 0;
  /** The modes in which somebody waits for it, late requests included. */
  waiting: ModeSet = 0;
  /** How many hold it in each of the modes that can be held by several: those up to `SHARED`. */
  readonly sharers = [0, 0, 0, 0];
  private waiters: number[] | null = null;
  first: Entry | null = null;
  last: Entry | null = null;
  /** Requests of tasks that hold something already. They are served first: see `Request.owner`. */
  late: Entry[] | null = null;

  constructor(
    readonly className: string,
    readonly key: unknown,
  ) {}

  /** True when a newcomer in this mode need not wait: neither for a holder nor behind an earlier waiter. */
  admits(mode: Mode): boolean {
    return ((EXCLUDED[this.held | this.waiting] as number) & mode) === 0;
  }

  take(mode: Mode): void {
    if (mode <= SHARED) (this.sharers[indexOf(mode)] as number)++;
    this.held |= mode;
  }

  /** Takes a hold back without looking for waiters; `advance` must follow. */
  drop(mode: Mode): void {
    if (mode <= SHARED) {
      const index = indexOf(mode);
      const left = (this.sharers[index] as number) - 1;
      this.sharers[index] = left;
      if (left > 0) return;
      this.held &= ~mode;
      // An update holder may have gone on to exclusive. It is the only one, so the bit that is set is its own.
    } else this.held &= mode === UPDATE ? ~(UPDATE | EXCLUSIVE) : ~mode;
  }

  /** The modes in which others than the holder of `own` hold this lock. */
  heldByOthers(own: Mode): ModeSet {
    if (own === 0) return this.held;
    if (own <= SHARED && (this.sharers[indexOf(own)] as number) > 1) return this.held;
    return this.held & ~own;
  }

  /** How many hold this lock in `mode`. */
  holders(mode: Mode): number {
    return mode <= SHARED ? (this.sharers[indexOf(mode)] as number) : this.held & mode ? 1 : 0;
  }

  append(entry: Entry): void {
    this.count(entry.mode, 1);
    if (entry.request.owner !== null) {
      if (this.late === null) this.late = [entry];
      else this.late.push(entry);
      return;
    }
    entry.previous = this.last;
    if (this.last === null) this.first = entry;
    else this.last.next = entry;
    this.last = entry;
  }

  remove(entry: Entry): void {
    this.count(entry.mode, -1);
    if (entry.request.owner !== null) {
      const late = (this.late as Entry[]).filter(other => other !== entry);
      this.late = late.length === 0 ? null : late;
      return;
    }
    if (entry.previous === null) this.first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === null) this.last = entry.previous;
    else entry.next.previous = entry.previous;
    entry.previous = null;
    entry.next = null;
  }

  private count(mode: Mode, by: 1 | -1): void {
    this.waiters ??= new Array<number>(MODE_COUNT).fill(0);
    const index = indexOf(mode);
    const left = (this.waiters[index] as number) + by;
    this.waiters[index] = left;
    if (left === 0) this.waiting &= ~mode;
    else this.waiting |= mode;
  }

  /**
   * Grants what has become possible. `before` is what was held before the change that made it so.
   *
   * The queue is walked from its head. Whoever cannot start yet holds up those behind it that conflict with
   * it. The walk ends as soon as no mode that is waiting can have become possible: only modes that `before`
   * excluded can, as whoever waited for another reason waits for another lock, and is seen when that changes.
   * Without this bound, a long queue of requests that all wait elsewhere would be walked at every release.
   */
  advance(before: ModeSet): void {
    let ahead: ModeSet = 0;
    if (this.late !== null) {
      for (const entry of this.late) if (isLateGrantable(entry.request)) grant(entry.request);
      if (this.late !== null) for (const entry of this.late) ahead |= entry.mode;
    }
    const excludedBefore = EXCLUDED[before] as number;
    let entry = this.first;
    while (entry !== null) {
      const excluded = EXCLUDED[this.held | ahead] as number;
      if ((this.waiting & excludedBefore & ~excluded) === 0) return;
      const next: Entry | null = entry.next;
      if ((entry.mode & excluded) === 0 && isAdmittedElsewhere(entry)) grant(entry.request);
      else ahead |= entry.mode;
      entry = next;
    }
  }
}

function indexOf(mode: Mode): number {
  return 31 - Math.clz32(mode);
}

/** Puts a request into the queues of all its locks. */
export function enqueue(request: Request): void {
  for (const entry of places(request)) entry.lock.append(entry);
}

/** Where a request stands: one entry for each lock it needs. */
export function places(request: Request): readonly Entry[] {
  return request.entries ?? [request];
}

/** Takes a request out of all queues, as one that gives up. Those behind it may then be able to start. */
export function withdraw(request: Request): void {
  const entries = places(request);
  for (const entry of entries) entry.lock.remove(entry);
  for (const entry of entries) entry.lock.advance(ALL_MODES);
}

/** Whether a late request may be granted: only holders and earlier late requests of other tasks count. */
export function isLateGrantable(request: Request): boolean {
  const owner = request.owner as Owner;
  for (const entry of places(request)) {
    const { lock, mode } = entry;
    let against = lock.heldByOthers(owner.modeOn(lock));
    for (const earlier of lock.late ?? []) {
      if (earlier.request === request) break;
      if (earlier.request.owner !== owner) against |= earlier.mode;
    }
    if ((EXCLUDED[against] as number) & mode) return false;
  }
  return true;
}

/** Adds what a late request asked for to what its task holds. */
export function takeLate(owner: Owner, lock: Lock, mode: Mode): void {
  const own = owner.modeOn(lock);
  const joined = strongest(own, mode);
  if (own !== 0) lock.drop(own);
  lock.take(joined);
  owner.hold(lock, joined);
}

function isAdmittedElsewhere(here: Entry): boolean {
  const { entries } = here.request;
  if (entries === null) return true;
  for (const entry of entries) if (entry !== here && !isAdmitted(entry)) return false;
  return true;
}

/** Whether a queued entry conflicts neither with a holder nor with one that stands before it. */
function isAdmitted(entry: Entry): boolean {
  const { lock, mode } = entry;
  if ((EXCLUDED[lock.held] as number) & mode) return false;
  for (const late of lock.late ?? []) if ((EXCLUDED[late.mode] as number) & mode) return false;
  for (let earlier = lock.first; earlier !== entry && earlier !== null; earlier = earlier.next) {
    if ((EXCLUDED[earlier.mode] as number) & mode) return false;
  }
  return true;
}

function grant(request: Request): void {
  const { entries, owner } = request;
  if (owner === null && entries === null) {
    request.lock.remove(request);
    request.lock.take(request.mode);
  } else {
    for (const entry of places(request)) {
      entry.lock.remove(entry);
      if (owner === null) entry.lock.take(entry.mode);
      else takeLate(owner, entry.lock, entry.mode);
    }
  }
  request.granted();
}
