/**
 * A shopper: one of the concurrent clients. It does one thing after another, chosen from a mix by its own
 * seeded random numbers, and enters what the shop acknowledged into the ledger.
 */
import { Random } from './random.js';

/** @typedef {import('./client.js').Answer} Answer */
/** @typedef {import('./client.js').ShopClient} ShopClient */
/** @typedef {import('./ledger.js').Ledger} Ledger */
/** @typedef {import('./mixes.js').Mix} Mix */
/** @typedef {{ id: string, token: string }} Account */

/**
 * What everybody is after at the moment: the limited pressing on sale, the coupon that goes round, the
 * zone people order from. Each moves on when it is used up, so that its end is reached again and again.
 */
export class Season {
  #pressing = 1;
  #coupon = 1;
  #shipments = 0;

  get pressing() {
    return `limited-${String(this.#pressing).padStart(3, '0')}`;
  }

  get coupon() {
    return `SPIN-${String(this.#coupon).padStart(3, '0')}`;
  }

  /** @param {string} sku */
  soldOut(sku) {
    if (sku === this.pressing && this.#pressing < 600) this.#pressing++;
  }

  /** @param {string} code */
  usedUp(code) {
    if (code === this.coupon && this.#coupon < 600) this.#coupon++;
  }

  /** A zone that a dozen or so shipments go to before the next one comes up. */
  nextZone() {
    const zone = Math.floor(this.#shipments++ / 15);
    const country = String.fromCharCode(65 + (Math.floor(zone / 100) % 26));
    return `X${country}-${String(zone % 100).padStart(2, '0')}`;
  }
}

const REGULAR_PRODUCTS = Array.from({ length: 16 }, (_, i) => `lp-${String(i + 1).padStart(2, '0')}`);
/** The products whose stock is topped up while they sell. */
const DELIVERED_PRODUCTS = REGULAR_PRODUCTS.slice(0, 4);

export class Shopper {
  #random;
  #count = 0;

  /**
   * @param {object} world
   * @param {number} world.number
   * @param {number} world.seed
   * @param {number} world.writes share of actions that change something, 0 to 1
   * @param {Mix} world.mix
   * @param {Account} world.account
   * @param {readonly Account[]} world.others
   * @param {Account | undefined} world.crowded whose cart the mix's `crowding` goes to
   * @param {ShopClient} world.client
   * @param {Ledger} world.ledger
   * @param {Season} world.season
   */
  constructor({ number, seed, writes, mix, account, others, crowded, client, ledger, season }) {
    this.number = number;
    this.writes = writes;
    this.mix = mix;
    this.account = account;
    this.crowded = crowded;
    this.others = others;
    this.client = client;
    this.ledger = ledger;
    this.season = season;
    this.#random = new Random(seed, number);
  }

  /** Does the next thing. */
  async act() {
    const random = this.#random;
    const action = random.weighted(random.chance(this.writes) ? this.mix.writes : this.mix.reads);
    this.#count++;
    await /** @type {Record<string, () => Promise<void>>} */ (/** @type {unknown} */ (this))[action]?.();
  }

  /**
   * Files an answer that is neither a success nor a refusal the shopper understands.
   *
   * @param {string} what
   * @param {Answer} answer
   */
  #complain(what, { status, body }) {
    this.ledger.failures.add(`${what}: ${status} ${body?.error ?? ''}`.trim());
  }

  /**
   * @param {string} path
   * @param {string} what
   */
  async #read(path, what) {
    const answer = await this.client.send('GET', path, { token: this.account.token });
    if (answer.status !== 200) this.#complain(what, answer);
    return answer;
  }

  #anyProduct() {
    return this.#random.chance(this.mix.limited) ? this.season.pressing : this.#random.pick(REGULAR_PRODUCTS);
  }

  async productPage() {
    const { status } = await this.#read(`/products/${this.#anyProduct()}`, 'product page');
    if (status === 200) this.ledger.views++;
  }

  async list() {
    await this.#read(`/products?page=${this.#random.integer(1, 5)}&pageSize=10`, 'product list');
  }

  async quote() {
    await this.#read(`/products/${this.#anyProduct()}/quote?quantity=${this.#random.integer(1, 9)}`, 'quote');
  }

  async shipping() {
    const zone = this.season.nextZone();
    this.ledger.zones.add(zone);
    await this.#read(`/shipping/${zone}?grams=${this.#random.integer(300, 5000)}`, 'shipping cost');
  }

  async health() {
    await this.#read('/health', 'health');
  }

  async viewCart() {
    await this.#read('/cart', 'cart');
  }

  async popular() {
    await this.#read('/products/popular', 'popular products');
  }

  async availability() {
    await this.#read(`/products/${this.#anyProduct()}/stock`, 'availability');
  }

  async readReviews() {
    await this.#read(`/products/${this.#anyProduct()}/reviews`, 'reviews');
  }

  /**
   * Sends a request once or, impatient, twice at the same time.
   *
   * @param {number} impatience
   * @param {() => Promise<void>} send
   */
  async #click(impatience, send) {
    const isTwice = this.#random.chance(impatience * this.mix.impatience);
    await Promise.all(isTwice ? [send(), send()] : [send()]);
  }

  async addToCart() {
    const body = { sku: this.#anyProduct(), quantity: this.#random.integer(1, 2) };
    const isCrowded = this.mix.crowding > 0 && this.#random.chance(this.mix.crowding);
    const { id, token } = (isCrowded && this.crowded) || this.account;
    await this.#click(0.3, async () => {
      const answer = await this.client.send('POST', '/cart/items', { token, body });
      if (answer.status !== 201) return this.#complain('add to cart', answer);
      this.ledger.cartUnits.add(`${id}/${body.sku}`, body.quantity);
    });
  }

  /** @param {string} sku */
  async #removeFromCart(sku) {
    const answer = await this.client.send('DELETE', `/cart/items/${sku}`, { token: this.account.token });
    if (answer.status === 200) {
      this.ledger.cartUnits.add(`${this.account.id}/${sku}`, -answer.body.removed);
    } else if (answer.status !== 404) {
      this.#complain('remove from cart', answer);
    }
  }

  async order() {
    const key = `order-${this.number}-${this.#count}`;
    const coupon = this.#random.chance(0.6) ? this.season.coupon : null;
    const send = () =>
      this.client.send('POST', '/orders', { token: this.account.token, body: { coupon }, key });
    await this.#click(0.35, async () => {
      let answer = await send();
      if (answer.status === 409 && answer.body.error === 'cart-empty') {
        await this.addToCart();
        answer = await send();
      }
      if (answer.status !== 201 && answer.status !== 200) await this.#reconsider(answer);
    });
  }

  /** @param {Answer} refusal of an order */
  async #reconsider(refusal) {
    const { status, body } = refusal;
    if (status === 409 && body.error === 'cart-empty') return;
    if (status === 409 && body.error === 'coupon-used-up') return this.season.usedUp(body.coupon);
    if (status === 409 && body.error === 'out-of-stock') {
      this.season.soldOut(body.sku);
      return this.#removeFromCart(body.sku);
    }
    if (status === 402) {
      const cart = await this.#read('/cart', 'cart');
      for (const { sku } of cart.body?.lines ?? []) await this.#removeFromCart(sku);
      return;
    }
    this.#complain('order', refusal);
  }

  async transfer() {
    const to = this.#random.pick(this.others).id;
    const points = this.#random.integer(1, 20);
    const answer = await this.client.send('POST', '/points/transfers', {
      token: this.account.token,
      body: { to, points },
    });
    if (answer.status === 200) {
      this.ledger.pointsGiven.add(this.account.id, points);
      this.ledger.pointsGiven.add(to, -points);
    } else if (answer.status !== 409) {
      this.#complain('transfer', answer);
    }
  }

  async review() {
    const sku = this.#random.pick(REGULAR_PRODUCTS);
    const answer = await this.client.send('POST', `/products/${sku}/reviews`, {
      token: this.account.token,
      body: { stars: this.#random.integer(1, 5), text: 'Played it all week.' },
    });
    if (answer.status === 201) this.ledger.reviews.add(sku);
    else this.#complain('review', answer);
  }

  async deliver() {
    const sku = this.#random.pick(DELIVERED_PRODUCTS);
    const quantity = this.#random.integer(1, 5);
    const answer = await this.client.sendAsAdmin('POST', `/admin/stock/${sku}/deliveries`, { quantity });
    if (answer.status === 201) this.ledger.delivered.add(sku, quantity);
    else this.#complain('delivery', answer);
  }

  async register() {
    const email = `new-${this.number}-${this.#count}@example.com`;
    await this.#click(0.5, async () => {
      const answer = await register(this.client, this.ledger, email);
      if (answer.status !== 201 && answer.status !== 409) this.#complain('registration', answer);
    });
  }
}

const PASSWORD = 'correct horse';

/**
 * @param {ShopClient} client
 * @param {Ledger} ledger
 * @param {string} email
 */
async function register(client, ledger, email) {
  const body = { email, name: 'Robin', password: PASSWORD };
  const answer = await client.send('POST', '/accounts', { body });
  if (answer.status === 201) {
    ledger.accounts.add(email);
    ledger.userIds.add(answer.body.id);
  }
  return answer;
}

/**
 * Opens an account and signs in.
 *
 * @param {ShopClient} client
 * @param {Ledger} ledger
 * @param {number} number
 * @returns {Promise<Account>}
 */
export async function openAccount(client, ledger, number) {
  const email = `shopper-${number}@example.com`;
  await register(client, ledger, email);
  const answer = await client.send('POST', '/accounts/sessions', { body: { email, password: PASSWORD } });
  if (answer.status !== 201) throw new Error(`cannot sign in: ${answer.status} ${answer.body?.error}`);
  return { id: answer.body.user.id, token: answer.body.token };
}
