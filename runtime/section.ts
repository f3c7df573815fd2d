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
 * A section is entered and left once, whichever of the places that do it come first; the `finally` is for all paths
 * that do not come by any. The object is what one run has of its own: its guard is that of all runs of the handler.
 */
import type { Guard } from './guard.js';
import type { Turn } from './waiting-guard.js';

const CLOSED = 0;
const WAITING = 1;
const OPEN = 2;

export class Section {
  /** To be awaited after `enter` has said so. */
  declare turn: Promise<void> | undefined;
  /** How that stands; missing also if a limit forbids to wait. */
  declare wait: Turn | undefined;
  declare private state: typeof CLOSED | typeof WAITING | typeof OPEN;
  declare private readonly guard: Guard | undefined;

  /** @param guard missing while the module that makes it is still being evaluated: no handler runs yet */
  constructor(guard: Guard | undefined) {
    // Assigned, not declared: fields that a class declares take three times as long to make.
    this.turn = undefined;
    this.wait = undefined;
    this.state = CLOSED;
    this.guard = guard;
  }

  /** Opens the section if it is not open. Says whether `turn` must be awaited first, and at once. */
  enter(): boolean {
    const { guard } = this;
    if (guard === undefined || (this.state !== CLOSED && !this.isGivenUp())) return false;
    this.wait = undefined;
    this.turn = guard.enter(undefined, this);
    this.state = this.turn === undefined ? OPEN : WAITING;
    return this.state === WAITING;
  }

  /** Closes the section if it is open. */
  leave(): void {
    const { state } = this;
    if (state === CLOSED) return;
    this.state = CLOSED;
    if (state === OPEN || this.wait?.isHeld) this.guard?.leave(this);
  }

  /** Whether it is open, and enough of a class is held in it to access that. */
  mayAccess(className: string, isWrite: boolean): boolean {
    const isHeld = this.state === OPEN || (this.state === WAITING && this.wait?.isHeld === true);
    return isHeld && this.guard?.mayAccess(className, isWrite) === true;
  }

  /** Whether the wait has ended without what it was for. */
  private isGivenUp(): boolean {
    return this.state === WAITING && (this.wait === undefined || this.wait.isHeld === false);
  }
}

/** The section of one run of a handler, not entered yet. */
export function begin(guard: Guard | undefined): Section {
  return new Section(guard);
}

/** Whether a gate is closed: then `turn` must be awaited, and at once. */
export function mustWait(gate: Guard | undefined): boolean {
  return gate !== undefined && !gate.pass();
}

/** Settles when the gate is open for this run. */
export function turn(gate: Guard | undefined): undefined | Promise<void> {
  return gate?.enter();
}
