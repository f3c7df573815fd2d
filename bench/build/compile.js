/**
 * The measured process: compiles a project with Babel, file by file as Babel's command line does it, and sends back
 * what that took. One process compiles once, as in a build; nothing is warm in it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attribute, profiled } from './stages.js';

/**
 * @typedef {object} Job
 * @property {string} directory the project
 * @property {string} config Babel configuration, relative to it
 * @property {boolean} rebuild whether to change files afterwards and compile again
 * @property {boolean} profile whether to find out what the time goes to, which takes some itself
 */

/**
 * @typedef {object} Result
 * @property {number} cold milliseconds for all files, with what Babel loads for them
 * @property {number} whole the same from the start of the process
 * @property {number} characters how long the compiled code is
 * @property {number} memory largest size of the process, in megabytes
 * @property {number[]} rebuilds milliseconds for one file that was changed, each time
 * @property {import('./stages.js').Attribution | undefined} attribution
 */

/** Longer than file systems leave it open whether a file has changed. */
const SETTLING_MS = 200;
const MOST_REBUILDS = 5;

/** @param {string} directory */
function sourcesOf(directory) {
  const names = readdirSync(join(directory, 'src'), { recursive: true, encoding: 'utf8' });
  return names
    .filter(name => name.endsWith('.ts'))
    .sort()
    .map(name => join(directory, 'src', name));
}

/**
 * @param {Job} job
 * @returns {Promise<Result>}
 */
async function compile({ directory, config, rebuild, profile }) {
  process.chdir(directory);
  /** @type {typeof import('@babel/core')} */
  const babel = createRequire(join(directory, 'package.json'))('@babel/core');
  const files = sourcesOf(directory);
  const lengthOf = (/** @type {string} */ file) =>
    babel.transformFileSync(file, { configFile: join(directory, config) })?.code?.length ?? 0;

  let cold = 0;
  let whole = 0;
  let characters = 0;
  const compileAll = () => {
    const startedAt = performance.now();
    for (const file of files) characters += lengthOf(file);
    // Times are counted from the start of the process.
    whole = performance.now();
    cold = whole - startedAt;
  };
  const attribution = profile ? attribute(await profiled(compileAll)) : void compileAll();

  const rebuilds = [];
  const services = files.filter(file => file.endsWith('service.ts')).slice(0, rebuild ? MOST_REBUILDS : 0);
  for (const file of services) {
    const before = readFileSync(file, 'utf8');
    const [, variable = 'text'] = /export function (describe\w+)/.exec(before) ?? [];
    // Something that the plan depends on: a handler that calls what was there.
    const added = `\nexport async function twice(record: never) {\n  return [${variable}(record), ${variable}(record)];\n}\n`;
    await sleep(SETTLING_MS);
    writeFileSync(file, before + added);
    const startedAt = performance.now();
    lengthOf(file);
    rebuilds.push(performance.now() - startedAt);
    writeFileSync(file, before);
  }
  return { cold, whole, characters, memory: process.resourceUsage().maxRSS / 1024, rebuilds, attribution };
}

process.once('message', async job => {
  const result = await compile(/** @type {Job} */ (job));
  process.send?.(result, () => process.disconnect());
});
