/** What each set of rules finds, and what of it is right. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lint } from './lint.js';
import { programsOf, SERVERS } from './programs.js';

/** @type {typeof import('../../src/index.js')} */
const { analyzeProject } = await import(new URL('../../dist/esm/index.js', import.meta.url).href);

/**
 * @typedef {import('./lint.js').Rules} Rules
 * @typedef {import('./programs.js').Program} Program
 *
 * @typedef {object} Group programs with one construct
 * @property {string} name
 * @property {number} programs
 * @property {Record<Rules, number>} reported in how many of them something is
 *
 * @typedef {object} Server
 * @property {string} name
 * @property {number} lines
 * @property {number} sections handlers that have one
 * @property {number} right reports of `require-atomic-updates` at what a section protects
 * @property {number} wrong all other reports of it
 * @property {string[]} findings the rules of the plugin that report something, once for each report
 */

/**
 * Whether the race of a program is reported. `anyspeed/handlers` must name each handler that has one; of the other rules,
 * a report anywhere in the program will do.
 *
 * @param {Program} program
 * @param {Rules} rules
 */
function isReported(program, rules) {
  const problems = lint(program, rules);
  if (rules !== 'anyspeed/handlers' || program.handlers.length === 0) return problems.length > 0;
  const names = problems.map(({ message }) => message.match(/^`([^`]*)` holds/)?.[1] ?? '');
  return program.handlers.every(handler =>
    names.some(name => name.endsWith(`#${handler}`) || name.endsWith(`.${handler}`)),
  );
}

/**
 * @param {readonly Program[]} programs
 * @returns {Group[]}
 */
function measureGroups(programs) {
  const names = [...new Set(programs.map(({ group }) => group))];
  return names.map(name => {
    const members = programs.filter(({ group }) => group === name);
    const count = (/** @type {Rules} */ rules) =>
      members.filter(program => isReported(program, rules)).length;
    return {
      name,
      programs: members.length,
      reported: {
        'require-atomic-updates': count('require-atomic-updates'),
        'anyspeed/handlers': count('anyspeed/handlers'),
        recommended: count('recommended'),
      },
    };
  });
}

/**
 * @param {(typeof SERVERS)[number]} server
 * @returns {Server}
 */
function measureServer(server) {
  const { root, files, name } = server;
  const plan = analyzeProject({ root, include: files, exclude: [], tsconfig: false });
  const locked = new Set(plan.classes.filter(c => c.locked).flatMap(({ resources }) => resources));
  const sections = plan.handlers.filter(({ protection }) => protection === 'section');
  const protectedLines = new Set(
    sections
      .flatMap(({ accesses }) => accesses)
      .filter(({ resource }) => locked.has(resource))
      .map(({ at }) => `${at.module}:${at.line}`),
  );
  const reports = lint(server, 'require-atomic-updates');
  const right = reports.filter(({ file, line }) => protectedLines.has(`${file}:${line}`)).length;
  return {
    name,
    lines: files.reduce((sum, file) => sum + readFileSync(join(root, file), 'utf8').split('\n').length, 0),
    sections: sections.length,
    right,
    wrong: reports.length - right,
    findings: lint(server, 'recommended').map(({ rule }) => rule),
  };
}

export function measureAll() {
  return {
    races: measureGroups(programsOf('conflict').filter(({ handlers }) => handlers.length > 0)),
    lookAlikes: measureGroups(programsOf('no-conflict')),
    servers: SERVERS.map(measureServer),
  };
}
