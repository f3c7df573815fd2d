/** The version of this package. */
import { readFileSync } from 'node:fs';

/** As its package.json says, which lies in the same place from `src/cli` as from `dist/esm`. */
export function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
