/**
 * The generated server as a project on disk, outside the repository, with a Babel configuration for each build
 * that is compared.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { linkPackage } from '../demo/workspace.js';
import { generateServer, linesOf } from './program/generate.js';

/**
 * What Babel is used for: the least there is to do, which is to remove types, and what servers are commonly built with.
 * The more Babel has to do, the less the plugin adds in proportion.
 */
export const SETUPS = /** @type {const} */ ({
  types: 'TypeScript only',
  env: 'TypeScript, preset-env for Node 20, source maps',
});

/** @typedef {keyof typeof SETUPS} Setup */

/**
 * The Babel configuration of a project for a setup, without and with the plugin.
 *
 * @param {Setup} setup
 * @param {'plain' | 'planned'} build
 */
export const configOf = (setup, build) => `babel.${setup}.${build}.json`;

const PACKAGES = ['@babel/core', '@babel/preset-env', '@babel/preset-typescript', 'anyspeed', 'express'];

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
  const typescript = ['@babel/preset-typescript', { onlyRemoveTypeImports: true }];
  const env = ['@babel/preset-env', { targets: { node: '20' }, modules: false }];
  const setups = { types: { presets: [typescript] }, env: { presets: [env, typescript], sourceMaps: true } };
  const texts = new Map(modules.map(({ path, text }) => [join('src', path), text]));
  texts.set('package.json', JSON.stringify({ name: 'generated-server', private: true, type: 'module' }));
  for (const setup of /** @type {const} */ (['types', 'env'])) {
    texts.set(configOf(setup, 'plain'), JSON.stringify(setups[setup]));
    texts.set(configOf(setup, 'planned'), JSON.stringify({ ...setups[setup], plugins: ['anyspeed/babel'] }));
  }
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  for (const name of PACKAGES) linkPackage(directory, name);
  return { directory, modules: modules.length, lines: linesOf(modules) };
}
