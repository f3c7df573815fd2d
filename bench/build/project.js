/**
 * The generated server as a project on disk, outside the repository, with a Babel configuration for each build
 * that is compared.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { linkPackage } from '../demo/workspace.js';
import { generateServer, linesOf } from './program/generate.js';

/** The Babel configurations of a project, by what is compared. */
export const BUILDS = /** @type {const} */ ({ plain: 'babel.plain.json', planned: 'babel.planned.json' });

const PACKAGES = ['@babel/core', '@babel/preset-typescript', 'anyspeed', 'express'];

/**
 * @typedef {object} Project
 * @property {string} directory
 * @property {number} modules
 * @property {number} lines
 */

/**
 * @param {string} parent
 * @param {{ lines: number, seed: number }} size
 * @returns {Project}
 */
export function writeProject(parent, { lines, seed }) {
  const directory = join(parent, `server-${lines}`);
  const modules = generateServer({ lines, seed });
  const presets = [['@babel/preset-typescript', { onlyRemoveTypeImports: true }]];
  const texts = new Map(modules.map(({ path, text }) => [join('src', path), text]));
  texts.set('package.json', JSON.stringify({ name: 'generated-server', private: true, type: 'module' }));
  texts.set(BUILDS.plain, JSON.stringify({ presets }));
  texts.set(BUILDS.planned, JSON.stringify({ presets, plugins: ['anyspeed/babel'] }));
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  for (const name of PACKAGES) linkPackage(directory, name);
  return { directory, modules: modules.length, lines: linesOf(modules) };
}
