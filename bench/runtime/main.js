/**
 * `node bench/runtime/main.js`: what the runtime costs, as ratios to a bare `await fn()` measured in the same
 * process and run, beside other libraries. With `--soak <seconds>` it runs at full load for that long instead
 * and looks at the heap. With `--chart <file>` it draws the table as SVG.
 *
 * Everything is measured in many short rounds, each time right after the baseline, so that a machine that gets slower
 * or faster in between changes both sides of a ratio. Of each measurement the faster quarter counts, as what others do
 * on the machine only adds to it. What is printed is the median of the rounds and the range of their middle half.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measure } from 'mitata';
import { drawChart } from './chart.js';
import { measureQueue, soak } from './memory.js';
import { bare, cases } from './workloads.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    only: { type: 'string', default: '' },
    chart: { type: 'string' },
    soak: { type: 'string' },
  },
});

/** @typedef {{ workload: string, subject: string, target?: number | undefined, ratios: number[] }} Result */

/** Nanoseconds for one call. @param {import('./workloads.js').Case} each */
async function time({ batch, calls }) {
  // A long batch is measured less often, or one case would take minutes.
  const samples = calls > 10_000 ? 3 : 12;
  const { p25 } = await measure(batch, { min_samples: samples, min_cpu_time: 10e6, warmup_samples: 2 });
  return p25 / calls;
}

/** The value below which the given part of all lies. @param {number[]} values @param {number} part */
function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
}

/** @param {number[]} values */
const median = values => quantile(values, 0.5);

/** @param {Result} result */
function line({ workload, subject, target, ratios }) {
  const spread = `${quantile(ratios, 0.25).toFixed(2)} - ${quantile(ratios, 0.75).toFixed(2)}`;
  const wanted = target === undefined ? '' : `at most ${target}`;
  return [
    workload.padEnd(26),
    subject.padEnd(24),
    median(ratios).toFixed(2).padStart(8),
    spread.padStart(16),
    wanted.padStart(14),
  ].join(' ');
}

async function compare() {
  const chosen = cases.filter(each => `${each.workload} ${each.subject}`.includes(options.only));
  /** @type {Result[]} */
  const results = chosen.map(({ workload, subject, target }) => ({ workload, subject, target, ratios: [] }));
  const bareTimes = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [index, each] of chosen.entries()) {
      const baseline = await time(bare);
      bareTimes.push(baseline);
      results[index]?.ratios.push((await time(each)) / baseline);
    }
  }
  console.log(`Node ${process.version}, bare call ${median(bareTimes).toFixed(0)} ns; ratios to it:`);
  for (const result of results) console.log(line(result));
  return results;
}

if (options.soak !== undefined) await soak(Number(options.soak));
else {
  const results = await compare();
  if (options.only === '') await measureQueue();
  if (options.chart !== undefined) {
    writeFileSync(
      options.chart,
      drawChart(results.map(({ ratios, ...rest }) => ({ ...rest, ratio: median(ratios) }))),
    );
  }
}
