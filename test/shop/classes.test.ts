/**
 * What of the shop is locked. It is what a person would lock, and a change of the analysis or of a model that adds to it
 * costs the shop's users concurrency: nothing else would show that.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { analyze } from '../../src/analyze.js';
import { buildModuleGraph } from '../../src/graph/build.js';
import { textOf } from '../../src/keys/expression.js';
import { normalizeOptions } from '../../src/options.js';

const shop = fileURLToPath(new URL('../../fixtures/shop', import.meta.url));

test('the shop locks its stores, and nothing that its middleware only counts', () => {
  const options = normalizeOptions({ root: shop, exclude: ['variants'] }, shop);
  const { classes, diagnostics } = analyze(buildModuleGraph(options), options);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const named = (locked: boolean) => classes.filter(c => c.locked === locked).map(({ name }) => name);
  expect(named(true)).toEqual([
    'files[]',
    'src/services/logger.ts#pending[]',
    'src/services/shipping.ts#billedCalls',
    'src/services/shipping.ts#tariffs[]',
    'src/store/balances.ts#balances[]',
    'src/store/carts.ts#carts[]',
    'src/store/coupons.ts#object.used',
    'src/store/orders.ts#ordersByKey[]',
    'src/store/orders.ts#orders[]',
    'src/store/sessions.ts#sessions[]',
    'src/store/stock.ts#levels[]',
    'src/store/users.ts#usersByEmail[]',
    'src/store/users.ts#usersById[]',
  ]);
  // Whoever asks for a tariff counts the call.
  expect(classes.flatMap(({ name, coveredBy }) => (coveredBy ? [[name, ...coveredBy]] : []))).toEqual([
    ['src/services/shipping.ts#tariffs[]', 'src/services/shipping.ts#billedCalls'],
  ]);
  expect(named(false)).toEqual([
    'src/middleware/request-id.ts#lastRequest',
    'src/services/metrics.ts#byStatus[]',
    'src/services/metrics.ts#views[]',
    'src/services/sessions.ts#openSession.session.lastSeen',
    'src/store/sessions.ts#addSession(0).lastSeen',
  ]);
});

test('the shop holds the keys that a person would', () => {
  const options = normalizeOptions({ root: shop, exclude: ['variants'] }, shop);
  const { handlers } = analyze(buildModuleGraph(options), options);
  const keysOf = (id: string) =>
    handlers
      .find(handler => handler.id === id)
      ?.classes.map(({ class: name, keys }) => `${name.split('#').at(-1)} ${keys?.map(textOf) ?? ''}`.trim());
  expect(keysOf('src/services/cart.ts#addToCart')).toEqual(['carts[] userId']);
  expect(keysOf('src/services/points.ts#transferPoints')).toEqual(['balances[] from,to']);
  expect(keysOf('src/services/stock.ts#receiveDelivery')).toEqual(['levels[] sku']);
  expect(keysOf('src/services/shipping.ts#shippingCost')).toEqual(['billedCalls', 'tariffs[] zone']);
  expect(keysOf('src/services/accounts.ts#logIn')).toEqual(['sessions[]', 'usersByEmail[] email']);
  expect(keysOf('src/controllers/cart.ts#show')).toEqual(['carts[] res.locals.userId']);
});
