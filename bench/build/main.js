/**
 * `npm run bench:build`: what the plugin adds to the time that Babel takes to build a server.
 *
 * Each server is compiled by turns with and without the plugin, each time in a fresh process, and what counts
 * is the ratio of two builds that follow each other: a machine that is busy now and then slows both down. Ends
 * with code 2 if something could not be built; slowness is for people to judge, who know the machine.
 */
import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exitOnSignals, onClose } from '../demo/closing.js';
import { buildPackage } from '../demo/package-build.js';
import { temporaryDirectory } from '../demo/workspace.js';
import { parseOptions, USAGE } from './options.js';
import { configOf, SETUPS, writeProject } from './project.js';
import { formatGrowth, formatServer } from './report.js';

/** @typedef {import('./compile.js').Job} Job */
/** @typedef {import('./compile.js').Result} Result */

const program = fileURLToPath(new URL('./compile.js', import.meta.url));

/** @param {string} text */
const progress = text => process.stderr.write(`${text}\n`);

/**
 * @param {Job} job
 * @param {number} limitMs
 * @returns {Promise<Result>}
 */
function compile(job, limitMs) {
  const compiling = fork(program, { execArgv: ['--max-old-space-size=8192'] });
  const forget = onClose(() => compiling.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      compiling.kill('SIGKILL');
      reject(new Error(`${job.config} in ${job.directory} was not built within ${limitMs / 1000} s`));
    }, limitMs);
    compiling.once('message', result => resolve(/** @type {Result} */ (result)));
    compiling.once('exit', code => {
      clearTimeout(timer);
      forget();
      reject(new Error(`${job.config} in ${job.directory} was not built: code ${code}`));
    });
    compiling.send(job);
  });
}

/**
 * @param {import('./project.js').Project} project
 * @param {import('./project.js').Setup} setup
 * @param {ReturnType<typeof parseOptions>} options
 * @returns {Promise<import('./report.js').Measured>}
 */
async function measure(project, setup, { repetitions, limitMs }) {
  const { directory } = project;
  const run = (/** @type {'plain' | 'planned'} */ build, profile = false) => {
    const rebuild = build === 'planned' && !profile;
    return compile({ directory, config: configOf(setup, build), rebuild, profile }, limitMs);
  };
  const rounds = [];
  for (let round = 0; round < repetitions; round++) {
    progress(`compiling ${project.lines} lines, ${SETUPS[setup]}, round ${round + 1} of ${repetitions}`);
    // Neither way is always the one that finds the machine as the other has left it.
    const planned = round % 2 === 0 ? undefined : await run('planned');
    const plain = await run('plain');
    rounds.push({ plain, planned: planned ?? (await run('planned')) });
  }
  const { attribution } = await run('planned', true);
  return { project, setup, rounds, attribution };
}

exitOnSignals();
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    process.exit();
  }
  buildPackage();
  const parent = temporaryDirectory('build', { keep: options.keep });
  if (options.keep) progress(`the servers are in ${parent}`);
  const all = [];
  for (const lines of options.sizes) {
    const project = writeProject(parent, { lines, seed: options.seed });
    for (const setup of options.setups) {
      const measured = await measure(project, setup, options);
      process.stdout.write(`${formatServer(measured, options)}\n`);
      all.push(measured);
    }
    if (!options.keep) rmSync(project.directory, { recursive: true, force: true });
  }
  process.stdout.write(formatGrowth(all));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
}
