/**
 * `npm run demo`: builds the shop without and with the plugin and with one global lock, drives each over
 * HTTP, and prints what broke and how fast it was.
 *
 * Ends with code 1 if the protected server or the one with a global lock broke an invariant, or if the
 * unprotected one broke none (then the demo has shown nothing); with 2 if it could not be run.
 */
import { exitOnSignals } from './closing.js';
import { driveVariant } from './drive.js';
import { parseOptions, USAGE } from './options.js';
import { buildPackage } from './package-build.js';
import { formatTable, verdict } from './report.js';
import { variantNamed } from './variants.js';
import { buildVariant, temporaryDirectory } from './workspace.js';

/** @param {string} text */
const progress = text => process.stderr.write(`${text}\n`);

/** @param {ReturnType<typeof parseOptions>} options */
async function demonstrate({ variants: names, seeds, audit, ...mix }) {
  const variants = names.map(variantNamed);
  const parent = temporaryDirectory('demo');
  if (variants.some(({ usesPlugin }) => usesPlugin)) buildPackage();

  const built = [];
  for (const variant of variants) {
    progress(`building "${variant.title}"`);
    const directory = await buildVariant(variant, { parent, audit });
    built.push({ variant, directory, runs: /** @type {import('./report.js').Runs['runs']} */ ([]) });
  }
  for (const seed of seeds) {
    for (const { variant, directory, runs } of built) {
      progress(`driving "${variant.title}", seed ${seed}: ${mix.clients} clients, ${mix.seconds} s`);
      runs.push({ seed, result: await driveVariant(directory, { seed, ...mix }) });
    }
  }
  const { isAsExpected, sentence } = verdict(built);
  process.stdout.write(`\n${formatTable(built)}\n\n${sentence}\n`);
  return isAsExpected;
}

exitOnSignals();
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else process.exitCode = (await demonstrate(options)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
}
