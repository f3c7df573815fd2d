/**
 * What the time of a build goes to: a sampling profile, and for each sample the stage that was at work.
 *
 * The stage is that of the innermost function on the stack that is the software's own, so that a stage pays for
 * what it has Babel's parser or the resolver do. That way nothing is measured inside the software itself,
 * which would have to be kept in step with it and would slow it down.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';

/** @typedef {import('node:inspector').Profiler.Profile} Profile */

/**
 * @typedef {object} Attribution
 * @property {[string, number][]} stages milliseconds of each, in the order of the pipeline
 * @property {[string, number][]} functions milliseconds of the software's functions themselves, longest first
 */

/** Folders and files of `src`, the longest that fits first. */
const STAGES = /** @type {const} */ ([
  ['graph/parse', 'parse'],
  ['graph/source-file', 'parse'],
  ['graph/requests', 'parse'],
  ['graph', 'discovery'],
  ['ir', 'lower'],
  ['effects/accesses', 'effects'],
  ['effects/sharing', 'effects'],
  ['effects', 'solve'],
  ['conflicts', 'plan'],
  ['own-locks', 'plan'],
  ['sections', 'plan'],
  ['findings', 'plan'],
  ['plan', 'plan'],
  ['transform', 'transform'],
  ['babel', 'transform'],
]);

const BABEL = 'Babel itself';
const COLLECTION = 'garbage collection';
const ORDER = ['discovery', 'parse', 'lower', 'solve', 'effects', 'plan', 'transform', BABEL, COLLECTION];
const MOST_FUNCTIONS = 20;
const SAMPLING_INTERVAL_US = 500;

/**
 * @param {() => void} work
 * @returns {Promise<Profile>}
 */
export async function profiled(work) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
  await session.post('Profiler.start');
  work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return profile;
}

/** Where in the sources a function of the built package comes from. */
class Origins {
  /** @type {Map<string, TraceMap | undefined>} */
  #maps = new Map();

  /**
   * @param {import('node:inspector').Runtime.CallFrame} frame
   * @returns {string | undefined} relative to `src`; nothing for code that is not the software's
   */
  of({ url, lineNumber, columnNumber }) {
    const map = this.#mapOf(url);
    const { source } = map
      ? originalPositionFor(map, { line: lineNumber + 1, column: columnNumber })
      : { source: null };
    return source?.match(/(?:^|\/)src\/(.+)\.ts$/)?.[1];
  }

  /** @param {string} url */
  #mapOf(url) {
    if (!this.#maps.has(url)) {
      const file = `${url.startsWith('file:') ? fileURLToPath(url) : url}.map`;
      const isBuilt = /[/\\]dist[/\\](esm|cjs)[/\\]/.test(file) && existsSync(file);
      this.#maps.set(url, isBuilt ? new TraceMap(readFileSync(file, 'utf8')) : undefined);
    }
    return this.#maps.get(url);
  }
}

/**
 * @param {Profile} profile
 * @returns {Attribution}
 */
export function attribute({ nodes, samples = [], timeDeltas = [] }) {
  const origins = new Origins();
  /** @type {Map<number, { stage: string, own: string | undefined }>} */
  const places = new Map();
  const byId = new Map(nodes.map(node => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id])));

  /**
   * @param {number} id
   * @returns {{ stage: string, own: string | undefined }}
   */
  const placeOf = id => {
    const known = places.get(id);
    if (known) return known;
    const { functionName = '', ...frame } = byId.get(id)?.callFrame ?? {};
    const origin = origins.of(/** @type {import('node:inspector').Runtime.CallFrame} */ (frame));
    const stage = origin && STAGES.find(([prefix]) => origin.startsWith(prefix))?.[1];
    const parent = parents.get(id);
    const place = {
      stage:
        stage ??
        (functionName === '(garbage collector)'
          ? COLLECTION
          : parent === undefined
            ? BABEL
            : placeOf(parent).stage),
      own: origin && `${origin}: ${functionName || 'anonymous'}`,
    };
    places.set(id, place);
    return place;
  };

  const stages = new Map(ORDER.map(name => [name, 0]));
  /** @type {Map<string, number>} */
  const functions = new Map();
  for (const [i, id] of samples.entries()) {
    const took = (timeDeltas[i] ?? 0) / 1000;
    const { stage, own } = placeOf(id);
    stages.set(stage, (stages.get(stage) ?? 0) + took);
    if (own) functions.set(own, (functions.get(own) ?? 0) + took);
  }
  const longest = [...functions].sort(([, a], [, b]) => b - a).slice(0, MOST_FUNCTIONS);
  return { stages: [...stages], functions: longest };
}
