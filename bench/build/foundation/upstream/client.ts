import { setTimeout as sleep } from 'node:timers/promises';
import { config } from '../config.js';
import { unavailable } from '../errors.js';
import { warn } from '../observability/logger.js';
import { count, timed } from '../observability/metrics.js';

const MOST_ATTEMPTS = 3;
const REST_MS = 5000;
const failures = new Map<string, { inARow: number; openUntil: number }>();

function assertReachable(service: string) {
  const state = failures.get(service);
  if (state && state.openUntil > Date.now()) throw unavailable(service);
}

function failed(service: string) {
  const state = failures.get(service) ?? { inARow: 0, openUntil: 0 };
  state.inARow++;
  if (state.inARow >= 5) {
    state.openUntil = Date.now() + REST_MS;
    warn('upstream given a rest', { service });
  }
  failures.set(service, state);
}

/** Asks a service behind this server, again if it does not answer, and not at all for a while if it never does. */
export async function ask<T>(service: string, path: string, body?: unknown): Promise<T> {
  assertReachable(service);
  return timed(`upstream.${service}`, async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await fetch(`${config.upstreamUrl}/${service}${path}`, {
          method: body === undefined ? 'GET' : 'POST',
          signal: AbortSignal.timeout(config.upstreamTimeoutMs),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        if (response.status >= 500) throw unavailable(service);
        failures.delete(service);
        return (await response.json()) as T;
      } catch (error) {
        failed(service);
        count(`upstream.${service}.retries`);
        if (attempt === MOST_ATTEMPTS) throw error;
        await sleep(2 ** attempt * 50);
      }
    }
  });
}
