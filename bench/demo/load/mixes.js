/**
 * What shoppers do, and how much they get in each other's way.
 *
 * In real shops the requests that conflict come from two shoppers who share an account (a phone and a laptop), from
 * impatient ones who click twice, and from all who want the same limited pressing. The other mixes have less of that,
 * or all of it in one place.
 */

/**
 * @typedef {object} Mix
 * @property {Record<string, number>} reads what is looked at, by weight: methods of a shopper
 * @property {Record<string, number>} writes what is changed
 * @property {number} shoppersAnAccount
 * @property {number} impatience how often a click is a double click, as a share of what is usual
 * @property {number} limited share of products that is the limited pressing on sale
 * @property {number} crowding share of what is put into carts that goes into one, the same for all
 */

const READS = {
  productPage: 36,
  list: 18,
  quote: 22,
  shipping: 8,
  health: 5,
  viewCart: 4,
  popular: 3,
  availability: 2,
  readReviews: 2,
};

const WRITES = { addToCart: 40, order: 26, transfer: 12, review: 10, deliver: 9, register: 5 };

/** @type {Mix} */
const usual = {
  reads: READS,
  writes: WRITES,
  shoppersAnAccount: 2,
  impatience: 1,
  limited: 0.4,
  crowding: 0,
};

/** Everybody for himself: nobody shares an account, nothing is scarce. @type {Mix} */
const apart = { ...usual, shoppersAnAccount: 1, impatience: 0, limited: 0 };

/** What the mixes are called in a job. */
export const MIXES = {
  usual,
  apart,
  /** Only handlers that wait for a service behind the shop. */
  waiting: { ...usual, reads: { productPage: 36, quote: 22 } },
};

/**
 * Everybody puts things into carts, and nothing else; a given share goes into the same cart.
 *
 * @param {number} crowding
 * @returns {Mix}
 */
export const cartsOnly = crowding => ({
  ...apart,
  reads: { addToCart: 1 },
  writes: { addToCart: 1 },
  crowding,
});
