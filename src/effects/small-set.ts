/**
 * Sets that most often have very few members, in the order in which these came.
 *
 * The analysis makes a hundred thousand of them, nine in ten with four members or fewer. A `Set` of its own for each
 * takes several hundred bytes, and collecting them took more time than everything else together.
 */

/** How many members need no list. */
const DIRECT = 3;
/** Up to this size a list is searched faster than a `Set`. */
const SHORT = 16;

export class SmallSet<T> implements Iterable<T> {
  size = 0;
  private first: T | undefined = undefined;
  private second: T | undefined = undefined;
  private third: T | undefined = undefined;
  private rest: T[] | null = null;
  private index: Set<T> | null = null;

  has(value: T): boolean {
    const { size } = this;
    if (size === 0) return false;
    if (this.first === value || (size > 1 && this.second === value) || (size > 2 && this.third === value))
      return true;
    if (this.index) return this.index.has(value);
    return this.rest?.includes(value) === true;
  }

  /** @returns whether it was not in the set before */
  add(value: T): boolean {
    if (this.has(value)) return false;
    switch (this.size++) {
      case 0:
        this.first = value;
        return true;
      case 1:
        this.second = value;
        return true;
      case 2:
        this.third = value;
        return true;
    }
    const position = this.size - 1 - DIRECT;
    if (!this.rest) this.rest = [value, value, value, value];
    else {
      // `push` would make room for seventeen, most of which stays empty. What is copied twice is a member all the same.
      if (position === this.rest.length) this.rest = this.rest.concat(this.rest);
      this.rest[position] = value;
      if (this.index) this.index.add(value);
      else if (position >= SHORT) this.index = new Set(this.rest);
    }
    return true;
  }

  /** @param position less than `size` */
  at(position: number): T {
    switch (position) {
      case 0:
        return this.first as T;
      case 1:
        return this.second as T;
      case 2:
        return this.third as T;
      default:
        return (this.rest as T[])[position - DIRECT] as T;
    }
  }

  some(test: (member: T) => boolean): boolean {
    for (let i = 0; i < this.size; i++) if (test(this.at(i))) return true;
    return false;
  }

  /** Comes to what is added meanwhile, too. */
  [Symbol.iterator](): Iterator<T> {
    let position = 0;
    return {
      next: () =>
        position < this.size ? { done: false, value: this.at(position++) } : { done: true, value: undefined },
    };
  }
}
