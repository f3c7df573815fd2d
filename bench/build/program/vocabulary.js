/**
 * What the generated servers are about: areas of a business, and in each the things that it keeps books of.
 *
 * Every pair of an area and a thing is a domain; the names are ordinary ones, as the length and variety of
 * names is part of what parsing costs.
 */

/**
 * A thing, by its name and plural; what is counted of it, its labels and the states that it goes through.
 *
 * @typedef {object} Thing
 * @property {string} name
 * @property {string} plural
 * @property {string} amount the number that its handlers change
 * @property {readonly string[]} labels texts that it has
 * @property {readonly [string, string, ...string[]]} states
 */

export const AREAS = /** @type {const} */ ([
  'billing',
  'catalog',
  'dispatch',
  'fleet',
  'hiring',
  'library',
  'maintenance',
  'procurement',
  'support',
  'treasury',
]);

/** @type {readonly [string, string, string, string, ...string[]][]} name, plural, amount, labels */
const THINGS = [
  ['account', 'accounts', 'balance', 'holder', 'branch'],
  ['agreement', 'agreements', 'instalments', 'partner', 'subject'],
  ['asset', 'assets', 'value', 'serial', 'location'],
  ['batch', 'batches', 'units', 'recipe', 'origin'],
  ['claim', 'claims', 'damages', 'claimant', 'cause'],
  ['delivery', 'deliveries', 'parcels', 'recipient', 'street'],
  ['invoice', 'invoices', 'due', 'customer', 'reference'],
  ['licence', 'licences', 'seats', 'licensee', 'product'],
  ['permit', 'permits', 'days', 'bearer', 'site'],
  ['project', 'projects', 'budget', 'title', 'sponsor'],
  ['reservation', 'reservations', 'guests', 'host', 'room'],
  ['shipment', 'shipments', 'weight', 'carrier', 'destination'],
  ['subscription', 'subscriptions', 'credits', 'subscriber', 'tier'],
  ['survey', 'surveys', 'answers', 'question', 'audience'],
  ['ticket', 'tickets', 'effort', 'summary', 'reporter'],
  ['voucher', 'vouchers', 'uses', 'code', 'campaign'],
];

/** @type {readonly [string, string, ...string[]][]} */
const STATES = [
  ['open', 'closed'],
  ['draft', 'approved', 'archived'],
  ['requested', 'accepted', 'rejected', 'settled'],
  ['planned', 'running', 'paused', 'finished'],
];

/** How many domains there are names for. */
export const MOST_DOMAINS = AREAS.length * THINGS.length;

/**
 * The domains in the order in which servers of growing size come to have them.
 *
 * @param {number} index below `MOST_DOMAINS`
 * @returns {{ area: string, thing: Thing }}
 */
export function domainAt(index) {
  const area = /** @type {string} */ (AREAS[index % AREAS.length]);
  // Neighbours in the list have different things, so that a small server is not ten kinds of account.
  const turn = Math.floor(index / AREAS.length) + (index % AREAS.length) * 5;
  const [name, plural, amount, ...labels] = /** @type {typeof THINGS[number]} */ (
    THINGS[turn % THINGS.length]
  );
  const states = /** @type {typeof STATES[number]} */ (STATES[(index * 7 + turn) % STATES.length]);
  return { area, thing: { name, plural, amount, labels, states } };
}
