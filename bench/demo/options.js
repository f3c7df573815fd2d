/** The demo's command line. */
import { parseArgs } from 'node:util';
import { VARIANTS } from './variants.js';

const DEFAULT_SECONDS = 6;
const DEFAULT_SECONDS_OF_MANY = 2;
const DEFAULT_VARIANTS = ['unprotected', 'global-lock', 'protected'];

export const USAGE = `Usage: npm run demo -- [options]

  --seconds <n>    how long each server is driven (${DEFAULT_SECONDS}; ${DEFAULT_SECONDS_OF_MANY} with several seeds)
  --seed <n>       seed of the requests (1)
  --seeds <n>      drive with this many seeds, starting at --seed (1)
  --clients <n>    concurrent clients (64)
  --writes <n>     share of what clients do that changes something, in percent (5)
  --latency <ms>   round trip to the services behind the shop (5)
  --variants <a,b> which servers of ${VARIANTS.map(({ name }) => name).join(', ')}
                   (${DEFAULT_VARIANTS.join(',')})
  --audit          build with the plugin's audit mode
  --help           print this
`;

/**
 * @param {string | undefined} value
 * @param {string} name
 * @param {{ fallback: number, min: number, max: number, whole?: boolean }} range
 */
function number(value, name, { fallback, min, max, whole = true }) {
  if (value === undefined) return fallback;
  const parsed = Number(value);
  if (value === '' || !(parsed >= min && parsed <= max) || (whole && !Number.isInteger(parsed))) {
    throw new Error(`--${name} must be ${whole ? 'an integer' : 'a number'} from ${min} to ${max}`);
  }
  return parsed;
}

/**
 * Throws an error whose message is meant for the user.
 *
 * @param {string[]} args
 */
export function parseOptions(args) {
  const text = /** @type {const} */ ({ type: 'string' });
  const flag = /** @type {const} */ ({ type: 'boolean', default: false });
  const { values } = parseArgs({
    args,
    options: {
      seconds: text,
      seed: text,
      seeds: text,
      clients: text,
      writes: text,
      latency: text,
      variants: text,
      audit: flag,
      help: flag,
    },
  });
  const seeds = number(values.seeds, 'seeds', { fallback: 1, min: 1, max: 10_000 });
  const seconds = seeds === 1 ? DEFAULT_SECONDS : DEFAULT_SECONDS_OF_MANY;
  const first = number(values.seed, 'seed', { fallback: 1, min: 0, max: 2 ** 31 });
  return {
    help: values.help,
    audit: values.audit,
    seeds: Array.from({ length: seeds }, (_, i) => first + i),
    seconds: number(values.seconds, 'seconds', { fallback: seconds, min: 0.1, max: 3600, whole: false }),
    clients: number(values.clients, 'clients', { fallback: 64, min: 1, max: 1024 }),
    writes: number(values.writes, 'writes', { fallback: 5, min: 0, max: 100, whole: false }) / 100,
    latencyMs: number(values.latency, 'latency', { fallback: 5, min: 0, max: 1000 }),
    variants: values.variants?.split(',') ?? DEFAULT_VARIANTS,
  };
}
