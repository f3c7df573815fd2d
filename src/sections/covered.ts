/**
 * Classes that need no lock of their own, as whoever excludes another one on them does so on others as well.
 *
 * A class is *covered* by classes that are kept if each two holders that exclude each other on it do so on one of those, from
 * the same moment on at the latest. Its lock then keeps out nobody whom theirs let in:
 *
 * - A holder takes all its classes in one step (one that is nested takes all that its task does not hold), and gives them
 *   back in one. A gate passes all in one step. So two that exclude each other on a class do as long as both are open.
 * - Except for one that takes some in later steps (`growing.ts`). What it takes in one of them covers nothing but what it
 *   takes in the same; what it takes at its beginning covers that as well.
 * - Except for one that begins by reading, as long as it has not written: it excludes those who write what it has, and from its
 *   first write on, on all classes at once, those who read what it writes. So that from which moment on it keeps a reader out
 *   has to be the same.
 * - On a class that covers, one of the two has to take the whole: two who hold keys exclude some runs of each other, and not all.
 *   What is covered may be held by keys.
 * - In a task that holds a class already, a nested holder takes it in a mode that excludes no less than its own does.
 *
 * A lock that keeps out nobody makes nobody wait, so no order in which tasks come changes, and no wait is added. And whoever
 * holds a class that is covered holds a kept one: a class with a lock has a writer, whom each of its holders meets.
 */
import type { Conflicts } from '../conflicts/classes.js';
import type { ClassKeys } from '../keys/refine.js';
import { byKeys } from '../order/by-keys.js';
import type { SectionForm } from './forms.js';
import { stepsOf } from './growing.js';

/** By index of a covered class: those that are kept in its place, by index of the handler that holds it. */
export type Covered = ReadonlyMap<number, ReadonlyMap<number, readonly number[]>>;

/** A set of holders, by index: one bit for each. */
type Members = Uint32Array;

interface Class {
  index: number;
  writers: Members;
  readers: Members;
  /** Those of them who take it as a whole. */
  whole: Members;
  holders: number[];
  /** How many pairs of holders exclude each other on it. */
  pairs: number;
}

/** Whom one holder excludes on one class for sure, whatever the keys. */
interface Exclusion {
  on: Class;
  /** As long as both are open. */
  always: Members;
  /** From the first write on of the one of the two who writes. */
  sinceWrite: Members;
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
  /** By holder: what it excludes whom on, of the classes that are kept so far; the largest first. */
  private readonly exclusions: Exclusion[][];
  /** Those who exclude readers from their beginning if they write. */
  private readonly writingFromStart: Members;
  private readonly left: Left;
  /** By holder that takes some classes in later steps: in which, by class. */
  private readonly growing: ReadonlyMap<number, ReadonlyMap<number, number>>;

  constructor(
    decisions: Conflicts['decisions'],
    forms: readonly SectionForm[],
    private readonly keys: ClassKeys,
  ) {
    this.words = (forms.length + 31) >>> 5;
    this.writingFromStart = this.none();
    this.left = new Left(this.words);
    this.exclusions = forms.map(() => []);
    this.growing = new Map([...forms.map(stepsOf).entries()].filter(([, steps]) => steps.size > 0));
    decisions.forEach(({ classes }, holder) => {
      const form = forms[holder] as SectionForm;
      if (form.form === 'none' || form.form === 'delegated') return;
      if (form.form !== 'body' || form.placement.writes.length === 0) add(this.writingFromStart, holder);
      for (const { class: index, write } of classes) this.join(index, holder, write);
    });
    for (const one of this.classes.values()) {
      const writers = one.holders.filter(holder => has(one.writers, holder)).length;
      one.pairs = writers * one.holders.length;
    }
    const largestFirst = byKeys<Class>(
      c => -c.pairs,
      c => c.index,
    );
    for (const one of [...this.classes.values()].sort(largestFirst)) this.exclude(one);
  }

  private none(): Members {
    return new Uint32Array(this.words);
  }

  private join(index: number, holder: number, write: boolean): void {
    let known = this.classes.get(index);
    if (!known) {
      known = {
        index,
        writers: this.none(),
        readers: this.none(),
        whole: this.none(),
        holders: [],
        pairs: 0,
      };
      this.classes.set(index, known);
    }
    add(write ? known.writers : known.readers, holder);
    if (!this.keys[holder]?.get(index)?.keys) add(known.whole, holder);
    known.holders.push(holder);
  }

  private exclude(on: Class): void {
    const { writers, readers, whole } = on;
    const all = writers.map((word, index) => word | (readers[index] as number));
    const fromStart = intersection(writers, this.writingFromStart);
    // Two who hold keys exclude each other if they have one in common.
    const [someWriters, some, someFromStart] = [writers, all, fromStart].map(members =>
      intersection(members, whole),
    ) as [Members, Members, Members];
    for (const holder of on.holders) {
      const isWhole = has(whole, holder);
      const [theirWriters, theirs, theirFromStart] = isWhole
        ? [writers, all, fromStart]
        : [someWriters, some, someFromStart];
      const always = !has(writers, holder)
        ? theirFromStart
        : has(this.writingFromStart, holder)
          ? theirs
          : theirWriters;
      const sinceWrite = has(writers, holder) ? theirs : theirWriters;
      this.exclusions[holder]?.push({ on, always, sinceWrite });
    }
  }

  find(): Covered {
    const covered: Class[] = [];
    // Those with keys first, as they cover less; then small ones: what many have in common covers much, and tells more.
    const order = [...this.classes.values()].sort(
      byKeys<Class>(
        c => (c.holders.every(holder => has(c.whole, holder)) ? 1 : 0),
        c => c.pairs,
        c => -c.index,
      ),
    );
    for (const one of order) {
      if (!this.isCovered(one)) continue;
      for (const holder of one.holders)
        this.exclusions[holder] = (this.exclusions[holder] ?? []).filter(({ on }) => on !== one);
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
      holder => !has(one.writers, holder) || this.areEnough(one, holder, this.exclusions[holder] ?? []),
    );
  }

  /** Whether a holder excludes on other classes all whom it excludes on this one, and as early. */
  private areEnough(one: Class, holder: number, others: readonly Exclusion[]): boolean {
    const { left } = this;
    left.begin(one, holder);
    for (const other of others) {
      const inTime = other.on === one ? null : this.inTime(other, one, holder);
      if (inTime !== null) left.remove(inTime);
      // The first few are the largest, and most often enough.
      if (left.isEmpty) return true;
    }
    return left.isEmpty;
  }

  /** An exclusion on another class, without those of whom one has that class later than this one; null if the holder does. */
  private inTime(other: Exclusion, one: Class, holder: number): Exclusion | null {
    let { always, sinceWrite } = other;
    for (const [grower, steps] of this.growing) {
      const step = steps.get(other.on.index);
      if (step === undefined || step === steps.get(one.index)) continue;
      if (grower === holder) return null;
      [always, sinceWrite] = [without(always, grower), without(sinceWrite, grower)];
    }
    return { on: other.on, always, sinceWrite };
  }

  /** Kept classes that are enough for the pairs of one holder of a covered class; ordered. */
  private coversOf(one: Class, holder: number): number[] {
    const { left } = this;
    left.begin(one, holder);
    const covers: number[] = [];
    for (const candidate of this.exclusions[holder] ?? []) {
      if (left.isEmpty) break;
      const inTime = this.inTime(candidate, one, holder);
      if (inTime !== null && left.remove(inTime)) covers.push(candidate.on.index);
    }
    return covers.sort((a, b) => a - b);
  }
}

/** Those whom a holder excludes on a class, and not yet on others. One is used again and again: there are very many to ask about. */
class Left {
  private holder = 0;
  private isWriter = false;
  private readonly writers: Members;
  /** None of them for one who reads: whom it excludes writes. */
  private readonly readers: Members;

  constructor(words: number) {
    this.writers = new Uint32Array(words);
    this.readers = new Uint32Array(words);
  }

  begin({ writers, readers }: Class, holder: number): void {
    this.holder = holder;
    this.isWriter = has(writers, holder);
    this.writers.set(writers);
    if (this.isWriter) this.readers.set(readers);
    else this.readers.fill(0);
  }

  get isEmpty(): boolean {
    return isEmpty(this.writers) && isEmpty(this.readers);
  }

  /** @returns whether the holder excludes any of them on the other class */
  remove({ on, always, sinceWrite }: Exclusion): boolean {
    const { writers, readers, isWriter } = this;
    let isAny = removeFrom(writers, always);
    if (isWriter && removeFrom(readers, always)) isAny = true;
    // A write of the one on this class has to be a write of the same one on the other.
    const isSame = has(on.writers, this.holder) === isWriter;
    if (isSame && removeFrom(isWriter ? readers : writers, sinceWrite)) isAny = true;
    return isAny;
  }
}

function isEmpty(members: Members): boolean {
  for (let word = 0; word < members.length; word++) if (members[word] !== 0) return false;
  return true;
}

/** @returns whether any of them was there */
function removeFrom(members: Members, others: Members): boolean {
  let found = 0;
  for (let word = 0; word < members.length; word++) {
    const common = (members[word] as number) & (others[word] as number);
    found |= common;
    (members[word] as number) ^= common;
  }
  return found !== 0;
}

function add(members: Members, holder: number): void {
  (members[holder >>> 5] as number) |= 1 << (holder & 31);
}

function has(members: Members, holder: number): boolean {
  return (((members[holder >>> 5] as number) >>> (holder & 31)) & 1) === 1;
}

function without(members: Members, holder: number): Members {
  if (!has(members, holder)) return members;
  const rest = members.slice();
  (rest[holder >>> 5] as number) &= ~(1 << (holder & 31));
  return rest;
}

const intersection = (some: Members, others: Members): Members =>
  some.map((word, index) => word & (others[index] as number));
