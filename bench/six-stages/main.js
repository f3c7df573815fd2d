/**
 * What a coarser split costs: requests a second of the server of six stages and of that with fewer, as they are written
 * and protected.
 *
 *     npm run bench:six-stages [-- --seconds=4 --rounds=3 --clients=64]
 *
 * The load comes from a process of its own, and a protected server that gives a revision twice is a failure. All
 * variants run in every round; the best round of each counts.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { exitOnSignals } from '../demo/closing.js';
import { buildPackage } from '../demo/package-build.js';
import { startProgram } from '../demo/server-process.js';
import { buildProject, temporaryDirectory } from '../demo/workspace.js';

const execute = promisify(execFile);
const load = fileURLToPath(new URL('load.js', import.meta.url));

const SPLITS = [
  { title: 'six stages', overlay: undefined },
  { title: 'fewer stages', overlay: 'variants/fewer-stages' },
  { title: 'one handler in stages', overlay: 'variants/one-handler' },
];
const CONFIGS = [
  { config: 'babel.config.js', promise: 'none' },
  { config: 'babel.protected.config.js', promise: 'guarded' },
];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '64' },
  },
});

/**
 * Requests a second that the server in `directory` handles.
 *
 * @param {string} directory
 * @param {string} promise
 */
async function measure(directory, promise) {
  const server = await startProgram(directory, { env: { PORT: '0', DATABASE_LATENCY_MS: '1' } });
  try {
    const args = [load, server.url, values.clients, values.seconds, promise];
    const { stdout } = await execute(process.execPath, args);
    return Number(stdout);
  } finally {
    await server.stop();
  }
}

exitOnSignals();
buildPackage();
const parent = temporaryDirectory('six-stages');

/** @type {{ title: string, directory: string, promise: string, best: number }[]} */
const built = [];
for (const { title, overlay } of SPLITS) {
  for (const { config, promise } of CONFIGS) {
    const directory = join(parent, `${title}-${promise}`);
    await buildProject({ fixture: 'six-stages', config, ...(overlay && { overlay }) }, directory);
    built.push({ title, directory, promise, best: 0 });
  }
}
for (let round = 0; round < Number(values.rounds); round++) {
  for (const variant of built)
    variant.best = Math.max(variant.best, await measure(variant.directory, variant.promise));
}
process.stdout.write('| | as written | protected | ratio |\n|---|---:|---:|---:|\n');
for (const { title } of SPLITS) {
  const [plain = 0, guarded = 0] = built.filter(variant => variant.title === title).map(({ best }) => best);
  const ratio = (guarded / plain).toFixed(2);
  process.stdout.write(`| ${title} | ${Math.round(plain)} | ${Math.round(guarded)} | ${ratio} |\n`);
}
process.exit();
