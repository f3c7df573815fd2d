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

export class Section {
  private isOpen = false;
  /** To be awaited after `enter` has said so. */
  turn: Promise<void> | undefined = undefined;

  /** @param guard missing while the module that makes it is still being evaluated: no handler runs yet */
  constructor(private readonly guard: Guard | undefined) {}

  /** Opens the section if it is not open. Says whether `turn` must be awaited first, and at once. */
  enter(): boolean {
    const { guard } = this;
    if (this.isOpen || guard === undefined) return false;
    const waiting = guard.enter();
    this.isOpen = true;
    if (waiting === undefined) return false;
    this.turn = waiting.catch(error => {
      // Nothing is held: the wait was given up.
      this.isOpen = false;
      throw error;
    });
    return true;
  }

  /** Closes the section if it is open. */
  leave(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.guard?.leave();
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
