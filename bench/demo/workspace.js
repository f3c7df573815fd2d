/**
 * Builds a variant of the shop the way its author would: a project directory with its dependencies in
 * `node_modules`, and Babel's own command line.
 *
 * The project lies outside the repository so that nothing is found there by accident; the dependencies
 * are links to those that the repository has installed, and `anyspeed` is a link to the repository.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onClose } from './closing.js';

/** @typedef {import('./variants.js').Variant} Variant */

const execute = promisify(execFile);
const repository = fileURLToPath(new URL('../../', import.meta.url));
const shop = join(repository, 'fixtures/shop');
const babel = createRequire(import.meta.url).resolve('@babel/cli/bin/babel.js');

/**
 * A directory that is gone when the process has ended.
 *
 * @param {string} purpose part of its name
 * @param {{ keep?: boolean }} [options] `keep`: leave it there after all
 */
export function temporaryDirectory(purpose, { keep = false } = {}) {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), `anyspeed-${purpose}-`));
  if (!keep)
    onClose(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return directory;
}

/**
 * Makes a package that the repository has installed, or the repository itself, one that `directory` has.
 *
 * @param {string} directory
 * @param {string} name
 */
export function linkPackage(directory, name) {
  const target = name === 'anyspeed' ? repository : join(repository, 'node_modules', name);
  const link = join(directory, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(target, link, 'junction');
}

/**
 * Builds `variant` in a directory of its own below `parent`; returns that directory, in which
 * `dist/server.js` is the program to start.
 *
 * @param {Variant} variant
 * @param {{ parent: string, audit?: boolean }} options
 */
export async function buildVariant(variant, { parent, audit = false }) {
  const directory = join(parent, variant.name);
  for (const name of ['src', 'package.json', 'babel.config.js', variant.config]) {
    cpSync(join(shop, name), join(directory, name), { recursive: true });
  }
  if (variant.overlay) {
    cpSync(join(shop, variant.overlay), join(directory, 'src'), {
      recursive: true,
      filter: file => !file.endsWith('tsconfig.json'),
    });
  }
  const config = audit && variant.auditConfig ? variant.auditConfig : variant.config;
  cpSync(join(shop, config), join(directory, config));

  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(shop, 'package.json'), 'utf8'));
  const packages = [...Object.keys({ ...dependencies, ...devDependencies }), ...(variant.packages ?? [])];
  for (const name of packages) linkPackage(directory, name);

  const command = [babel, 'src', '--out-dir', 'dist', '--extensions', '.ts', '--config-file', `./${config}`];
  try {
    await execute(process.execPath, command, { cwd: directory });
  } catch (error) {
    const { stderr } = /** @type {{ stderr?: string }} */ (error);
    throw new Error(`Babel could not build the variant "${variant.name}":\n${stderr ?? error}`);
  }
  return directory;
}
