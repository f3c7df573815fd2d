/** The pages of the documentation: they come with the package, and are those of its version. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

interface Package {
  directory: string;
  version: string;
}

/** This package, from wherever in it this is: the sources, or what they are built into. */
export const ownPackage = packageAround(dirname(fileURLToPath(import.meta.url)));

/** The address of a page, as `diagnostics/stale-value.md`. */
export const docsUrl = (page: string): string => pathToFileURL(join(ownPackage.directory, 'docs', page)).href;

function packageAround(directory: string): Package {
  const file = join(directory, 'package.json');
  // `dist/cjs` has one that only says how its files are to be read.
  const { name, version } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return name === 'anyspeed' ? { directory, version } : packageAround(dirname(directory));
}
