/**
 * One request after another, every variant of the shop gives the same right answers. That is what makes
 * the comparison of the variants under load fair, and it is where a transform that changes what a handler
 * answers would show.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ServedShop } from './served-shop.js';

const VARIANTS = ['unprotected', 'global-lock', 'protected'];

describe.each(VARIANTS)('the shop, %s', variant => {
  let shop: ServedShop;

  beforeAll(async () => {
    shop = await ServedShop.start(variant);
  }, 30_000);

  afterAll(() => shop.stop());

  const order = (token: string, key: string, coupon: string | null = null) =>
    shop.post('/orders', { coupon }, token, { 'idempotency-key': key });

  const stockOf = async (sku: string) => (await shop.get(`/products/${sku}/stock`)).body.available;

  test('lists and searches the catalog page by page', async () => {
    const first = await shop.get('/products?pageSize=3');
    expect(first.status).toBe(200);
    expect(first.body.total).toBe(616);
    expect(first.body.products.map((product: { sku: string }) => product.sku)).toEqual([
      'lp-01',
      'lp-02',
      'lp-03',
    ]);
    const second = await shop.get('/products?pageSize=3&page=2');
    expect(second.body.products[0].sku).toBe('lp-04');
    const found = await shop.get('/products?query=kirsi');
    expect(found.body.products).toEqual([expect.objectContaining({ sku: 'lp-08', title: 'Salt' })]);
    expect((await shop.get('/products?page=0')).status).toBe(400);
  });

  test('shows a product, counts the view and quotes a price', async () => {
    const before = (await shop.inspect('metrics')).body.views;
    const page = await shop.get('/products/lp-05');
    expect(page.body.product).toMatchObject({ sku: 'lp-05', price: 2590 });
    expect(page.body.similar).toHaveLength(4);
    expect(page.body.similar).not.toContain('lp-05');
    expect((await shop.inspect('metrics')).body.views).toBe(before + 1);
    expect((await shop.get('/products/popular')).body.products).toContainEqual({ sku: 'lp-05', views: 1 });

    const quote = await shop.get('/products/lp-05/quote?quantity=11');
    expect(quote.body).toEqual({ sku: 'lp-05', quantity: 11, listPrice: 28490, total: 25641 });
    expect((await shop.get('/products/lp-99')).body).toMatchObject({ error: 'not-found' });
  });

  test('answers what it does not know, cannot read or does not allow with a clear error', async () => {
    expect(await shop.get('/nowhere')).toMatchObject({ status: 404, body: { error: 'not-found' } });
    expect(await shop.post('/accounts', '{"email":')).toMatchObject({
      status: 400,
      body: { error: 'bad-request' },
    });
    expect(await shop.post('/accounts', [])).toMatchObject({ status: 400 });
    expect(await shop.get('/cart')).toMatchObject({ status: 401, body: { error: 'unauthorized' } });
    const { token } = await shop.customer('curious');
    expect(await shop.get('/admin/orders', token)).toMatchObject({ status: 403 });
  });

  test('gives each request an id of its own, or keeps the one it came with', async () => {
    const ids = [await shop.get('/health'), await shop.get('/health')].map(({ headers }) =>
      headers.get('x-request-id'),
    );
    expect(new Set(ids).size).toBe(2);
    const named = await shop.send('GET', '/health', { headers: { 'x-request-id': 'mine' } });
    expect(named.headers.get('x-request-id')).toBe('mine');
  });

  test('opens accounts and sessions', async () => {
    const account = { email: 'Ada@Example.com', name: 'Ada', password: 'long enough' };
    const created = await shop.post('/accounts', account);
    expect(created).toMatchObject({ status: 201, body: { email: 'ada@example.com', name: 'Ada' } });
    expect(created.body).not.toHaveProperty('passwordHash');
    expect(await shop.post('/accounts', account)).toMatchObject({
      status: 409,
      body: { error: 'email-taken' },
    });
    expect(await shop.post('/accounts', { ...account, password: 'short' })).toMatchObject({ status: 400 });

    const wrong = await shop.post('/accounts/sessions', { ...account, password: 'something else' });
    expect(wrong.status).toBe(401);
    const session = await shop.post('/accounts/sessions', account);
    const { token } = session.body;
    expect((await shop.get('/accounts/me', token)).body).toMatchObject({ id: created.body.id, points: 500 });

    expect((await shop.send('DELETE', `/accounts/sessions/${token}`, { token })).status).toBe(204);
    expect((await shop.get('/accounts/me', token)).status).toBe(401);
  });

  test('fills and empties a cart', async () => {
    const { token } = await shop.customer('carter');
    expect((await shop.get('/cart', token)).body).toEqual({ lines: [], subtotal: 0 });
    await shop.post('/cart/items', { sku: 'lp-01', quantity: 2 }, token);
    await shop.post('/cart/items', { sku: 'lp-02', quantity: 1 }, token);
    const added = await shop.post('/cart/items', { sku: 'lp-01', quantity: 3 }, token);
    expect(added.status).toBe(201);
    expect(added.body.lines).toContainEqual({ sku: 'lp-01', quantity: 5 });
    expect(added.body.subtotal).toBe(5 * 2190 + 2490);

    const removed = await shop.send('DELETE', '/cart/items/lp-01', { token });
    expect(removed.body).toEqual({ sku: 'lp-01', removed: 5 });
    expect((await shop.send('DELETE', '/cart/items/lp-01', { token })).status).toBe(404);
    expect((await shop.get('/cart', token)).body.lines).toEqual([{ sku: 'lp-02', quantity: 1 }]);

    expect((await shop.post('/cart/items', { sku: 'lp-01', quantity: 0 }, token)).status).toBe(400);
    expect((await shop.post('/cart/items', { sku: 'lp-01', quantity: 13 }, token)).body).toMatchObject({
      error: 'parcel-too-large',
    });
  });

  test('turns a cart into an order, once for each key', async () => {
    const { id, token } = await shop.customer('buyer');
    expect((await order(token, 'nothing')).body).toMatchObject({ error: 'cart-empty' });
    expect((await shop.post('/orders', {}, token)).status).toBe(400);

    const before = await stockOf('lp-03');
    await shop.post('/cart/items', { sku: 'lp-03', quantity: 2 }, token);
    const placed = await order(token, 'first', 'SPIN-001');
    expect(placed).toMatchObject({
      status: 201,
      body: { userId: id, total: 3582, pointsEarned: 35, coupon: 'SPIN-001' },
    });
    const again = await order(token, 'first', 'SPIN-001');
    expect(again.status).toBe(200);
    expect(again.body).toEqual(placed.body);

    expect(await stockOf('lp-03')).toBe(before - 2);
    expect((await shop.get('/cart', token)).body.lines).toEqual([]);
    expect((await shop.get('/points', token)).body).toEqual({ balance: 535 });
    expect((await shop.get('/orders', token)).body.orders).toEqual([placed.body]);

    await shop.post('/cart/items', { sku: 'lp-03', quantity: 1 }, token);
    expect((await order(token, 'second')).body.number).toBe(placed.body.number + 1);
  });

  test('sells a limited pressing until it is gone', async () => {
    const { token } = await shop.customer('collector');
    await shop.post('/cart/items', { sku: 'limited-007', quantity: 8 }, token);
    expect((await order(token, 'eight')).status).toBe(201);
    await shop.post('/cart/items', { sku: 'limited-007', quantity: 3 }, token);
    expect(await order(token, 'three')).toMatchObject({
      status: 409,
      body: { error: 'out-of-stock', sku: 'limited-007', available: 2 },
    });
    expect(await stockOf('limited-007')).toBe(2);
  });

  test('refuses a coupon that has been used up, and a payment that is too large', async () => {
    const { token } = await shop.customer('saver');
    for (let use = 1; use <= 5; use++) {
      await shop.post('/cart/items', { sku: 'lp-14', quantity: 1 }, token);
      expect((await order(token, `use-${use}`, 'SPIN-002')).status).toBe(201);
    }
    await shop.post('/cart/items', { sku: 'lp-14', quantity: 1 }, token);
    expect((await order(token, 'use-6', 'SPIN-002')).body).toMatchObject({ error: 'coupon-used-up' });
    expect((await order(token, 'use-6', 'NO-SUCH')).status).toBe(404);

    for (let time = 0; time < 15; time++) {
      await shop.post('/cart/items', { sku: 'lp-15', quantity: 12 }, token);
    }
    const earned = (await shop.get('/points', token)).body.balance;
    expect((await order(token, 'a lot')).body).toMatchObject({ error: 'payment-declined' });
    expect((await shop.get('/points', token)).body.balance).toBe(earned);
  }, 15_000);

  test('hands points on', async () => {
    const giver = await shop.customer('giver');
    const taker = await shop.customer('taker');
    expect(await shop.post('/points/transfers', { to: taker.id, points: 120 }, giver.token)).toMatchObject({
      status: 200,
      body: { sent: 120 },
    });
    expect((await shop.get('/points', giver.token)).body.balance).toBe(380);
    expect((await shop.get('/points', taker.token)).body.balance).toBe(620);
    const tooMany = await shop.post('/points/transfers', { to: taker.id, points: 381 }, giver.token);
    expect(tooMany.body).toMatchObject({ error: 'not-enough-points', balance: 380 });
    expect((await shop.post('/points/transfers', { to: giver.id, points: 1 }, giver.token)).status).toBe(403);
    expect((await shop.post('/points/transfers', { to: 'nobody', points: 1 }, giver.token)).status).toBe(404);
  });

  test('keeps reviews in a file', async () => {
    const { token } = await shop.customer('critic');
    expect((await shop.get('/products/lp-10/reviews')).body).toMatchObject({ count: 0, average: null });
    for (const stars of [5, 4, 3, 2]) {
      await shop.post('/products/lp-10/reviews', { stars, text: `${stars} stars` }, token);
    }
    const { body } = await shop.get('/products/lp-10/reviews');
    expect(body).toMatchObject({ count: 4, average: 3.5 });
    expect(body.latest.map((review: { text: string }) => review.text)).toEqual([
      '2 stars',
      '3 stars',
      '4 stars',
    ]);
    expect((await shop.inspect('reviews')).body.counts).toMatchObject({ 'lp-10': 4 });
    const spam = await shop.post('/products/lp-10/reviews', { stars: 5, text: 'Cheap pills!' }, token);
    expect(spam.status).toBe(400);
  });

  test('asks the carrier once a zone', async () => {
    const first = await shop.get('/shipping/DE-10?grams=1500');
    expect(first.status).toBe(200);
    expect((await shop.get('/shipping/DE-10?grams=1500')).body).toEqual(first.body);
    await shop.get('/shipping/FR-75');
    expect((await shop.inspect('metrics')).body.tariffs).toEqual({ zones: 2, billedCalls: 2 });
    expect((await shop.get('/shipping/elsewhere')).status).toBe(400);
  });

  test('takes deliveries', async () => {
    const before = await stockOf('lp-16');
    const delivery = { body: { quantity: 25 }, token: shop.adminKey };
    expect(await shop.send('POST', '/admin/stock/lp-16/deliveries', delivery)).toMatchObject({
      status: 201,
      body: { sku: 'lp-16', available: before + 25 },
    });
    expect((await shop.send('POST', '/admin/stock/lp-99/deliveries', delivery)).status).toBe(404);
  });
});
