/**
 * One lock: who holds it, as counts by mode, and who waits for it, in order of arrival.
 *
 * A request may need several locks. It is granted in one step, when every one of them admits it, and stands
 * in the queue of each until then; so a task never holds one lock while it waits for another, and first
 * requests cannot deadlock. Holders are not recorded one by one: the counts are enough to decide.
 *
 * The counts of a class's lock are kept only while it is *watched*: somebody waits for it, or holds it in
 * another way than by a run of a handler. Otherwise the running handlers say all there is to say (see
 * `Activity`), a call touches no lock, and the counts are worked out from them when the watch begins.
 *
 * Queues are linked lists through the requests themselves, so that entering, granting and giving up are
 * constant time and a waiting call needs no memory beside its own record.
 */
import type { Activity } from './activity.js';
import { ALL_MODES, EXCLUDED, EXCLUSIVE, type Mode, type ModeSet, SHARED, UPDATE } from './modes.js';
import { type Entry, isAdmittedElsewhere, isLateGrantable, type Owner, type Request } from './request.js';
import { isNotWaitedFor, isWaitedFor } from './waited-for.js';

/** What a lock knows of a handler whose runs hold it. */
export interface User extends Activity {
  /** How many runs hold it now. */
  running: number;
  /** How many of the locks that it needs are watched. */
  watched: number;
}

export class Lock {
  /** The modes in which it is held. Right only while the lock is watched. */
  held: ModeSet = 0;
  /** The modes in which somebody waits for it, late requests included. */
  waiting: ModeSet = 0;
  /** How many hold it in each of the modes that can be held by several: those up to `SHARED`. */
  private readonly sharers = [0, 0, 0, 0];
  /** How many wait in each mode. */
  private readonly waiters = [0, 0, 0, 0, 0, 0, 0];
  first: Entry | null = null;
  last: Entry | null = null;
  /** Requests of tasks that hold something already. They are served first, or tasks could wait in a circle. */
  late: Entry[] | null = null;
  /** The task that holds a key in update mode: see `upgrade`. */
  updater: Owner | null = null;
  /** An update holder has gone on to exclusive: see `upgrade`. */
  isUpgraded = false;
  /** How long, and how many, may wait. Those of a class hold for its keys. */
  readonly limits: { timeout: number; queueLimit: number };
  private watches = 0;
  /** The handlers whose runs hold this lock, each with the mode. */
  readonly users = new Map<User, Mode>();

  constructor(
    readonly className: string,
    readonly key: unknown,
    /** The lock of the class that this is a key of, or null if it is the lock of a class. */
    readonly ofClass: Lock | null,
  ) {
    this.limits = ofClass?.limits ?? { timeout: 0, queueLimit: Number.POSITIVE_INFINITY };
  }

  /** How many wait. */
  get length(): number {
    return this.waiters.reduce((sum, count) => sum + count, 0);
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
      if (mode <= SHARED) (this.sharers[indexOf(mode)] as number) += user.running;
    }
  }

  unwatch(): void {
    if (--this.watches > 0) return;
    this.held = 0;
    this.sharers.fill(0);
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
    } else if (this.isUpgraded && mode === UPDATE) {
      this.isUpgraded = false;
      this.held &= ~EXCLUSIVE;
      this.unwatch();
    }
    this.held &= ~mode;
  }

  /** What remains of `held` when one holder in `mode` is left out; 0 leaves out nobody. */
  without(held: ModeSet, mode: Mode): ModeSet {
    if (mode <= SHARED && mode > 0 && (this.sharers[indexOf(mode)] as number) > 1) return held;
    return held & ~mode;
  }

  /** How many hold this lock in `mode`. */
  holders(mode: Mode): number {
    return mode <= SHARED ? (this.sharers[indexOf(mode)] as number) : this.held & mode ? 1 : 0;
  }

  append(entry: Entry): void {
    this.startWaiting(entry.mode);
    entry.previous = this.last;
    if (this.last === null) this.first = entry;
    else this.last.next = entry;
    this.last = entry;
  }

  remove(entry: Entry): void {
    const { previous, next } = entry;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.last = previous;
    else next.previous = previous;
    entry.previous = null;
    entry.next = null;
    this.stopWaiting(entry.mode);
  }

  appendLate(entry: Entry): void {
    this.startWaiting(entry.mode);
    if (this.late === null) this.late = [entry];
    else this.late.push(entry);
  }

  removeLate(entry: Entry): void {
    const late = (this.late as Entry[]).filter(other => other !== entry);
    this.late = late.length === 0 ? null : late;
    this.stopWaiting(entry.mode);
  }

  private startWaiting(mode: Mode): void {
    if (this.waiting === 0) {
      this.watch();
      isWaitedFor(this);
    }
    const index = indexOf(mode);
    (this.waiters[index] as number)++;
    this.waiting |= mode;
  }

  private stopWaiting(mode: Mode): void {
    const index = indexOf(mode);
    const left = (this.waiters[index] as number) - 1;
    this.waiters[index] = left;
    if (left > 0) return;
    this.waiting &= ~mode;
    if (this.waiting > 0) return;
    this.unwatch();
    isNotWaitedFor(this);
  }

  /**
   * Grants what has become possible. `before` is what was held before the change that made it so; all modes
   * if the change was another one.
   *
   * The queue is walked from its head. Whoever cannot start yet holds up those behind it that conflict with
   * it. The walk ends as soon as no mode that is waiting can have become possible: only modes that `before`
   * excluded can, as whoever waited for another reason waits for another lock, and is seen when that changes.
   * Without this bound, a long queue of requests that all wait elsewhere would be walked at every release.
   */
  advance(before: ModeSet = ALL_MODES): void {
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
      const { next }: Entry = entry;
      if ((entry.mode & excluded) === 0 && isAdmittedElsewhere(entry)) grant(entry.request);
      else ahead |= entry.mode;
      entry = next;
    }
  }
}

function grant(request: Request): void {
  request.kind.grant(request);
}

/** The position of a mode's bit. */
function indexOf(mode: Mode): number {
  return 31 - Math.clz32(mode);
}
