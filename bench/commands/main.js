/**
 * `npm run bench:commands`: how long `anyspeed analyze` takes on a large server, and whether every command works on servers from npm.
 *
 * Ends with code 2 if it could not be measured; slowness is for people to judge, who know the machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { configOf, writeProject } from '../build/project.js';
import { exitOnSignals } from '../demo/closing.js';
import { buildPackage } from '../demo/package-build.js';
import { temporaryDirectory } from '../demo/workspace.js';
import { placed } from '../placed.js';
import { parseOptions, USAGE } from './options.js';
import { formatTables } from './report.js';
import { run } from './run.js';

const page = new URL('../../docs/command-line.md', import.meta.url);

/** @param {string} text */
const progress = text => process.stderr.write(`${text}\n`);

exitOnSignals();
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    process.exit();
  }
  buildPackage();
  const parent = temporaryDirectory('commands');
  const { directory, lines, modules } = writeProject(parent, { lines: options.lines, seed: 1 });
  const runs = [];
  for (let round = 0; round < options.rounds; round++) {
    progress(`analysing ${lines} lines, round ${round + 1} of ${options.rounds}`);
    const one = await run(['analyze', '--config', configOf('types', 'planned')], directory);
    if (one.code !== 0) throw new Error(`it ended with code ${one.code}:\n${one.stderr}`);
    runs.push(one);
  }
  // Loaded when it is built.
  const { tryServers } = await import('./servers.js');
  const tables = formatTables({ lines, modules, runs, tried: await tryServers(parent, progress) });
  process.stdout.write(tables);
  if (options.write) writeFileSync(page, placed(readFileSync(page, 'utf8'), 'commands', tables));
} catch (error) {
  progress(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
