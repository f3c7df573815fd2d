/**
 * The numbers of docs/thttpd.md: what the analysis finds in the web server with its requests handled in one, two and
 * three stages, and how many requests a second each handles, as it is written and protected.
 *
 *     npm run bench:thttpd [-- --seconds=4 --rounds=3 --clients=64]
 *
 * The load comes from a process of its own. All variants run in every round, one after another, so that what
 * else the machine does falls on all of them; the best round of each counts.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { exitOnSignals } from '../demo/closing.js';
import { buildPackage } from '../demo/package-build.js';
import { startProgram } from '../demo/server-process.js';
import { buildProject, layOut, temporaryDirectory } from '../demo/workspace.js';
import { accessTable, summaryTable } from './tables.js';

const execute = promisify(execFile);
const load = fileURLToPath(new URL('load.js', import.meta.url));

const STAGES = [
  { title: 'one', overlay: undefined },
  { title: 'two', overlay: 'variants/two-stages' },
  { title: 'three', overlay: 'variants/three-stages' },
];
const CONFIGS = ['babel.config.js', 'babel.protected.config.js'];
const FILES = 400;
const FILE_SIZE = 32 * 1024;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '64' },
  },
});

/** @param {string} directory */
function writeFiles(directory) {
  mkdirSync(directory);
  for (let i = 0; i < FILES; i++) writeFileSync(join(directory, `${i}.bin`), Buffer.alloc(FILE_SIZE, i));
}

/**
 * Requests a second that the server in `directory` handles.
 *
 * @param {string} directory
 * @param {string} files
 */
async function measure(directory, files) {
  // Files leave the memory at once, so that most requests read one.
  const server = await startProgram(directory, { args: ['--dir', files, '--port', '0', '--map-age', '20'] });
  try {
    const { stdout } = await execute(process.execPath, [
      load,
      server.url,
      values.clients,
      values.seconds,
      String(FILES),
      String(FILE_SIZE),
    ]);
    return Number(stdout);
  } finally {
    await server.stop();
  }
}

exitOnSignals();
buildPackage();
// What was just built; only its types are known before.
/** @type {typeof import('../../src/index.js')} */
const { analyzeProject } = await import(new URL('../../dist/esm/index.js', import.meta.url).href);
const parent = temporaryDirectory('thttpd');
const files = join(parent, 'files');
writeFiles(files);

/** @type {{ title: string, plan: import('../../src/index.js').Plan }[]} */
const analysed = [];
/** @type {{ title: string, directory: string, best: number }[]} */
const built = [];
for (const { title, overlay } of STAGES) {
  const build = { fixture: 'thttpd', ...(overlay && { overlay }) };
  const sources = join(parent, `${title}-sources`);
  layOut({ ...build, config: 'babel.config.js' }, sources);
  analysed.push({ title, plan: analyzeProject({ root: sources, handlers: { exports: 'none' } }) });
  for (const config of CONFIGS) {
    const directory = join(parent, `${title}-${config}`);
    await buildProject({ ...build, config }, directory);
    built.push({ title, directory, best: 0 });
  }
}
process.stdout.write(`${summaryTable(analysed)}\n`);
for (const { title, plan } of analysed.slice(0, 2))
  process.stdout.write(`In ${title}:\n\n${accessTable(plan)}\n`);

for (let round = 0; round < Number(values.rounds); round++) {
  for (const variant of built) variant.best = Math.max(variant.best, await measure(variant.directory, files));
}
process.stdout.write('| stages | as written | protected | ratio |\n|---|---:|---:|---:|\n');
for (const { title } of STAGES) {
  const [plain = 0, guarded = 0] = built.filter(variant => variant.title === title).map(({ best }) => best);
  const ratio = (guarded / plain).toFixed(2);
  process.stdout.write(`| ${title} | ${Math.round(plain)} | ${Math.round(guarded)} | ${ratio} |\n`);
}
process.exit();
