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
  const { classes, diagnostics, logs } = analyze(buildModuleGraph(options), options);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const named = (locked: boolean) => classes.filter(c => c.locked === locked).map(({ name }) => name);
  expect(named(true)).toEqual([
    'files[]',
    'src/services/shipping.ts#tariffs[]',
    'src/store/balances.ts#balances[]',
    'src/store/carts.ts#carts[]',
    'src/store/coupons.ts#object.used',
    'src/store/orders.ts#ordersByKey[]',
    'src/store/orders.ts#orders[]',
    'src/store/stock.ts#levels[]',
    'src/store/users.ts#usersByEmail[]',
  ]);
  expect(named(false)).toEqual([
    'src/middleware/request-id.ts#lastRequest',
    'src/services/metrics.ts#byStatus[]',
    'src/services/metrics.ts#views[]',
    'src/services/sessions.ts#openSession.session.lastSeen',
    'src/services/shipping.ts#billedCalls',
    'src/store/sessions.ts#addSession(0).lastSeen',
    'src/store/sessions.ts#sessions[]',
    'src/store/users.ts#usersById[]',
  ]);
  expect(logs?.map(({ name }) => name)).toEqual(['src/services/logger.ts#pending[]']);
});

test('the shop holds the keys that a person would', () => {
  const options = normalizeOptions({ root: shop, exclude: ['variants'] }, shop);
  const { handlers } = analyze(buildModuleGraph(options), options);
  const keysOf = (id: string) =>
    handlers
      .find(handler => handler.id === id)
      ?.classes.map(({ class: name, keys }) => `${name.split('#').at(-1)} ${keys?.map(textOf) ?? ''}`.trim())
      .map(text => text.replaceAll('${', '{'));
  expect(keysOf('src/services/cart.ts#addToCart')).toEqual(['carts[] userId']);
  expect(keysOf('src/services/points.ts#transferPoints')).toEqual(['balances[] from,to']);
  expect(keysOf('src/services/checkout.ts#placeOrder')).toContain('ordersByKey[] `{userId}/{key}`');
  expect(keysOf('src/services/stock.ts#receiveDelivery')).toEqual(['levels[] sku']);
  expect(keysOf('src/services/shipping.ts#shippingCost')).toEqual(['tariffs[] zone']);
  expect(keysOf('src/services/accounts.ts#logIn')).toEqual(['usersByEmail[] email']);
  expect(keysOf('src/controllers/cart.ts#show')).toEqual(['carts[] res.locals.userId']);
});

test('an order holds its classes from its first read to its last write, and the journal only while it is written', () => {
  const options = normalizeOptions({ root: shop, exclude: ['variants'] }, shop);
  const { handlers } = analyze(buildModuleGraph(options), options);
  const boundsOf = (id: string) => handlers.find(handler => handler.id === id)?.bounds;
  expect(boundsOf('src/controllers/orders.ts#create')).toMatchObject({ kind: 'delegated' });
  expect(boundsOf('src/services/checkout.ts#placeOrder')).toMatchObject({
    kind: 'body',
    enters: [{ line: 20 }],
    // What is paid for meanwhile keeps nobody waiting who lists orders, or asks for points.
    grows: [[{ line: 34 }], [{ line: 44 }]],
    leaves: [{ line: 46 }],
  });
  const order = handlers.find(({ id }) => id === 'src/services/checkout.ts#placeOrder');
  const later = order?.classes.filter(({ step }) => step !== undefined);
  expect(later?.map(({ class: name, step }) => [name, step])).toEqual([
    ['src/store/balances.ts#balances[]', 2],
    ['src/store/orders.ts#orders[]', 1],
  ]);
});
