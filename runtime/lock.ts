/**
 * One lock: who holds it, as counts by mode, and who waits for it, in order of arrival.
 *
 * A request may need several locks. It is granted in one step, when every one of them admits it (see `FirstRequest`);
 * so a task never holds one lock while it waits for another, and first requests cannot deadlock. Holders are not
 * recorded one by one: the counts are enough to decide.
 *
 * The counts of a class's lock are kept only while it is *watched*: somebody waits for it, or holds it in
 * another way than by a run of a handler. Otherwise the running handlers say all there is to say (see
 * `Activity`), a call touches no lock, and the counts are worked out from them when the watch begins.
 *
 * Queues are linked lists through the requests themselves, so that entering, granting and giving up are
 * constant time and a waiting call needs no memory beside its own record.
 */
import type { Activity } from './activity.js';
import type { KeyClaim } from './keys.js';
import { ALL_MODES, EXCLUDED, EXCLUSIVE, type Mode, type ModeSet, SHARED, UPDATE } from './modes.js';
import type { Entry, FirstRequest, LateRequest, Owner } from './request.js';
import { isWaitedFor } from './waited-for.js';

/** What a lock knows of a handler whose runs hold it. */
export interface User extends Activity {
  /** How many runs hold it now. */
  running: number;
  /** How many of the locks that it needs are watched. */
  watched: number;
  /** Runs so far, and how many of them had to wait first. */
  readonly runs: number;
  readonly waits: number;
}

/** Where the counts of the queue, and those of the reservations, begin. */
const QUEUING = 4;
const RESERVING = 11;

/** Handlers hold keys too, but which ones is not known from the handler: see `KeyLocks`. */
const noUsers = new Map<User, Mode>();

export class Lock {
  /** The modes in which it is held. Right only while the lock is watched. */
  held: ModeSet = 0;
  /** The modes in which somebody waits and needs it: in its queue, late, or reserved. */
  waiting: ModeSet = 0;
  /** Those of the requests in its queue. */
  private queued: ModeSet = 0;
  /** Those of the requests that it admits and that wait for something else. */
  private reserved: ModeSet = 0;
  /**
   * How many hold it in each of the modes that can be held by several (those up to `SHARED`), how many stand in its
   * queue in each mode, and how many are reserved. One array: a key's lock is small, as there are many.
   */
  private readonly counts = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  first: Entry | null = null;
  last: Entry | null = null;
  /** Requests of tasks that hold something already. They are served first, or tasks could wait in a circle. */
  late: Entry[] | null = null;
  /** The task that holds a key in update mode: see `upgrade`. */
  updater: Owner | null = null;
  /** How many have given it up for a while and will take it again: see `standAside`. */
  asides = 0;
  /** An update holder has gone on to exclusive: see `upgrade`. */
  isUpgraded = false;
  /** How long, and how many, may wait. Those of a class hold for its keys. */
  readonly limits: { timeout: number; queueLimit: number };
  private claim: readonly [KeyClaim] | null = null;
  private watches = 0;
  /** The handlers whose runs hold this lock, each with the mode. */
  readonly users: Map<User, Mode>;

  constructor(
    readonly className: string,
    readonly key: unknown,
    /** The lock of the class that this is a key of, or null if it is the lock of a class. */
    readonly ofClass: Lock | null,
  ) {
    this.limits = ofClass?.limits ?? { timeout: 0, queueLimit: Number.POSITIVE_INFINITY };
    this.users = ofClass === null ? new Map() : noUsers;
  }

  /** How many wait. */
  get length(): number {
    let count = this.late?.length ?? 0;
    for (let i = QUEUING; i < this.counts.length; i++) count += this.counts[i] as number;
    return count;
  }

  /** Says that each run of `user` holds this lock in `mode`. */
  usedBy(user: User, mode: Mode): void {
    this.users.set(user, mode);
    if (this.watches > 0) user.watched++;
  }

  get isWatched(): boolean {
    return this.watches > 0;
  }

  /** Keeps counts from now on, until `unwatch` has been called as often. */
  watch(): void {
    if (this.watches++ > 0) return;
    for (const [user, mode] of this.users) {
      user.watched++;
      if (user.running === 0) continue;
      this.held |= mode;
      if (mode <= SHARED) (this.counts[indexOf(mode)] as number) += user.running;
    }
  }

  unwatch(): void {
    if (--this.watches > 0) return;
    this.held = 0;
    this.counts.fill(0, 0, QUEUING);
    for (const user of this.users.keys()) user.watched--;
  }

  /** True when a newcomer in this mode need not wait: neither for a holder nor behind an earlier waiter. */
  admits(mode: Mode): boolean {
    return ((EXCLUDED[this.held | this.waiting] as number) & mode) === 0;
  }

  /** Whether somebody holds it who keeps out a newcomer in this mode. */
  isHeldAgainst(mode: Mode): boolean {
    return ((EXCLUDED[this.held] as number) & mode) !== 0;
  }

  take(mode: Mode): void {
    if (mode <= SHARED) (this.counts[indexOf(mode)] as number)++;
    this.held |= mode;
  }

  /** Takes a hold back without looking for waiters; `advance` must follow. */
  drop(mode: Mode): void {
    if (mode <= SHARED) {
      const index = indexOf(mode);
      const left = (this.counts[index] as number) - 1;
      this.counts[index] = left;
      if (left > 0) return;
    } else if (mode === UPDATE && this.isUpgraded) {
      this.isUpgraded = false;
      this.held &= ~EXCLUSIVE;
      this.unwatch();
    }
    this.held &= ~mode;
  }

  /** What remains of `held` when one holder in `mode` is left out; 0 leaves out nobody. */
  without(held: ModeSet, mode: Mode): ModeSet {
    if (mode <= SHARED && mode > 0 && (this.counts[indexOf(mode)] as number) > 1) return held;
    return held & ~mode;
  }

  /** The claim of one call that needs this key only: kept, as most calls need one key and in the same mode. */
  soleClaim(mode: Mode): readonly KeyClaim[] {
    if (this.claim === null || this.claim[0].mode !== mode) this.claim = [{ lock: this, mode }];
    return this.claim;
  }

  /** How many hold this lock in `mode`. */
  holders(mode: Mode): number {
    return mode <= SHARED ? (this.counts[indexOf(mode)] as number) : this.held & mode ? 1 : 0;
  }

  /** Whether first requests wait that need it, or have a place reserved. */
  get hasLine(): boolean {
    return (this.queued | this.reserved) !== 0;
  }

  /** Whether some of them need more than this lock, so that they may be waiting for another one. */
  hasLineForMore(): boolean {
    if (this.reserved !== 0) return true;
    for (let entry = this.first; entry !== null; entry = entry.next) if (!entry.request.isForOne) return true;
    return false;
  }

  /** Whether it is held exclusively, and by one hold, and all who wait for it stand in its queue. */
  isOnlyQueuedFor(): boolean {
    return this.first !== null && this.held === EXCLUSIVE && this.late === null && this.reserved === 0;
  }

  append(entry: Entry): void {
    this.startQueuing(entry.mode);
    entry.previous = this.last;
    if (this.last === null) this.first = entry;
    else this.last.next = entry;
    this.last = entry;
  }

  /** Puts an entry before all others. */
  prepend(entry: Entry): void {
    this.startQueuing(entry.mode);
    entry.next = this.first;
    if (this.first === null) this.last = entry;
    else this.first.previous = entry;
    this.first = entry;
  }

  /** Puts `substitute` in the place of the last entry. */
  replace(entry: Entry, substitute: Entry): void {
    this.append(substitute);
    this.remove(entry);
  }

  /** One call more waits in the last entry. */
  join(entry: Entry): void {
    (this.counts[QUEUING + indexOf(entry.mode)] as number)++;
  }

  /** Takes an entry out in which `size` calls wait. */
  remove(entry: Entry, size = 1): void {
    const { previous, next } = entry;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.last = previous;
    else next.previous = previous;
    entry.previous = null;
    entry.next = null;
    if (countDown(this.counts, QUEUING + indexOf(entry.mode), size)) return;
    this.queued &= ~entry.mode;
    this.settleWaiting();
  }

  private startQueuing(mode: Mode): void {
    (this.counts[QUEUING + indexOf(mode)] as number)++;
    this.queued |= mode;
    this.isWaitedFor(mode);
  }

  /** Keeps a place free for a request that it admits and that waits for something else. */
  reserve(mode: Mode): void {
    (this.counts[RESERVING + indexOf(mode)] as number)++;
    this.reserved |= mode;
    this.isWaitedFor(mode);
  }

  unreserve(mode: Mode): void {
    if (countDown(this.counts, RESERVING + indexOf(mode), 1)) return;
    this.reserved &= ~mode;
    this.settleWaiting();
  }

  /** How many are reserved in `mode`. */
  reservations(mode: Mode): number {
    return this.counts[RESERVING + indexOf(mode)] as number;
  }

  /** Whether a task that holds something already has come before a reservation in `mode`, or is going to. */
  isTakenLateAgainst(mode: Mode): boolean {
    return ((EXCLUDED[this.held | this.lateModes()] as number) & mode) !== 0;
  }

  appendLate(entry: Entry): void {
    if (this.late === null) this.late = [entry];
    else this.late.push(entry);
    this.isWaitedFor(entry.mode);
  }

  removeLate(entry: Entry): void {
    const late = (this.late as Entry[]).filter(other => other !== entry);
    this.late = late.length === 0 ? null : late;
    this.settleWaiting();
  }

  private lateModes(): ModeSet {
    let modes: ModeSet = 0;
    if (this.late !== null) for (const { mode } of this.late) modes |= mode;
    return modes;
  }

  private isWaitedFor(mode: Mode): void {
    if (this.waiting === 0) {
      this.watch();
      isWaitedFor(this);
    }
    this.waiting |= mode;
  }

  /** Somebody waits no longer. */
  private settleWaiting(): void {
    this.waiting = this.queued | this.reserved | this.lateModes();
    if (this.waiting === 0) this.unwatch();
  }

  /**
   * Grants what has become possible. `before` is what was held before the change that made it so; all modes
   * if the change was another one.
   *
   * The queue is walked from its head. Whoever cannot start yet holds up those behind it that conflict with
   * it. The walk ends as soon as no mode that is queued can have become possible: only modes that `before`
   * excluded can. Without this bound, a long queue would be walked at every release.
   */
  advance(before: ModeSet = ALL_MODES): void {
    if (this.late !== null) {
      for (const { request } of this.late) if ((request as LateRequest).isGrantable()) request.grant();
    }
    let ahead = this.lateModes();
    const excludedBefore = EXCLUDED[before] as number;
    let entry = this.first;
    while (entry !== null) {
      const excluded = EXCLUDED[this.held | this.reserved | ahead] as number;
      if ((this.queued & excludedBefore & ~excluded) === 0) return;
      const { next }: Entry = entry;
      if ((entry.mode & excluded) === 0) (entry.request as FirstRequest).arrive(entry);
      else ahead |= entry.mode;
      entry = next;
    }
  }
}

/** Counts some less; says whether any is left. */
function countDown(counts: number[], index: number, size: number): boolean {
  const left = (counts[index] as number) - size;
  counts[index] = left;
  return left > 0;
}

/** The position of a mode's bit. */
function indexOf(mode: Mode): number {
  return 31 - Math.clz32(mode);
}
