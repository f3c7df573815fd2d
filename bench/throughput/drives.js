/** The builds that are compared, and single runs of them with the invariants checked. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { driveVariant } from '../demo/drive.js';
import { INVARIANTS } from '../demo/load/invariants.js';

/** @typedef {import('./hold-times.js').HoldTimes} HoldTimes */
/** @typedef {import('./measures.js').Load} Load */
/** @typedef {import('../demo/variants.js').Variant} Variant */

/**
 * @typedef {object} Run
 * @property {number} throughput requests a second
 * @property {number} p99 milliseconds
 * @property {string[]} broken the invariants that did not hold, with how much
 * @property {HoldTimes} held nothing if it was not asked for
 */

const LATENCY_MS = 5;
const preload = fileURLToPath(new URL('hold-times.js', import.meta.url));

export class Drives {
  /** @type {Map<string, { variant: Variant, directory: string }>} */
  #built = new Map();
  #seconds;
  #holding;
  /** What went wrong that must not. @type {string[]} */
  faults = [];

  /**
   * @param {object} options
   * @param {number} options.seconds of each run
   * @param {ReadonlySet<string>} options.holding the handlers whose times count where times are measured
   */
  constructor({ seconds, holding }) {
    this.#seconds = seconds;
    this.#holding = holding;
  }

  /**
   * @param {Variant} variant
   * @param {string} directory where it was built
   */
  add(variant, directory) {
    this.#built.set(variant.name, { variant, directory });
  }

  /** @param {string} name */
  #of(name) {
    const built = this.#built.get(name);
    if (built === undefined) throw new Error(`"${name}" was not built`);
    return built;
  }

  /** @param {string} name */
  titleOf(name) {
    return this.#of(name).variant.title;
  }

  /**
   * @param {string} name of a variant
   * @param {Load} load
   * @param {number} seed
   * @param {boolean} isTimed whether to learn how long locks are held, which costs something
   * @returns {Promise<Run>}
   */
  async drive(name, load, seed, isTimed) {
    const { variant, directory } = this.#of(name);
    const file = isTimed ? join(mkdtempSync(join(directory, 'held-')), 'held.json') : '';
    const result = await driveVariant(directory, {
      latencyMs: LATENCY_MS,
      seed,
      seconds: this.#seconds,
      ...load,
      ...(isTimed && { process: { env: { HOLD_TIMES: file }, execArgv: ['--import', preload] } }),
    });
    const broken = INVARIANTS.flatMap(({ title }, index) => {
      const count = result.violations[index] ?? 0;
      return count > 0 ? [`${title}: ${count}`] : [];
    });
    if (broken.length > 0 && variant.expected === 'holds') {
      const failures = result.failures.map(([what, count]) => `${count} times ${what}`);
      this.faults.push(`"${variant.title}", seed ${seed}: ${[...broken, ...failures].join(', ')}`);
    }
    const { latencies, throughput } = result;
    return {
      throughput,
      p99: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
      broken,
      held: isTimed ? this.#timesIn(file) : [],
    };
  }

  /**
   * @param {string} file
   * @returns {HoldTimes}
   */
  #timesIn(file) {
    /** @type {HoldTimes} */
    const all = JSON.parse(readFileSync(file, 'utf8'));
    return all.filter(([handler]) => this.#holding.has(handler));
  }
}
