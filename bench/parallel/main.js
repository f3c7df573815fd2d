/**
 * What functions in worker threads buy: requests a second of the server of six stages whose preparation computes, and how late its
 * event loop is, on one thread, with a pool written by hand, and with `"use parallel"`.
 *
 *     npm run bench:parallel [-- --seconds=4 --rounds=5 --clients=16 --work=2,0.02]
 *
 * The load comes from a process of its own, and an answer other than that of one thread is a failure. All variants run in every
 * round, in turn; printed is the median of the rounds, with the least and the most. Rates mean something only on a machine that has nothing
 * else to do; processor time does on any, and the last column is what follows from it.
 */
import { randomInt } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { exitOnSignals } from '../demo/closing.js';
import { buildPackage } from '../demo/package-build.js';
import { startProgram } from '../demo/server-process.js';
import { compile, layOut, temporaryDirectory } from '../demo/workspace.js';
import { resultTable } from './results.js';
import { measureUnderLoad, OBSERVED } from './under-load.js';

const load = fileURLToPath(new URL('load.js', import.meta.url));

const WRITTEN = { fixture: 'six-stages', config: 'babel.config.js', overlay: 'variants/typeset' };
const COMPILED = { ...WRITTEN, config: 'babel.protected.config.js' };
/** @typedef {{ title: string, build: import('../demo/workspace.js').Build, more?: string, env?: Record<string, string>, isParallel?: boolean }} Variant */
/** @type {Variant[]} */
const VARIANTS = [
  { title: 'as written, one thread', build: WRITTEN },
  {
    title: 'with Piscina by hand',
    build: { ...WRITTEN, packages: ['piscina'] },
    more: 'variants/piscina',
    isParallel: true,
  },
  { title: 'compiled, `inline`', build: COMPILED, env: { ANYSPEED_PARALLEL: 'inline' } },
  { title: 'compiled, `auto`', build: COMPILED, isParallel: true },
];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    clients: { type: 'string', default: '16' },
    work: { type: 'string', default: '2,0.02' },
  },
});

/** @typedef {import('./results.js').Measured} Measured */

/**
 * What the server in `directory` does under load.
 *
 * @param {string} directory
 * @param {Record<string, string>} env
 * @param {string} pages
 * @returns {Promise<Measured>}
 */
async function measure(directory, env, pages) {
  const server = await startProgram(directory, {
    env: { PORT: '0', DATABASE_LATENCY_MS: '0', ...env },
    execArgv: OBSERVED,
  });
  const { clients, seconds } = values;
  return measureUnderLoad(server, { program: load, clients, seconds, file: pages }, async () => {
    for (const { title, text } of JSON.parse(readFileSync(pages, 'utf8')))
      await fetch(`${server.url}/pages/${title}`, { method: 'PUT', body: text });
  });
}

/**
 * Pages that take so many milliseconds each, with what is to be answered.
 *
 * @param {number} milliseconds
 * @param {(title: string, text: string, widths: number) => string} typeset
 */
function pagesThatTake(milliseconds, typeset) {
  const wordCount = milliseconds < 0.3 ? 30 : 300;
  const texts = Array.from({ length: 16 }, () =>
    Array.from({ length: wordCount }, () => 'x'.repeat(randomInt(1, 12))).join(' '),
  );
  /** @param {number} widths */
  const timed = widths => {
    // Not by the clock: other processes would count.
    const before = process.cpuUsage();
    for (let i = 0; i < 400; i++) typeset('page', /** @type {string} */ (texts[i % texts.length]), widths);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 400_000;
  };
  timed(20);
  // What a text takes before the first width has been tried counts, too.
  const [few, many] = [timed(1), timed(41)];
  const widths = Math.max(1, Math.round((milliseconds - few) / ((many - few) / 40)) + 1);
  const pages = texts.map((text, index) => ({
    title: `page-${index}`,
    text,
    body: typeset(`page-${index}`, text, widths),
  }));
  return { pages, widths, takes: timed(widths) };
}

exitOnSignals();
buildPackage();
const parent = temporaryDirectory('parallel');

const built = [];
for (const { title, build, more, env = {}, isParallel = false } of VARIANTS) {
  const directory = join(parent, title.replace(/\W+/g, '-'));
  layOut(build, directory);
  if (more) {
    const from = fileURLToPath(new URL(`../../fixtures/six-stages/${more}`, import.meta.url));
    cpSync(from, join(directory, 'src'), {
      recursive: true,
      filter: name => !name.endsWith('tsconfig.json'),
    });
  }
  await compile(build, directory);
  built.push({ title, directory, env, isParallel });
}
const [single] = built;
const { typeset } = await import(pathToFileURL(join(single?.directory ?? '', 'dist/typeset.js')).href);

for (const work of values.work.split(',').map(Number)) {
  const { pages, widths, takes } = pagesThatTake(work, typeset);
  const file = join(parent, `pages-${work}.json`);
  writeFileSync(file, JSON.stringify(pages));
  /** @type {Measured[][]} */
  const results = built.map(() => []);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [index, { directory, env }] of built.entries()) {
      results[index]?.push(await measure(directory, { ...env, TYPESET_WIDTHS: `${widths}` }, file));
    }
  }
  process.stdout.write(
    `\nPreparation takes ${takes.toFixed(3)} ms; ${values.clients} clients; ${values.rounds} rounds of ${values.seconds} s.\n\n`,
  );
  process.stdout.write(resultTable(built, results));
}
process.exit();
