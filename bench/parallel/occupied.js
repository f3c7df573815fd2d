/**
 * How well calls are spread over threads, on a machine that has other things to do: each call occupies its thread for 2 ms by waiting, so
 * that it takes no processor. 16 calls are open all the time.
 *
 *     node bench/parallel/occupied.js [--seconds=3] [--rounds=3]
 *
 * Printed are calls a second, and how late the event loop is (p99), as medians of the rounds.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Piscina } from 'piscina';
import { median } from '../median.js';

const { configure, parallel } = await import(new URL('../../dist/esm/parallel.js', import.meta.url).href);

const WAYS = ['one thread', 'Piscina, 2 workers', 'parallel(), 1 worker', 'parallel(), 2 workers'];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    way: { type: 'string' },
  },
});

function occupy() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}

/** @param {string} way */
function caller(way) {
  if (way === 'one thread') return async () => occupy();
  if (way.startsWith('Piscina')) {
    const folder = mkdtempSync(join(tmpdir(), 'anyspeed-occupied-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'task.cjs'), `module.exports = ${occupy};`);
    const pool = new Piscina({ filename: join(folder, 'task.cjs'), minThreads: 2, maxThreads: 2 });
    return () => pool.run(undefined);
  }
  configure({ size: way.includes('1') ? 1 : 2 });
  return parallel('occupied.js#occupy', occupy, { source: `return ${occupy};`, from: import.meta.url });
}

/** @param {string} way */
async function measure(way) {
  const call = caller(way);
  const drive = async (/** @type {number} */ end) => {
    let calls = 0;
    // Each client is served by the event loop before it calls again.
    for (; performance.now() < end; calls++)
      await Promise.resolve(call()).then(() => new Promise(setImmediate));
    return calls;
  };
  const clients = (/** @type {number} */ seconds) =>
    Promise.all(Array.from({ length: 16 }, () => drive(performance.now() + seconds * 1000)));
  await clients(0.5);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begin = performance.now();
  const calls = (await clients(Number(values.seconds))).reduce((sum, one) => sum + one, 0);
  process.send?.({ rate: (calls * 1000) / (performance.now() - begin), p99: delay.percentile(99) / 1e6 });
}

async function main() {
  /** @type {Map<string, { rate: number, p99: number }[]>} */
  const measured = new Map(WAYS.map(way => [way, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [way, results] of measured) {
      const child = fork(fileURLToPath(import.meta.url), [`--way=${way}`, `--seconds=${values.seconds}`]);
      const [result] = await once(child, 'message');
      results.push(result);
      child.kill();
    }
  }
  process.stdout.write('| | calls a second | p99 of the delay, ms |\n|---|---:|---:|\n');
  for (const [way, results] of measured) {
    const [rate, p99] = [median(results.map(one => one.rate)), median(results.map(one => one.p99))];
    process.stdout.write(`| ${way} | ${rate.toFixed(0)} | ${p99.toFixed(1)} |\n`);
  }
}

await (values.way ? measure(values.way) : main());
