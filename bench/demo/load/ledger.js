/**
 * What the shop has told its clients: every success it acknowledged, and every answer it should not have
 * given. The invariants are checked against this and not against the server's own opinion of itself.
 */

/** Counts by key, where a key that was never counted is 0. */
export class Tally {
  /** @type {Map<string, number>} */
  #counts = new Map();

  /**
   * @param {string} key
   * @param {number} [amount]
   */
  add(key, amount = 1) {
    this.#counts.set(key, this.of(key) + amount);
  }

  /** @param {string} key */
  of(key) {
    return this.#counts.get(key) ?? 0;
  }

  keys() {
    return [...this.#counts.keys()];
  }

  entries() {
    return [...this.#counts];
  }
}

export class Ledger {
  /** Units put into a cart, less those taken out again, by user and product. */
  cartUnits = new Tally();
  /** Points sent, less those received, by user. */
  pointsGiven = new Tally();
  /** Reviews posted, by product. */
  reviews = new Tally();
  /** Units delivered, by product. */
  delivered = new Tally();
  /** Accounts opened, by e-mail address. */
  accounts = new Tally();
  /** The users behind those accounts. */
  userIds = /** @type {Set<string>} */ (new Set());
  /** Zones a shipping cost was asked for. */
  zones = /** @type {Set<string>} */ (new Set());
  /** Product pages seen. */
  views = 0;
  /** Answers that no correct shop gives, by what was asked and answered. */
  failures = new Tally();
}
