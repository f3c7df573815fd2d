/**
 * Where in the source something is edited: whatever has no such place inside is as its author wrote it, and need not be
 * looked at.
 */
import type { Node } from '@babel/types';
import type { Edit } from '../plan/edit.js';

export class EditedPlaces {
  /** Offsets, in order. */
  readonly #starts: readonly number[];

  private constructor(starts: number[]) {
    this.#starts = starts.sort((a, b) => a - b);
  }

  /** The nodes that the edits are about. */
  static targets(edits: readonly Edit[]): EditedPlaces {
    return new EditedPlaces(edits.map(({ start }) => start));
  }

  /**
   * All that is no longer as it was when the edits have been applied.
   * @param elsewhere offsets of what was changed away from the places of the edits
   */
  static changes(edits: readonly Edit[], elsewhere: readonly number[]): EditedPlaces {
    return new EditedPlaces([...edits.flatMap(startsOf), ...elsewhere]);
  }

  /** Whether something is edited in a node of the author's; of a node that has no place in the source, it may be. */
  isIn({ start, end }: Pick<Node, 'start' | 'end'>): boolean {
    return start == null || end == null || this.#hasBetween(start, end);
  }

  /** Whether there is an offset in `[from, to)`. */
  #hasBetween(from: number, to: number): boolean {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) < from) low = middle + 1;
      else high = middle;
    }
    return low < starts.length && (starts[low] as number) < to;
  }
}

function startsOf(edit: Edit): number[] {
  if (edit.kind !== 'place-section') return [edit.start];
  const inside = [...edit.enters, ...edit.leaves, ...edit.settling, ...(edit.grows ?? []).flat()];
  return [edit.start, ...inside.map(({ start }) => start)];
}
