/**
 * `npm run bench:throughput`: what the plugin's locks cost and gain in the shop, beside no locks, one global lock and the
 * locks that an expert writes by hand; over HTTP, with the load from a process of its own.
 *
 * In every round all variants of a comparison are driven one after another, with the same seed, so that what else the
 * machine does falls on all of them. After each run the invariants are checked: however fast it was, a run that broke one counts as
 * failed. Ends with code 1 if one did that promises to keep them; slowness is for people to judge, who know the machine.
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitOnSignals } from '../demo/closing.js';
import { buildPackage } from '../demo/package-build.js';
import { variantNamed } from '../demo/variants.js';
import { buildVariant, layOut, temporaryDirectory } from '../demo/workspace.js';
import { drawChart } from './chart.js';
import { Drives } from './drives.js';
import { COMPARISONS, SWEEPS, SWEPT_VARIANTS } from './measures.js';
import { parseOptions, USAGE } from './options.js';
import { formatPage, formatResults } from './report.js';
import { wholeSectionsVariant } from './whole-sections-build.js';

const docs = new URL('../../docs/', import.meta.url);
const PLUGIN = 'protected';

/** @param {string} text */
const progress = text => process.stderr.write(`${text}\n`);

/**
 * The handlers of the shop that hold something; whoever passes a gate holds nothing, however long it takes.
 *
 * @param {string} directory for the sources, as nothing that is built from them may lie beside them
 */
async function handlersWithSections(directory) {
  layOut({ fixture: 'shop', config: 'babel.config.js' }, directory);
  /** What was just built; only its types are known before. @type {typeof import('../../src/index.js')} */
  const { analyzeProject } = await import(new URL('../../dist/esm/index.js', import.meta.url).href);
  const { handlers } = analyzeProject({ root: directory });
  return handlers.filter(({ protection }) => protection === 'section').map(({ id }) => id);
}

/** @param {ReturnType<typeof parseOptions>} options */
async function measure({ rounds, sweeps, seconds, only, write }) {
  const comparisons = COMPARISONS.filter(({ title }) => title.includes(only));
  const swept = SWEEPS.filter(({ title }) => title.includes(only));
  const [busy = 0] = loadavg();
  const parent = temporaryDirectory('throughput');
  buildPackage();
  const holding = new Set(await handlersWithSections(join(parent, 'sources')));
  const drives = new Drives({ seconds, holding });
  for (const variant of [...SWEPT_VARIANTS.map(variantNamed), await wholeSectionsVariant(parent)]) {
    progress(`building "${variant.title}"`);
    drives.add(variant, await buildVariant(variant, { parent }));
  }

  const compared = [];
  for (const comparison of comparisons) {
    progress(comparison.title);
    const isTimed = comparison.what === 'hold';
    const pairs = [];
    for (let round = 0; round < rounds; round++) {
      // Who goes first changes, as a machine that warms up or slows down would favour one side.
      const order = round % 2 === 0 ? [PLUGIN, comparison.against] : [comparison.against, PLUGIN];
      if (comparison.bound !== undefined) order.push(comparison.bound);
      const runs = new Map();
      for (const name of order) runs.set(name, await drives.drive(name, comparison.load, round, isTimed));
      pairs.push({
        plugin: runs.get(PLUGIN),
        other: runs.get(comparison.against),
        bound: runs.get(comparison.bound),
      });
    }
    compared.push({ comparison, pairs });
  }

  const curves = [];
  for (const sweep of swept) {
    progress(sweep.title);
    const lines = SWEPT_VARIANTS.map(name => {
      const points = sweep.points.map(({ at, label }) => ({
        at,
        label,
        runs: /** @type {import('./drives.js').Run[]} */ ([]),
      }));
      return { name, title: drives.titleOf(name), points };
    });
    for (let round = 0; round < sweeps; round++) {
      for (const [index, { load, label }] of sweep.points.entries()) {
        progress(`  ${label}`);
        for (const { name, points } of lines)
          points[index]?.runs.push(await drives.drive(name, load, round, false));
      }
    }
    curves.push({ sweep, lines });
  }

  const results = { compared, curves, seconds, rounds, busy };
  process.stdout.write(formatResults(results));
  if (write) {
    writeFileSync(new URL('throughput.md', docs), formatPage(results));
    for (const { sweep, lines } of curves) writeFileSync(new URL(sweep.file, docs), drawChart(sweep, lines));
    progress(`written to ${fileURLToPath(docs)}`);
  }
  for (const fault of drives.faults) progress(fault);
  return drives.faults.length === 0;
}

exitOnSignals();
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else process.exitCode = (await measure(options)) ? 0 : 1;
} catch (error) {
  progress(error instanceof Error ? error.message : String(error));
  process.exit(2);
}
