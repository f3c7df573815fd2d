/**
 * The HTTP side of the load: requests over kept-alive connections, each timed.
 *
 * Connections are not pipelined, as those of browsers are not: a request that waits for a lock must not
 * hold up another one's answer.
 */
import { Pool } from 'undici';

const TIMEOUT_MS = 20_000;

/**
 * @typedef {object} Answer
 * @property {number} status 0 if there was none
 * @property {any} body
 */

export class ShopClient {
  #pool;
  #adminKey;
  /** @type {number[] | null} */
  #latencies = null;

  /**
   * @param {string} url
   * @param {string} adminKey
   * @param {number} connections
   */
  constructor(url, adminKey, connections) {
    this.#pool = new Pool(url, {
      connections,
      pipelining: 1,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    this.#adminKey = adminKey;
  }

  /** From now on requests are timed. */
  startTiming() {
    this.#latencies = [];
  }

  /** The times of the requests that were answered since `startTiming`, in milliseconds, sorted. */
  stopTiming() {
    const latencies = Float64Array.from(this.#latencies ?? []).sort();
    this.#latencies = null;
    return latencies;
  }

  /**
   * @param {'GET' | 'POST' | 'DELETE'} method
   * @param {string} path
   * @param {{ token?: string, body?: object, key?: string }} [options]
   * @returns {Promise<Answer>}
   */
  async send(method, path, { token, body, key } = {}) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (token) headers.authorization = `Bearer ${token}`;
    if (body) headers['content-type'] = 'application/json';
    if (key) headers['idempotency-key'] = key;
    const startedAt = performance.now();
    try {
      const response = await this.#pool.request({
        method,
        path,
        headers,
        body: body ? JSON.stringify(body) : null,
      });
      const text = await response.body.text();
      this.#latencies?.push(performance.now() - startedAt);
      return { status: response.statusCode, body: text === '' ? null : JSON.parse(text) };
    } catch (error) {
      return { status: 0, body: { error: /** @type {{ code?: string }} */ (error).code ?? String(error) } };
    }
  }

  /**
   * @param {'GET' | 'POST'} method
   * @param {string} path
   * @param {object} [body]
   */
  sendAsAdmin(method, path, body) {
    return this.send(method, path, { token: this.#adminKey, ...(body ? { body } : {}) });
  }

  close() {
    return this.#pool.close();
  }
}
