/**
 * `npm run bench:lint`: what the ESLint plugin finds in programs of which it is known whether they have a race, beside ESLint's own
 * `require-atomic-updates`. Nothing of it is a time, so it gives the same on each machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { buildPackage } from '../demo/package-build.js';
import { placed } from '../placed.js';
import { formatTables } from './report.js';

const USAGE = `Usage: npm run bench:lint -- [options]

  --write  write the tables to docs/eslint.md
  --help   print this
`;

const page = new URL('../../docs/eslint.md', import.meta.url);
const args = process.argv.slice(2);

if (args.includes('--help')) process.stdout.write(USAGE);
else if (args.some(arg => arg !== '--write')) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  buildPackage();
  // Loaded when it is built.
  const { measureAll } = await import('./measure.js');
  const tables = formatTables(measureAll());
  process.stdout.write(tables);
  if (args.includes('--write')) writeFileSync(page, placed(readFileSync(page, 'utf8'), 'lint', tables));
}
