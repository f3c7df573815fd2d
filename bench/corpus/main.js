/**
 * `npm run bench:corpus`: what the analysis makes of published servers that nobody wrote for it.
 *
 * Each is analysed in a process of its own with limits of time and memory, so that one which goes wrong is a line of the
 * table and not its end. Ends with code 1 if the analysis failed, gave up, or locked what must stay free; slowness
 * is for people to judge, who know the machine.
 */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitOnSignals, onClose } from '../demo/closing.js';
import { buildPackage } from '../demo/package-build.js';
import { installServers } from './install.js';
import { parseOptions, USAGE } from './options.js';
import { faultsOf, formatPage, formatTables } from './report.js';

/** @typedef {import('./analyze.js').Result} Result */

const program = fileURLToPath(new URL('./analyze.js', import.meta.url));
const page = fileURLToPath(new URL('../../docs/corpus.md', import.meta.url));

/** @param {string} text */
const progress = text => process.stderr.write(`${text}\n`);

/**
 * @param {import('./analyze.js').Job} job
 * @param {{ limitMs: number, memory: number }} limits
 * @returns {Promise<Result | string>} what came of it, or why nothing did
 */
function analyzeApart(job, { limitMs, memory }) {
  const analyzing = fork(program, {
    execArgv: [`--max-old-space-size=${memory}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const forget = onClose(() => analyzing.kill('SIGKILL'));
  let errors = '';
  analyzing.stderr?.on('data', data => {
    errors += data;
  });
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      resolve(`not done after ${limitMs / 1000} s`);
      analyzing.kill('SIGKILL');
    }, limitMs);
    analyzing.once('message', result => resolve(/** @type {Result} */ (result)));
    analyzing.once('close', () => {
      clearTimeout(timer);
      forget();
      resolve(/heap out of memory/.test(errors) ? `more than ${memory} MB` : errors.trim());
    });
    analyzing.send(job);
  });
}

exitOnSignals();
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    process.exit();
  }
  buildPackage();
  const packages = installServers();
  const all = [];
  for (const server of options.servers) {
    progress(server.name);
    const job = { root: join(packages, server.name), include: server.include };
    all.push({ server, result: await analyzeApart(job, options) });
  }
  process.stdout.write(formatTables(all));
  if (options.write) writeFileSync(page, formatPage(all));
  const faults = all.flatMap(faultsOf);
  for (const fault of faults) progress(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
} catch (error) {
  progress(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
