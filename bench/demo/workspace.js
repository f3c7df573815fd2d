/**
 * Builds a fixture, such as a variant of the shop, the way its author would: a project directory with its dependencies in `node_modules`, and
 * Babel's own command line.
 *
 * The project lies outside the repository so that nothing is found there by accident; the dependencies
 * are links to those that the repository has installed, and `anyspeed` is a link to the repository.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onClose } from './closing.js';

/** @typedef {import('./variants.js').Variant} Variant */

const execute = promisify(execFile);
const repository = fileURLToPath(new URL('../../', import.meta.url));
const babel = createRequire(import.meta.url).resolve('@babel/cli/bin/babel.js');

/**
 * @typedef {object} Build
 * @property {string} fixture its directory below `fixtures`
 * @property {string} config the Babel configuration to build with: a path, relative to the fixture or absolute
 * @property {string} [overlay] directory relative to the fixture whose files replace those of `src`
 * @property {readonly string[]} [packages] what the overlay imports beyond the fixture's own dependencies
 */

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
 * Lays out the sources of a fixture in `directory`, as they are before they are built.
 *
 * @param {Build} build
 * @param {string} directory
 */
export function layOut({ fixture, config, overlay, packages = [] }, directory) {
  const origin = join(repository, 'fixtures', fixture);
  for (const name of ['src', 'package.json', 'babel.config.js', config]) {
    cpSync(resolve(origin, name), join(directory, basename(name)), { recursive: true });
  }
  if (overlay) {
    cpSync(join(origin, overlay), join(directory, 'src'), {
      recursive: true,
      filter: file => !file.endsWith('tsconfig.json'),
    });
  }
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(origin, 'package.json'), 'utf8'));
  const needed = [...Object.keys({ ...dependencies, ...devDependencies }), ...packages];
  for (const name of needed) linkPackage(directory, name);
}

/**
 * Builds a fixture in `directory`, where `dist/server.js` is the program to start afterwards.
 *
 * @param {Build} build
 * @param {string} directory
 */
export async function buildProject(build, directory) {
  layOut(build, directory);
  await compile(build, directory);
}

/**
 * Builds what is laid out in `directory`.
 *
 * @param {Pick<Build, 'fixture' | 'config'>} build
 * @param {string} directory
 */
export async function compile(build, directory) {
  const command = [babel, 'src', '--out-dir', 'dist', '--extensions', '.ts'];
  try {
    await execute(process.execPath, [...command, '--config-file', `./${basename(build.config)}`], {
      cwd: directory,
    });
  } catch (error) {
    const { stderr } = /** @type {{ stderr?: string }} */ (error);
    throw new Error(`Babel could not build ${build.fixture} with ${build.config}:\n${stderr ?? error}`);
  }
}

/**
 * Builds a variant of the shop in a directory of its own below `parent`; returns that directory.
 *
 * @param {Variant} variant
 * @param {{ parent: string, audit?: boolean }} options
 */
export async function buildVariant(variant, { parent, audit = false }) {
  const { name, overlay, packages, auditConfig } = variant;
  const config = audit && auditConfig ? auditConfig : variant.config;
  const directory = join(parent, name);
  const extra = { ...(overlay && { overlay }), ...(packages && { packages }) };
  await buildProject({ fixture: 'shop', config, ...extra }, directory);
  return directory;
}
