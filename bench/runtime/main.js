/**
 * `node bench/runtime/main.js`: what the runtime costs, as ratios to a bare `await fn()` measured in the same
 * process and run, beside other libraries. With `--soak <seconds>` it runs at full load for that long instead
 * and fails unless the heap stays flat. With `--chart <file>` it draws the table as SVG. With `--node <binary>`, which may
 * come several times, it measures under each of these and prints one table in Markdown. `--only <text>`, also
 * several times, chooses the rows that contain it.
 *
 * Everything is measured in many short rounds, each time between two measurements of the baseline, so that a machine
 * that gets slower or faster in between changes both sides of a ratio. Of each measurement the faster quarter
 * counts, as what others do on the machine only adds to it. What is printed is the median of the rounds, the range of
 * their middle half, and the best time of all rounds as a ratio to the best of the baseline: on a machine that has other
 * things to do, that is the number to believe.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure } from 'mitata';
import { drawChart } from './chart.js';
import { soak, weighQueues } from './memory.js';
import { markdown } from './table.js';
import { bare, cases } from './workloads.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    only: { type: 'string', multiple: true, default: [''] },
    chart: { type: 'string' },
    soak: { type: 'string' },
    node: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
  },
});

/**
 * @typedef {object} Result
 * @property {string} workload
 * @property {string} subject
 * @property {number | undefined} target
 * @property {number} ratio the median of the rounds
 * @property {[number, number]} spread the middle half of the rounds
 * @property {number} best
 * @property {number | undefined} toNoLock the median of the ratios to the same calls without any lock, where they are measured
 */

/** Nanoseconds for one call. @param {import('./workloads.js').Case} each */
async function time({ batch, calls }) {
  // A long batch is measured less often, or one case would take minutes.
  const samples = calls > 50_000 ? 3 : 12;
  const { p25, min } = await measure(batch, { min_samples: samples, min_cpu_time: 10e6, warmup_samples: 2 });
  return { usual: p25 / calls, best: min / calls };
}

/** The value below which the given part of all lies. @param {number[]} values @param {number} part */
function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
}

/** @param {number[]} values */
const median = values => quantile(values, 0.5);

/** @param {Result} result */
function line({ workload, subject, target, ratio, spread, best, toNoLock }) {
  return [
    workload.padEnd(26),
    subject.padEnd(26),
    ratio.toFixed(2).padStart(7),
    `${spread[0].toFixed(2)} - ${spread[1].toFixed(2)}`.padStart(16),
    `best ${best.toFixed(2)}`.padStart(12),
    (toNoLock === undefined ? '' : `no lock x ${toNoLock.toFixed(2)}`).padStart(16),
    (target === undefined ? '' : `at most ${target}`).padStart(13),
  ].join(' ');
}

/** @returns {Promise<{ bareTime: number, results: Result[] }>} */
async function compare() {
  const chosen = cases.filter(each =>
    options.only.some(part => `${each.workload} ${each.subject}`.includes(part)),
  );
  const measured = chosen.map(each => ({
    each,
    ratios: /** @type {number[]} */ ([]),
    best: Number.POSITIVE_INFINITY,
  }));
  const bareTimes = [];
  let bestBare = Number.POSITIVE_INFINITY;
  // The first round is for the compiler.
  for (let round = 0; round <= Number(options.rounds); round++) {
    let before = await time(bare);
    for (const entry of measured) {
      const own = await time(entry.each);
      const after = await time(bare);
      if (round > 0) {
        const baseline = (before.usual + after.usual) / 2;
        bareTimes.push(baseline);
        bestBare = Math.min(bestBare, before.best, after.best);
        entry.best = Math.min(entry.best, own.best);
        entry.ratios.push(own.usual / baseline);
      }
      before = after;
    }
  }
  const results = measured.map(({ each: { workload, subject, target, isWithoutLock }, ratios, best }) => {
    const noLock = measured.find(({ each }) => each.workload === workload && each.isWithoutLock);
    return {
      workload,
      subject,
      target,
      ratio: median(ratios),
      spread: /** @type {[number, number]} */ ([quantile(ratios, 0.25), quantile(ratios, 0.75)]),
      best: best / bestBare,
      toNoLock:
        noLock === undefined || isWithoutLock
          ? undefined
          : median(ratios.map((ratio, round) => ratio / (noLock.ratios[round] ?? Number.NaN))),
    };
  });
  return { bareTime: median(bareTimes), results };
}

/** Measures under another Node, with the same options. @param {string} binary @returns {import('./table.js').Measured} */
function compareUnder(binary) {
  const self = fileURLToPath(import.meta.url);
  const args = [
    self,
    '--json',
    '--rounds',
    options.rounds,
    ...options.only.flatMap(part => ['--only', part]),
  ];
  const output = execFileSync(binary, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(output);
}

if (options.soak !== undefined) {
  if (!(await soak(Number(options.soak)))) process.exitCode = 1;
} else if (options.node !== undefined) console.log(markdown(options.node.map(compareUnder)));
else {
  const { bareTime, results } = await compare();
  const weights = options.only.includes('') ? await weighQueues() : [];
  if (options.json) console.log(JSON.stringify({ node: process.version, bareTime, results, weights }));
  else {
    console.log(`Node ${process.version}, bare call ${bareTime.toFixed(0)} ns; ratios to it:`);
    for (const result of results) console.log(line(result));
    for (const weight of weights) console.log(weight.text);
  }
  if (options.chart !== undefined) writeFileSync(options.chart, drawChart(results));
}
