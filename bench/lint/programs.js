/**
 * The programs that rules are held to: small ones of which it is known whether they have a race, as their first comments say, and
 * servers.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Program
 * @property {string} group the construct that the race flows through, or seems to
 * @property {string} root
 * @property {string[]} files relative to the root
 * @property {string[]} handlers those with a race of two of their own tasks: they read, suspend, and write
 */

const fixtures = fileURLToPath(new URL('../../test/fixtures/effects/', import.meta.url));
const SOURCE = /\.[cm]?[jt]sx?$/;

/**
 * @param {'conflict' | 'no-conflict'} suite
 * @returns {Program[]}
 */
export function programsOf(suite) {
  const directory = join(fixtures, suite);
  return readdirSync(directory)
    .sort()
    .flatMap(group =>
      readdirSync(join(directory, group))
        .sort()
        .map(entry => readProgram(directory, group, entry)),
    );
}

/**
 * @param {string} directory
 * @param {string} group
 * @param {string} entry
 */
function readProgram(directory, group, entry) {
  const path = join(directory, group, entry);
  const isDirectory = statSync(path).isDirectory();
  const root = isDirectory ? path : join(directory, group);
  const files = isDirectory ? sourcesIn(path) : [entry];
  const handlers = files.flatMap(file =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^\/\/ expect: section (.*)$/gm)].flatMap(
      ([, names = '']) => names.trim().split(/ +/),
    ),
  );
  return { group, root, files, handlers };
}

/** @param {string} directory */
const sourcesIn = directory =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter(file => SOURCE.test(file) && !file.includes('node_modules'))
    .sort();

/** The servers among the fixtures. */
export const SERVERS = ['shop', 'six-stages', 'thttpd'].map(name => {
  const root = fileURLToPath(new URL(`../../fixtures/${name}/`, import.meta.url));
  return { name, root, files: sourcesIn(join(root, 'src')).map(file => `src/${file}`) };
});
