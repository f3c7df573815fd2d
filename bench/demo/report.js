/** What the demo prints: the variants side by side, and what follows from it. */
import picocolors from 'picocolors';
import { INVARIANTS } from './load/invariants.js';

/** @typedef {import('./variants.js').Variant} Variant */
/** @typedef {import('./load/main.js').Result} Result */

/**
 * @typedef {object} Runs
 * @property {Variant} variant
 * @property {{ seed: number, result: Result & { audited?: readonly string[] } }[]} runs
 */

/** @typedef {{ text: string, isBad?: boolean }} Cell */
/** @typedef {{ title: string, cells: Cell[], isHeading?: boolean }} Row */

const LABEL_WIDTH = 28;
const CELL_WIDTH = 18;

/** @param {readonly number[]} numbers */
const sumOf = numbers => numbers.reduce((sum, number) => sum + number, 0);

/** @param {Result} result */
const isBroken = ({ violations }) => sumOf(violations) > 0;

/** @param {number} count */
const integer = count => Math.round(count).toLocaleString('en-US');

/** @param {Runs} runs */
const throughputOf = ({ runs }) => sumOf(runs.map(({ result }) => result.throughput)) / runs.length;

/**
 * The latency that a share of all requests did not exceed, over all seeds.
 *
 * @param {Runs} runs
 * @param {number} share
 */
function percentile({ runs }, share) {
  const all = Float64Array.from(runs.flatMap(({ result }) => [...result.latencies])).sort();
  return all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? Number.NaN;
}

/**
 * @param {readonly Runs[]} all
 * @param {(result: Result) => number} count
 * @returns {Cell[]}
 */
function violationCells(all, count) {
  return all.map(({ runs }) => {
    const total = sumOf(runs.map(({ result }) => count(result)));
    return { text: integer(total), isBad: total > 0 };
  });
}

/**
 * @param {readonly Runs[]} all
 * @returns {Row[]}
 */
function invariantRows(all) {
  /** @type {Row[]} */
  const rows = [];
  const groups = new Set(INVARIANTS.map(({ group }) => group));
  for (const group of groups) {
    const members = INVARIANTS.flatMap((invariant, index) =>
      invariant.group === group ? [{ ...invariant, index }] : [],
    );
    if (group) {
      const total = (/** @type {Result} */ { violations }) =>
        sumOf(members.map(({ index }) => violations[index] ?? 0));
      rows.push({ title: group, cells: violationCells(all, total) });
    }
    for (const { title, index } of members) {
      const cells = violationCells(all, ({ violations }) => violations[index] ?? 0);
      rows.push({ title: group ? `  ${title}` : title, cells });
    }
  }
  return rows;
}

/**
 * @param {readonly Runs[]} all
 * @returns {Row[]}
 */
function performanceRows(all) {
  const total = (/** @type {(result: Result) => number} */ count) =>
    all.map(({ runs }) => ({ text: integer(sumOf(runs.map(({ result }) => count(result)))) }));
  return [
    { title: 'requests', cells: total(({ requests }) => requests) },
    { title: 'orders', cells: total(({ orders }) => orders) },
    { title: 'throughput (req/s)', cells: all.map(runs => ({ text: integer(throughputOf(runs)) })) },
    { title: 'latency p50 (ms)', cells: all.map(runs => ({ text: percentile(runs, 0.5).toFixed(1) })) },
    { title: 'latency p99 (ms)', cells: all.map(runs => ({ text: percentile(runs, 0.99).toFixed(1) })) },
  ];
}

/** @param {Row} row */
function line({ title, cells, isHeading }) {
  const padded = cells.map(({ text, isBad }) => {
    const cell = text.padStart(CELL_WIDTH);
    return isBad ? picocolors.red(cell) : isHeading ? picocolors.bold(cell) : cell;
  });
  return title.padEnd(LABEL_WIDTH) + padded.join('');
}

/** @param {readonly Runs[]} all */
export function formatTable(all) {
  const rule = '-'.repeat(LABEL_WIDTH + CELL_WIDTH * all.length);
  /** @type {Row} */
  const heading = { title: '', cells: all.map(({ variant }) => ({ text: variant.title })), isHeading: true };
  return [
    line(heading),
    rule,
    ...invariantRows(all).map(line),
    rule,
    ...performanceRows(all).map(line),
    ...failureLines(all),
    ...auditLines(all),
  ].join('\n');
}

/**
 * What the audit of a server has found, if it was built with one.
 *
 * @param {readonly Runs[]} all
 */
function auditLines(all) {
  return all.flatMap(({ variant, runs }) =>
    runs.flatMap(({ seed, result }) =>
      (result.audited ?? []).map(violation => `${variant.title}, seed ${seed}: audit: ${violation}`),
    ),
  );
}

/** @param {readonly Runs[]} all */
function failureLines(all) {
  return all.flatMap(({ variant, runs }) =>
    runs.flatMap(({ seed, result }) =>
      result.failures.map(([what, count]) => `${variant.title}, seed ${seed}: ${count} times ${what}`),
    ),
  );
}

/**
 * Whether the runs show what the demo claims, in a sentence.
 *
 * @param {readonly Runs[]} all
 */
export function verdict(all) {
  const sentences = [];
  let isAsExpected = true;
  for (const { variant, runs } of all) {
    const broken = runs.filter(({ result }) => isBroken(result)).map(({ seed }) => seed);
    const ofRuns = runs.length === 1 ? '' : ` in ${broken.length} of ${runs.length} runs`;
    if (variant.expected === 'breaks') {
      if (broken.length === 0) isAsExpected = false;
      sentences.push(
        broken.length > 0
          ? `"${variant.title}" broke its invariants${ofRuns}`
          : `"${variant.title}" broke no invariant, so this run shows nothing (drive it longer)`,
      );
    } else if (broken.length > 0) {
      isAsExpected = false;
      sentences.push(`"${variant.title}" BROKE its invariants (seeds ${broken.join(', ')})`);
    } else {
      sentences.push(`"${variant.title}" kept them all`);
    }
  }
  const found = auditLines(all).length;
  if (found > 0) {
    isAsExpected = false;
    sentences.push(`the audit found ${found} ${found === 1 ? 'violation' : 'violations'}`);
  }
  return { isAsExpected, sentence: `${sentences.join('; ')}${comparison(all)}.` };
}

/** @param {readonly Runs[]} all */
function comparison(all) {
  const guarded = all.find(({ variant }) => variant.name === 'protected');
  const global = all.find(({ variant }) => variant.name === 'global-lock');
  if (!guarded || !global) return '';
  const factor = throughputOf(guarded) / throughputOf(global);
  return `, at ${factor.toFixed(1)} times the throughput of "${global.variant.title}"`;
}
