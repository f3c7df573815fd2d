/**
 * Sees to it that the plugin the demo shows is the one in the working tree: the variants import the built
 * package, and a stale `dist` would silently show yesterday's.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onClose } from './closing.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['src', 'runtime', 'build.js', 'package.json'];
const lock = join(repository, 'node_modules/.anyspeed-build');
const LONGEST_BUILD_MS = 120_000;
const PRODUCTS = ['dist/esm/babel.js', 'dist/esm/eslint.js', 'dist/esm/runtime.js'];

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

/**
 * Runs `work` while no other process does, such as a test file beside this one: a build begins by
 * removing what the other has just begun to use.
 *
 * @param {() => void} work
 */
function alone(work) {
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    // Whoever was killed while building cannot have removed it.
    if (Date.now() - since > LONGEST_BUILD_MS) rmSync(lock, { recursive: true, force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  const forget = onClose(release);
  try {
    work();
  } finally {
    forget();
    release();
  }
}

/** Builds the package, unless what is built is newer than all of its sources. */
export function buildPackage() {
  alone(() => {
    if (isBuilt()) return;
    execFileSync(process.execPath, ['build.js'], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] });
  });
}
