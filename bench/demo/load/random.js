/** Seeded random numbers, so that the requests of a failing run can be sent again. */

/** A stream of numbers that depends on nothing but its seeds (splitmix32). */
export class Random {
  /** @type {number} */
  #state;

  /** @param {...number} seeds */
  constructor(...seeds) {
    this.#state = 0;
    for (const seed of seeds) {
      this.#state = (this.#state ^ seed) | 0;
      this.next();
    }
  }

  /** A number from 0 to, not including, 1. */
  next() {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  }

  /** @param {number} probability */
  chance(probability) {
    return this.next() < probability;
  }

  /**
   * @param {number} low
   * @param {number} high included
   */
  integer(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /**
   * @template T
   * @param {readonly T[]} items not empty
   * @returns {T}
   */
  pick(items) {
    return /** @type {T} */ (items[this.integer(0, items.length - 1)]);
  }

  /**
   * @template {string} Name
   * @param {Record<Name, number>} weights
   * @returns {Name}
   */
  weighted(weights) {
    const entries = /** @type {[Name, number][]} */ (Object.entries(weights));
    const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.next() * total;
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    return /** @type {[Name, number]} */ (entries[0])[0];
  }
}
