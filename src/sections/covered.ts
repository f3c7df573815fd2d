/**
 * Classes that need no lock of their own, as whoever excludes another one on them does so on others as well.
 *
 * A class is *covered* by classes that are kept if each two holders that exclude each other on it do so on one of those, from
 * the same moment on at the latest. Its lock then keeps out nobody whom theirs let in:
 *
 * - A holder takes all its classes in one step (one that is nested takes all that its task does not hold), and gives them
 *   back in one. A gate passes all in one step. So two that exclude each other on a class do as long as both are open.
 * - Except for one that begins by reading, as long as it has not written: it excludes those who write what it has, and from its
 *   first write on, on all classes at once, those who read what it writes. So that from which moment on it keeps a reader out
 *   has to be the same.
 * - Only classes that both of them take as a whole cover: who holds keys excludes some runs of the other, and not all. What is
 *   covered may be held by keys.
 * - In a task that holds a class already, a nested holder takes it in a mode that excludes no less than its own does.
 *
 * A lock that keeps out nobody makes nobody wait, so no order in which tasks come changes, and no wait is added. And whoever
 * holds a class that is covered holds a kept one: a class with a lock has a writer, whom each of its holders meets.
 */
import type { Conflicts } from '../conflicts/classes.js';
import type { ClassKeys } from '../keys/refine.js';
import { byKeys } from '../order/by-keys.js';
import type { SectionForm } from './forms.js';

/** By index of a covered class: those that are kept in its place, by index of the handler that holds it. */
export type Covered = ReadonlyMap<number, ReadonlyMap<number, readonly number[]>>;

/** A set of holders, by index: one bit for each. */
type Members = Uint32Array;

const ALL = -1;

interface Class {
  index: number;
  writers: Members;
  readers: Members;
  /** Those of them who take it as a whole. */
  wholeWriters: Members;
  wholeReaders: Members;
  holders: number[];
  /** How many pairs of holders exclude each other on it. */
  pairs: number;
}

/**
 * Finds classes that need no lock, until none is left that others cover.
 * @param forms by handler: as they are emitted, with the sections that begin by reading
 */
export function findCovered(
  { decisions }: Pick<Conflicts, 'decisions'>,
  forms: readonly SectionForm[],
  keys: ClassKeys,
): Covered {
  return new Covering(decisions, forms, keys).find();
}

class Covering {
  private readonly words: number;
  private readonly classes = new Map<number, Class>();
  /** By holder: the classes that it takes that are kept so far. */
  private readonly kept: Set<Class>[];
  /** Those who exclude readers from their beginning if they write. */
  private readonly writingFromStart: Members;

  constructor(
    decisions: Conflicts['decisions'],
    private readonly forms: readonly SectionForm[],
    private readonly keys: ClassKeys,
  ) {
    this.words = (forms.length + 31) >>> 5;
    this.writingFromStart = this.none();
    this.kept = forms.map(() => new Set());
    decisions.forEach(({ classes }, holder) => {
      const form = forms[holder] as SectionForm;
      if (form.form === 'none' || form.form === 'delegated') return;
      if (!this.beginsByReading(holder)) add(this.writingFromStart, holder);
      for (const { class: index, write } of classes) this.join(index, holder, write);
    });
    for (const one of this.classes.values()) {
      const writers = one.holders.filter(holder => has(one.writers, holder)).length;
      one.pairs = writers * one.holders.length;
    }
  }

  private join(index: number, holder: number, write: boolean): void {
    let known = this.classes.get(index);
    if (!known) {
      known = {
        index,
        writers: this.none(),
        readers: this.none(),
        wholeWriters: this.none(),
        wholeReaders: this.none(),
        holders: [],
        pairs: 0,
      };
      this.classes.set(index, known);
    }
    const isWhole = !this.keys[holder]?.get(index)?.keys;
    add(write ? known.writers : known.readers, holder);
    if (isWhole) add(write ? known.wholeWriters : known.wholeReaders, holder);
    known.holders.push(holder);
    this.kept[holder]?.add(known);
  }

  private none(): Members {
    return new Uint32Array(this.words);
  }

  private beginsByReading(holder: number): boolean {
    const form = this.forms[holder] as SectionForm;
    return form.form === 'body' && form.placement.writes.length > 0;
  }

  find(): Covered {
    const covered: Class[] = [];
    // Small ones first: what many have in common covers much, and tells more.
    const order = [...this.classes.values()].sort(
      byKeys<Class>(
        c => c.pairs,
        c => -c.index,
      ),
    );
    for (const one of order) {
      if (!this.isCovered(one)) continue;
      for (const holder of one.holders) this.kept[holder]?.delete(one);
      covered.push(one);
    }
    return new Map(
      covered.map(one => [
        one.index,
        new Map(one.holders.map(holder => [holder, this.coversOf(one, holder)])),
      ]),
    );
  }

  private isCovered(one: Class): boolean {
    // Pairs of a reader and a writer are looked at from the writer's side.
    return one.holders.every(
      holder => !has(one.writers, holder) || size(this.left(one, holder, this.kept[holder] ?? [])) === 0,
    );
  }

  /** Those whom a holder excludes on a class, and on `others` not, or only later. */
  private left(one: Class, holder: number, others: Iterable<Class>): Members {
    const always = this.none();
    const sinceOwnWrite = this.none();
    const sinceTheirWrite = this.none();
    for (const other of others) {
      if (other === one) continue;
      const { wholeWriters, wholeReaders } = other;
      if (has(wholeWriters, holder)) {
        unite(always, wholeWriters);
        unite(has(this.writingFromStart, holder) ? always : sinceOwnWrite, wholeReaders);
      } else if (has(wholeReaders, holder)) {
        unite(always, wholeWriters, this.writingFromStart);
        unite(sinceTheirWrite, wholeWriters);
      }
    }
    const isWriter = has(one.writers, holder);
    return one.writers.map((writers, word) => {
      const all = always[word] as number;
      if (!isWriter) return writers & ~(all | (sinceTheirWrite[word] as number));
      const readers = one.readers[word] as number;
      return (writers & ~all) | (readers & ~(all | (sinceOwnWrite[word] as number)));
    });
  }

  /** Kept classes that are enough for the pairs of one holder of a covered class; ordered. */
  private coversOf(one: Class, holder: number): number[] {
    const covers: Class[] = [];
    let left = size(this.left(one, holder, covers));
    const candidates = [...(this.kept[holder] ?? [])].sort(
      byKeys<Class>(
        c => -c.pairs,
        c => c.index,
      ),
    );
    for (const candidate of candidates) {
      const without = left;
      left = size(this.left(one, holder, [...covers, candidate]));
      if (left < without) covers.push(candidate);
      if (left === 0) break;
    }
    return covers.map(({ index }) => index).sort((a, b) => a - b);
  }
}

function add(members: Members, holder: number): void {
  (members[holder >>> 5] as number) |= 1 << (holder & 31);
}

function has(members: Members, holder: number): boolean {
  return (((members[holder >>> 5] as number) >>> (holder & 31)) & 1) === 1;
}

/** Adds all of `more` that are in `among` as well. */
function unite(members: Members, more: Members, among?: Members): void {
  for (let word = 0; word < members.length; word++)
    (members[word] as number) |= (more[word] as number) & (among?.[word] ?? ALL);
}

function size(members: Members): number {
  let count = 0;
  for (let rest of members) for (; rest !== 0; rest &= rest - 1) count++;
  return count;
}
