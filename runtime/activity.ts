/**
 * Which handlers run at the moment, as bits, and whether one more may start beside them.
 *
 * The conflict relation between handlers follows from their needs and never changes, so it is worked out when a
 * handler is scheduled. A call then asks one question of one or two integers, whatever the number of classes
 * and modes: is a handler running that conflicts with mine? Taking and giving back set and clear one bit.
 * Locks come into play only where somebody waits, see `Lock`.
 */

const BITS = 32;

/** One bit for each handler that runs, in words of 32. */
const running: number[] = [];

let count = 0;

/** One handler's bit, and the bits of all that it conflicts with. A base class, so that a call reads one object. */
export class Activity {
  private readonly word: number;
  private readonly bit: number;
  /** The first word that holds conflicting handlers. In most programs there is no other. */
  private conflictWord = 0;
  private conflicts = 0;
  private further: { word: number; conflicts: number }[] | null = null;

  constructor() {
    this.word = Math.floor(count / BITS);
    this.bit = 1 << (count % BITS);
    if (count % BITS === 0) running.push(0);
    count++;
  }

  /** Declares that runs of the two may not overlap. Symmetric; `other` may be the handler itself. */
  conflictWith(other: Activity): void {
    this.exclude(other);
    other.exclude(this);
  }

  private exclude(other: Activity): void {
    if (this.conflicts === 0) this.conflictWord = other.word;
    if (this.conflictWord === other.word) {
      this.conflicts |= other.bit;
      return;
    }
    this.further ??= [];
    const known = this.further.find(({ word }) => word === other.word);
    if (known === undefined) this.further.push({ word: other.word, conflicts: other.bit });
    else known.conflicts |= other.bit;
  }

  /** Whether no conflicting handler runs. */
  protected isAlone(): boolean {
    if (((running[this.conflictWord] as number) & this.conflicts) !== 0) return false;
    return this.further === null || this.isFurtherAlone(this.further);
  }

  private isFurtherAlone(further: { word: number; conflicts: number }[]): boolean {
    for (const { word, conflicts } of further) {
      if (((running[word] as number) & conflicts) !== 0) return false;
    }
    return true;
  }

  /** The first run of the handler has started. */
  protected markRunning(): void {
    (running[this.word] as number) |= this.bit;
  }

  /** The last run of the handler has ended. */
  protected markIdle(): void {
    (running[this.word] as number) &= ~this.bit;
  }
}
