/**
 * What must be true of a shop, whatever order its requests were handled in, given what it acknowledged.
 * Each invariant that does not hold is counted in units of what went wrong, so that 0 means it holds.
 */
import { Tally } from './ledger.js';

/** @typedef {import('./ledger.js').Ledger} Ledger */

/**
 * @typedef {object} Order
 * @property {number} number
 * @property {string} userId
 * @property {string} key
 * @property {{ sku: string, quantity: number }[]} lines
 * @property {string | null} coupon
 * @property {number} pointsEarned
 */

/**
 * The shop's state as its API shows it.
 *
 * @typedef {object} Books
 * @property {{ sku: string, available: number }[]} initialStock before the first order
 * @property {{ sku: string, available: number }[]} stock
 * @property {Order[]} orders
 * @property {{ userId: string, lines: { sku: string, quantity: number }[] }[]} carts
 * @property {{ code: string, maxUses: number }[]} coupons
 * @property {Record<string, number>} balances
 * @property {Record<string, number>} reviewCounts
 * @property {{ views: number, tariffs: { billedCalls: number } }} metrics
 */

const WELCOME_POINTS = 500;

/** @param {Iterable<number>} numbers */
const sumOf = numbers => [...numbers].reduce((sum, number) => sum + number, 0);

/**
 * By how much two tallies differ, over all keys.
 *
 * @param {Tally} expected
 * @param {Tally} found
 */
function difference(expected, found) {
  const keys = new Set([...expected.keys(), ...found.keys()]);
  return sumOf([...keys].map(key => Math.abs(expected.of(key) - found.of(key))));
}

/**
 * How many more there are than one a key.
 *
 * @param {Tally} tally
 */
const surplus = tally => sumOf(tally.entries().map(([, count]) => Math.max(0, count - 1)));

/** @param {readonly Order[]} orders the first one of each key */
function firstOfEachKey(orders) {
  const byKey = new Map(orders.toReversed().map(order => [`${order.userId}/${order.key}`, order]));
  return [...byKey.values()];
}

/**
 * @param {readonly Order[]} orders
 * @returns {Tally} units sold, by product
 */
function unitsSold(orders) {
  const sold = new Tally();
  for (const { lines } of orders) for (const { sku, quantity } of lines) sold.add(sku, quantity);
  return sold;
}

/** Units put into carts are in the cart or in an order; one order a key, as duplicates count elsewhere. */
const cartUnits = (/** @type {Ledger} */ ledger, /** @type {Books} */ books) => {
  const found = new Tally();
  for (const { userId, lines } of [...books.carts, ...firstOfEachKey(books.orders)]) {
    for (const { sku, quantity } of lines) found.add(`${userId}/${sku}`, quantity);
  }
  return difference(ledger.cartUnits, found);
};

/** What was there and what was delivered is either left or sold. */
const stockUnits = (/** @type {Ledger} */ ledger, /** @type {Books} */ books) => {
  const expected = new Tally();
  const found = unitsSold(books.orders);
  for (const { sku, available } of books.initialStock) expected.add(sku, available);
  for (const [sku, quantity] of ledger.delivered.entries()) expected.add(sku, quantity);
  for (const { sku, available } of books.stock) found.add(sku, available);
  return difference(expected, found);
};

/** Points come from the welcome and from orders, and are otherwise only handed on. */
const points = (/** @type {Ledger} */ ledger, /** @type {Books} */ books) => {
  const expected = new Tally();
  const found = new Tally();
  for (const userId of ledger.userIds) expected.add(userId, WELCOME_POINTS);
  for (const { userId, pointsEarned } of books.orders) expected.add(userId, pointsEarned);
  for (const [userId, given] of ledger.pointsGiven.entries()) expected.add(userId, -given);
  for (const [userId, balance] of Object.entries(books.balances)) found.add(userId, balance);
  return difference(expected, found);
};

/** The counters in the JSON file are those of the posts that succeeded. */
const reviews = (/** @type {Ledger} */ ledger, /** @type {Books} */ books) => {
  const found = new Tally();
  for (const [sku, count] of Object.entries(books.reviewCounts)) found.add(sku, count);
  return difference(ledger.reviews, found);
};

/** More than there were and were delivered is never sold. */
const oversold = (/** @type {Ledger} */ ledger, /** @type {Books} */ books) => {
  const sold = unitsSold(books.orders);
  return sumOf(
    books.initialStock.map(({ sku, available }) =>
      Math.max(0, sold.of(sku) - available - ledger.delivered.of(sku)),
    ),
  );
};

/** One order for each idempotency key of a user. */
const duplicateOrders = (/** @type {Ledger} */ _ledger, /** @type {Books} */ books) => {
  const byKey = new Tally();
  for (const { userId, key } of books.orders) byKey.add(`${userId}/${key}`);
  return surplus(byKey);
};

/** The numbers of n orders are those from 1 to n. */
const orderNumbers = (/** @type {Ledger} */ _ledger, /** @type {Books} */ { orders }) => {
  const numbers = new Set(orders.map(({ number }) => number));
  return orders.filter((_order, index) => !numbers.has(index + 1)).length;
};

/** A coupon works as often as is printed on it. */
const couponUses = (/** @type {Ledger} */ _ledger, /** @type {Books} */ books) => {
  const uses = new Tally();
  for (const { coupon } of books.orders) if (coupon) uses.add(coupon);
  return sumOf(books.coupons.map(({ code, maxUses }) => Math.max(0, uses.of(code) - maxUses)));
};

/** One account for each e-mail address. */
const duplicateAccounts = (/** @type {Ledger} */ ledger) => surplus(ledger.accounts);

/** The carrier is asked once a zone. */
const carrierCalls = (/** @type {Ledger} */ ledger, /** @type {Books} */ books) =>
  Math.abs(books.metrics.tariffs.billedCalls - ledger.zones.size);

/** Each product page counts as one view: right without any lock, as one segment does it. */
const pageViews = (/** @type {Ledger} */ ledger, /** @type {Books} */ books) =>
  Math.abs(books.metrics.views - ledger.views);

/** Every request gets an answer that a correct shop gives. */
const failedRequests = (/** @type {Ledger} */ ledger) =>
  sumOf(ledger.failures.entries().map(([, count]) => count));

/**
 * @typedef {object} Invariant
 * @property {string} title what is counted when it does not hold
 * @property {'lost updates' | null} group rows that are also summed up
 * @property {(ledger: Ledger, books: Books) => number} violations
 */

/** @type {readonly Invariant[]} */
export const INVARIANTS = [
  { title: 'units in carts', group: 'lost updates', violations: cartUnits },
  { title: 'units in stock', group: 'lost updates', violations: stockUnits },
  { title: 'loyalty points', group: 'lost updates', violations: points },
  { title: 'reviews in the JSON file', group: 'lost updates', violations: reviews },
  { title: 'page views', group: 'lost updates', violations: pageViews },
  { title: 'items oversold', group: null, violations: oversold },
  { title: 'duplicate orders', group: null, violations: duplicateOrders },
  { title: 'order numbers missing', group: null, violations: orderNumbers },
  { title: 'coupons over-redeemed', group: null, violations: couponUses },
  { title: 'duplicate accounts', group: null, violations: duplicateAccounts },
  { title: 'needless carrier calls', group: null, violations: carrierCalls },
  { title: 'failed requests', group: null, violations: failedRequests },
];

/**
 * The violations of each invariant, in the order of `INVARIANTS`.
 *
 * @param {Ledger} ledger
 * @param {Books} books
 */
export function countViolations(ledger, books) {
  return INVARIANTS.map(({ violations }) => violations(ledger, books));
}
