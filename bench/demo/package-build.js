/**
 * Sees to it that the plugin the demo shows is the one in the working tree: the variants import the built
 * package, and a stale `dist` would silently show yesterday's.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['src', 'runtime', 'build.js', 'package.json'];
const PRODUCTS = ['dist/esm/babel.js', 'dist/esm/runtime.js'];

/**
 * @param {string} path
 * @returns {number}
 */
function newestChange(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  return Math.max(0, ...readdirSync(path).map(name => newestChange(join(path, name))));
}

function isBuilt() {
  const products = PRODUCTS.map(name => join(repository, name));
  if (!products.every(existsSync)) return false;
  const builtAt = Math.min(...products.map(newestChange));
  return SOURCES.every(name => newestChange(join(repository, name)) < builtAt);
}

/** Builds the package, unless what is built is newer than all of its sources. */
export function buildPackage() {
  if (isBuilt()) return;
  execFileSync(process.execPath, ['build.js'], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] });
}
