/**
 * Sections in the body of a handler: what the compiler emits where it can prove where they begin and end.
 *
 *     const _section = _begin(_buy);
 *     if (_section.enter()) await _section.turn;
 *     try {
 *       ...
 *       _section.leave();
 *       ...
 *     } finally {
 *       _section.leave();
 *     }
 *
 * One that reads first and writes later lets readers pass until `if (_section.write()) await _section.turn;`, which
 * stands before its first write.
 *
 * One that needs some of its classes late only takes them in later steps, each by `if (_section.grow(1)) await _section.turn;`, which stands
 * before the first access of what the step takes.
 *
 * One whose function was called in the middle of a task, by code outside, belongs to that (see `nested-section.ts`).
 * One that has to wait for another task gives up what it holds meanwhile: `await _section.aside(reply)`.
 *
 * A section is entered and left once, whichever of the places that do it come first; the `finally` is for all paths
 * that do not come by any. The object is what one run has of its own: its guard is that of all runs of the handler.
 */
import { heard, runNumbers } from './channels.js';
import type { GrowingGuard, Guard } from './guard.js';
import type { Keys } from './keys.js';
import { TakenStep } from './later-step.js';
import { taskAround } from './nested-section.js';
import { runReadySoon } from './ready.js';
import { asideOf } from './stand-aside.js';
import type { Task } from './task.js';
import { follow, isThenable } from './thenable.js';
import type { Turn } from './waiting-guard.js';

const CLOSED = 0;
const WAITING = 1;
const OPEN = 2;
/** Open, and the classes that were held in update mode are held exclusively. */
const WRITING = 3;

export class Section {
  /** To be awaited after `enter` has said so. */
  declare turn: Promise<void> | undefined;
  /** How that stands; missing also if a limit forbids to wait. */
  declare wait: Turn | undefined;
  declare private state: typeof CLOSED | typeof WAITING | typeof OPEN | typeof WRITING;
  declare protected readonly guard: Guard | undefined;

  /** @param guard missing while the module that makes it is still being evaluated: no handler runs yet */
  constructor(guard: Guard | undefined) {
    // Assigned, not declared: fields that a class declares take three times as long to make.
    this.turn = undefined;
    this.wait = undefined;
    this.state = CLOSED;
    this.guard = guard;
  }

  /**
   * Opens the section if it is not open. Says whether `turn` must be awaited first, and at once.
   * @param values what the keys are found by, if it holds any
   */
  enter(...values: unknown[]): boolean;
  enter(): boolean {
    const { guard } = this;
    if (guard === undefined || this.isEntered()) return false;
    this.wait = undefined;
    return this.isToWait(guard.enter(undefined, this));
  }

  protected isEntered(): boolean {
    return this.state !== CLOSED && !this.isGivenUp();
  }

  /** @param turn nothing if it is open already */
  protected isToWait(turn: Promise<void> | undefined): boolean {
    this.turn = turn;
    this.state = turn === undefined ? OPEN : WAITING;
    return turn !== undefined;
  }

  /** Goes on from reading to writing, once. Says whether `turn` must be awaited first, and at once. */
  write(): boolean {
    const { guard } = this;
    if (guard === undefined || !this.isReading()) return false;
    this.state = WRITING;
    this.turn = guard.upgrade();
    return this.turn !== undefined;
  }

  /**
   * Takes what is taken in a later step, once. Says whether `turn` must be awaited first, and at once.
   * @param _step counted from 1
   */
  grow(_step: number): boolean {
    return false;
  }

  /**
   * Gives up what is held until `promise` has settled, which another task has to see to, and takes it again. To be awaited, at
   * once: it settles as `promise` does. What was read before may have changed by then.
   */
  aside<P>(promise: P): P {
    const isWriting = this.state === WRITING;
    if ((!isWriting && !this.isReading()) || !isThenable(promise)) return promise;
    this.leave();
    this.keep();
    return follow(
      promise,
      value => this.comeBack(isWriting).then(() => value),
      error =>
        this.comeBack(isWriting).then(() => {
          throw error;
        }),
    ) as P;
  }

  private async comeBack(isWriting: boolean): Promise<void> {
    if (this.enterAgain()) await this.turn;
    if (isWriting && this.write()) await this.turn;
  }

  /** Sees to it that `enterAgain` takes the same locks. */
  protected keep(): void {}

  /** As `enter`, with the keys that it had. */
  protected enterAgain(): boolean {
    return this.enter();
  }

  /** Closes the section if it is open. */
  leave(): void {
    const { state } = this;
    if (state === CLOSED) return;
    this.state = CLOSED;
    if (this.guard !== undefined && (state !== WAITING || this.wait?.isHeld)) this.giveBack(this.guard);
  }

  protected giveBack(guard: Guard): void {
    guard.leave(this);
  }

  /** Whether it is open, and enough of a class is held in it to access that. */
  mayAccess(className: string, isWrite: boolean): boolean {
    const isHeld = this.state === WRITING || this.isReading();
    return isHeld && this.guard?.mayAccess(className, isWrite) === true;
  }

  /** Whether it is open, and has not gone on to writing. */
  protected isReading(): boolean {
    return this.state === OPEN || (this.state === WAITING && this.wait?.isHeld === true);
  }

  /** Whether the wait has ended without what it was for. */
  private isGivenUp(): boolean {
    return this.state === WAITING && (this.wait === undefined || this.wait.isHeld === false);
  }
}

/**
 * A section that holds single keys of some classes. What its guard finds them by is handed to `enter`:
 *
 *     if (_section.enter(userId)) await _section.turn;
 */
class KeyedSection extends Section {
  declare protected keys: Keys | null;

  constructor(guard: Guard) {
    super(guard);
    this.keys = null;
  }

  override enter(...values: unknown[]): boolean {
    const { guard } = this;
    if (guard === undefined || this.isEntered()) return false;
    this.wait = undefined;
    this.keys = guard.keysFrom(values);
    return this.isToWait(guard.enterKeys(this.keys, this));
  }

  protected override keep(): void {
    for (const { lock } of this.keys ?? []) lock.asides++;
  }

  protected override enterAgain(): boolean {
    const { guard, keys } = this;
    for (const { lock } of keys ?? []) lock.asides--;
    this.wait = undefined;
    return guard !== undefined && this.isToWait(guard.enterKeys(keys, this));
  }

  protected override giveBack(guard: Guard): void {
    guard.leave(this, this.keys);
  }
}

/**
 * A section that takes some of its classes in later steps. It takes everything at its beginning if others would be passed by
 * for ever else (see `later-step.ts`), and when it comes back from standing aside.
 */
class GrowingSection extends KeyedSection {
  declare readonly guard: GrowingGuard;
  /** By what is held from the beginning: the guard itself if that is everything. */
  declare private entered: Guard;
  declare private values: readonly unknown[];
  /** The steps that have been taken. */
  declare private readonly steps: TakenStep[];

  constructor(guard: GrowingGuard) {
    super(guard);
    this.entered = guard;
    this.values = [];
    this.steps = [];
  }

  override enter(...values: unknown[]): boolean {
    if (this.isEntered()) return false;
    this.values = values;
    return this.enterBy(this.guard.atBeginning());
  }

  private enterBy(guard: Guard): boolean {
    this.wait = undefined;
    this.entered = guard;
    this.keys = guard.keysFrom(this.values);
    return this.isToWait(guard.enterKeys(this.keys, this));
  }

  override grow(step: number): boolean {
    const later = this.guard.later[step - 1];
    if (this.entered === this.guard || !this.isReading() || later === undefined) return false;
    if (this.steps.some(({ of }) => of === later)) return false;
    const taken = new TakenStep(later, this.values);
    this.steps.push(taken);
    this.turn = later.take(taken, heard.runs ? runNumbers.get(this.wait ?? this) : undefined);
    return this.turn !== undefined;
  }

  protected override keep(): void {}

  protected override enterAgain(): boolean {
    return this.enterBy(this.guard);
  }

  override mayAccess(className: string, isWrite: boolean): boolean {
    if (!this.isReading()) return false;
    if (this.entered.mayAccess(className, isWrite)) return true;
    return this.steps.some(step => step.isHeld && step.of.mayAccess(className, isWrite));
  }

  /** All is given back before anybody gets some of it: who listens is told of the release first. */
  protected override giveBack(): void {
    const steps = this.steps.splice(0).filter(step => step.isHeld);
    for (const { of, keys } of steps) of.drop(keys);
    super.giveBack(this.entered);
    for (const { of, keys } of steps) of.advance(keys);
    if (steps.length > 0) runReadySoon();
  }
}

/** A section inside of a task, as long as that is open when it is entered. */
class NestedSection extends KeyedSection {
  declare private readonly task: Task;
  declare private isInside: boolean;

  constructor(guard: Guard, task: Task) {
    super(guard);
    this.task = task;
    this.isInside = false;
  }

  override enter(...values: unknown[]): boolean {
    const { guard, task } = this;
    if (guard === undefined || this.isEntered()) return false;
    this.isInside = task.isOpen && !task.isAside;
    if (!this.isInside) return super.enter(...values);
    this.wait = undefined;
    const keys = guard.keysFrom(values);
    if (guard.takeInside(task, keys)) {
      task.begin();
      return this.isToWait(undefined);
    }
    const late = guard.waitInside(task, keys);
    this.wait = late;
    return this.isToWait(late.promise);
  }

  /** What is held is the task's: it is given up if that does nothing else meanwhile. */
  override aside<P>(promise: P): P {
    if (!this.isInside) return super.aside(promise);
    return this.isReading() && this.task.waitsFor(1) ? asideOf(this.task, promise) : promise;
  }

  override write(): boolean {
    // It may write from the start.
    return !this.isInside && super.write();
  }

  override mayAccess(className: string, isWrite: boolean): boolean {
    if (!this.isInside) return super.mayAccess(className, isWrite);
    return this.isReading() && this.task.mayAccess(className, isWrite);
  }

  protected override giveBack(guard: Guard): void {
    if (this.isInside) this.task.settleInSegment();
    else super.giveBack(guard);
  }
}

/** The section of one run of a handler, not entered yet. */
export function begin(guard: Guard | undefined): Section {
  if (guard === undefined) return new Section(guard);
  const task = taskAround();
  if (task !== null) return new NestedSection(guard, task);
  if (!guard.isKeyed) return new Section(guard);
  return guard.isGrowing ? new GrowingSection(guard as GrowingGuard) : new KeyedSection(guard);
}

/** Whether a gate is closed: then `turn` must be awaited, and at once. `values` are what its keys are found by. */
export function mustWait(gate: Guard | undefined, ...values: unknown[]): boolean {
  if (gate === undefined) return false;
  const task = taskAround();
  if (task !== null) return !gate.takeInside(task, gate.keysFrom(values));
  return !(gate.isKeyed ? gate.passKeys(gate.keysFrom(values)) : gate.pass());
}

/** Settles when the gate is open for this run. */
export function turn(gate: Guard | undefined, ...values: unknown[]): undefined | Promise<void> {
  if (gate === undefined) return undefined;
  const task = taskAround();
  if (task !== null) return gate.waitInside(task, gate.keysFrom(values)).promise;
  return gate.isKeyed ? gate.enterKeys(gate.keysFrom(values)) : gate.enter();
}
