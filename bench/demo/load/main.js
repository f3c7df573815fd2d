/**
 * The load process: drives one server for a while with many shoppers at once, then reads the shop's books
 * through its API and checks them against what the shop acknowledged.
 *
 * It is a process of its own so that the driving does not take time from what is measured.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ShopClient } from './client.js';
import { countViolations } from './invariants.js';
import { Ledger } from './ledger.js';
import { MIXES } from './mixes.js';
import { openAccount, Season, Shopper } from './shopper.js';

/** Until its code is compiled a server is slow, which says nothing about its locks. */
const MOST_WARM_UP_MS = 1500;

/**
 * @typedef {object} Job
 * @property {string} url
 * @property {string} adminKey
 * @property {number} seed
 * @property {number} seconds
 * @property {number} clients
 * @property {number} writes
 * @property {import('./mixes.js').Mix} [mix] the usual one if there is none
 */

/**
 * @typedef {object} Result
 * @property {number[]} violations in the order of `INVARIANTS`
 * @property {[string, number][]} failures what was answered wrongly, and how often
 * @property {number} requests
 * @property {number} orders
 * @property {number} throughput requests a second
 * @property {Float64Array} latencies in milliseconds, sorted
 */

/**
 * @param {ShopClient} client
 * @param {string} what
 */
async function inspect(client, what) {
  const { status, body } = await client.sendAsAdmin('GET', `/admin/${what}`);
  if (status !== 200) throw new Error(`cannot read the shop's ${what}: ${status} ${body?.error}`);
  return body;
}

/**
 * @param {Job} job
 * @returns {Promise<Result>}
 */
async function drive({ url, adminKey, seed, seconds, clients, writes, mix = MIXES.usual }) {
  // A double click needs a second connection.
  const client = new ShopClient(url, adminKey, clients * 2);
  const ledger = new Ledger();
  const season = new Season();
  const { levels: initialStock } = await inspect(client, 'stock');

  const accountCount = Math.max(2, Math.ceil(clients / mix.shoppersAnAccount));
  const accounts = await Promise.all(
    Array.from({ length: accountCount }, (_, i) => openAccount(client, ledger, i)),
  );
  const crowded = mix.crowding > 0 ? await openAccount(client, ledger, accountCount) : undefined;
  const shoppers = Array.from({ length: clients }, (_, number) => {
    const account = /** @type {import('./shopper.js').Account} */ (accounts[number % accounts.length]);
    const others = accounts.filter(other => other !== account);
    return new Shopper({ number, seed, writes, mix, account, others, crowded, client, ledger, season });
  });

  const warmUp = Math.min(MOST_WARM_UP_MS, seconds * 250);
  const deadline = performance.now() + warmUp + seconds * 1000;
  const shopping = shoppers.map(async shopper => {
    while (performance.now() < deadline) await shopper.act();
  });
  await sleep(warmUp);
  client.startTiming();
  const startedAt = performance.now();
  await Promise.all(shopping);
  const elapsed = (performance.now() - startedAt) / 1000;
  const latencies = client.stopTiming();

  const { levels: stock } = await inspect(client, 'stock');
  const { orders } = await inspect(client, 'orders');
  const { carts } = await inspect(client, 'carts');
  const { coupons } = await inspect(client, 'coupons');
  const { balances } = await inspect(client, 'points');
  const { counts: reviewCounts } = await inspect(client, 'reviews');
  const metrics = await inspect(client, 'metrics');
  await client.close();

  const books = { initialStock, stock, orders, carts, coupons, balances, reviewCounts, metrics };
  return {
    violations: countViolations(ledger, books),
    failures: ledger.failures.entries(),
    requests: latencies.length,
    orders: orders.length,
    throughput: latencies.length / elapsed,
    latencies,
  };
}

process.once('message', async message => {
  const result = await drive(/** @type {Job} */ (message));
  process.send?.(result, () => process.disconnect());
});
