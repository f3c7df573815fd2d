/**
 * The storage that audited code accesses, by identity: a property of one object, a key of one map, a variable of one
 * activation. What the analysis knows by where it is made is known here by what it is.
 *
 * Objects are locked, so to speak, as multi-granularity locking does it: who accesses a single key meets those who access
 * the same key at the key, and those who access the whole object (iterate over it, clear it) at the object.
 */
import { type AuditTask, type Precedence, precede, type Touch } from './task.js';

/** The whole of an object or container, in the place of a key. */
export const WHOLE = Symbol('whole');

/** Single keys are read or written; the whole is. */
const KEY_READ = 0;
const KEY_WRITTEN = 1;
const READ = 2;
const WRITTEN = 3;
type Kind = 0 | 1 | 2 | 3;
const KINDS: readonly Kind[] = [KEY_READ, KEY_WRITTEN, READ, WRITTEN];

const CONFLICTS: Readonly<Record<Kind, readonly Kind[]>> = {
  [KEY_READ]: [WRITTEN],
  [KEY_WRITTEN]: [READ, WRITTEN],
  [READ]: [KEY_WRITTEN, WRITTEN],
  [WRITTEN]: KINDS,
};

/** Who has accessed a piece of storage, as far as it matters to those who come later. */
class Cell {
  private readonly touches: (Map<AuditTask, Touch> | undefined)[] = [];

  /** @returns the precedences of a circle that the access closes */
  touch(kind: Kind, touch: Touch): Precedence[] | null {
    let circle: Precedence[] | null = null;
    for (const other of CONFLICTS[kind]) {
      for (const [task, earlier] of this.touches[other] ?? []) {
        if (task.isGone) this.touches[other]?.delete(task);
        else if (task !== touch.task) {
          const back = precede(earlier, touch);
          if (back) circle ??= [...back, { earlier, later: touch }];
        }
      }
    }
    // Whoever conflicts with what was here before conflicts with this write as well, and comes after it.
    if (kind === WRITTEN) this.touches.length = 0;
    let own = this.touches[kind];
    if (!own) {
      own = new Map();
      this.touches[kind] = own;
    }
    own.set(touch.task, touch);
    return circle;
  }
}

/** Whether several requests have come by a piece of storage, and what would be wrong with that. */
export class Sharing<Suspect> {
  private lineage: object | null = null;
  private isShared = false;
  private isWritten = false;
  private readonly suspects = new Map<string, Suspect>();
  /** By a task. */
  lastUse: Touch | null = null;

  get isUsed(): boolean {
    return this.lastUse !== null;
  }

  private get isConflicting(): boolean {
    return this.isShared && this.isWritten;
  }

  note(touch: Touch): void {
    const { task, isWrite } = touch;
    this.lastUse = touch;
    this.isWritten ||= isWrite;
    this.lineage ??= task.lineage;
    this.isShared ||= this.lineage !== task.lineage;
  }

  /** Keeps what is wrong if this turns out to be shared. */
  suspect(key: string, suspect: Suspect): void {
    this.suspects.set(key, suspect);
  }

  /** What is wrong, once this is shared and written. */
  take(): Iterable<Suspect> {
    if (!this.isConflicting || this.suspects.size === 0) return [];
    const found = [...this.suspects.values()];
    this.suspects.clear();
    return found;
  }
}

/** An object, or the variables of one activation. */
export class Storage<Suspect> {
  private readonly whole = new Cell();
  private readonly cells = new Map<unknown, Cell>();
  private readonly sharings = new Map<unknown, Sharing<Suspect>>();
  firstTask: AuditTask | undefined;

  touch(key: unknown, touch: Touch): Precedence[] | null {
    this.firstTask ??= touch.task;
    if (key === WHOLE) return this.whole.touch(touch.isWrite ? WRITTEN : READ, touch);
    let cell = this.cells.get(key);
    if (!cell) {
      cell = new Cell();
      this.cells.set(key, cell);
    }
    const atKey = cell.touch(touch.isWrite ? WRITTEN : READ, touch);
    return this.whole.touch(touch.isWrite ? KEY_WRITTEN : KEY_READ, touch) ?? atKey;
  }

  sharing(key: unknown): Sharing<Suspect> {
    let sharing = this.sharings.get(key);
    if (!sharing) {
      sharing = new Sharing();
      this.sharings.set(key, sharing);
    }
    return sharing;
  }
}
