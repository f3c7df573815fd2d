/** What was measured of a server and its load, and how it is printed: one row for each variant, the median of the rounds and their spread. */
import { median } from '../median.js';

/**
 * @typedef {object} Measured
 * @property {number} rate requests a second
 * @property {number} p50 delay of the event loop in milliseconds
 * @property {number} p99
 * @property {number} cpu milliseconds of all threads of the server for a request
 * @property {number} main milliseconds of its main thread
 * @property {number} asking milliseconds of the load's process for a request
 */

/**
 * @param {readonly { title: string, isParallel?: boolean }[]} variants the first one is what the others are compared with
 * @param {readonly (readonly Measured[])[]} results of each variant, by rounds
 */
export function resultTable(variants, results) {
  const [first = []] = results;
  const rows = variants.map(({ title, isParallel = false }, index) => {
    const own = results[index] ?? [];
    /** @param {(measured: Measured) => number} of */
    const ratio = of =>
      median(own.map((one, round) => of(one) / of(/** @type {Measured} */ (first[round])))).toFixed(2);
    const cells = [
      title,
      spread(own.map(({ rate }) => rate)),
      ratio(({ rate }) => rate),
      spread(own.map(({ p99 }) => p99)),
      ratio(({ p99 }) => p99),
      median(own.map(({ cpu }) => cpu)).toFixed(3),
      atMost(own, first, isParallel).toFixed(2),
    ];
    return `| ${cells.join(' | ')} |\n`;
  });
  return `| | requests a second | ratio | p99 of the delay, ms | ratio | CPU a request, ms | at most |\n|---|---:|---:|---:|---:|---:|---:|\n${rows.join('')}`;
}

/**
 * How many times the requests of the first variant can come of the processor time that each takes, on two cores that nobody else uses
 * and of which the load needs a part: what the rates tend to on a machine with nothing else to do. One thread is held up by what it does
 * itself; what collects its garbage beside it is on the other core.
 *
 * @param {readonly Measured[]} own
 * @param {readonly Measured[]} first
 * @param {boolean} isParallel
 */
function atMost(own, first, isParallel) {
  const [main, both] = [median(own.map(one => one.main)), median(own.map(one => one.cpu + one.asking))];
  return median(first.map(one => one.main)) / (isParallel ? Math.max(main, both / 2) : main);
}

/** @param {readonly number[]} numbers */
function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [least, most] = [sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN];
  const digits = most < 100 ? 1 : 0;
  return `${median(numbers).toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}
