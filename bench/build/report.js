/** What `npm run bench:build` prints: for each server the ratios and the stages, then how they grow. */
import { median } from '../median.js';
import { SETUPS } from './project.js';

/** @typedef {import('./compile.js').Result} Build */

/**
 * @typedef {object} Measured
 * @property {import('./project.js').Project} project
 * @property {import('./project.js').Setup} setup
 * @property {{ plain: Build, planned: Build }[]} rounds
 * @property {import('./stages.js').Attribution | undefined} attribution
 */

/** A server of about a hundred modules takes at most twice as long to build with the plugin. */
const MOST = 2;

/**
 * The median, and from where to where the values are.
 *
 * @param {readonly number[]} values
 * @param {(value: number) => string} format
 */
function spread(values, format) {
  const range = `${format(Math.min(...values))} - ${format(Math.max(...values))}`;
  return `${format(median(values)).padStart(10)}   (${range})`;
}

const milliseconds = (/** @type {number} */ value) => `${Math.round(value).toLocaleString('en-US')} ms`;
const factor = (/** @type {number} */ value) => value.toFixed(2);
const integer = (/** @type {number} */ value) => Math.round(value).toLocaleString('en-US');

/** @param {Measured} measured */
const addedPerLine = ({ project, rounds }) =>
  median(rounds.map(({ plain, planned }) => planned.cold - plain.cold)) / project.lines;

/**
 * @param {Measured} measured
 * @param {{ functions: boolean }} options whether to print those that take longest
 */
export function formatServer({ project, setup, rounds, attribution }, { functions }) {
  const of = (/** @type {(round: Measured['rounds'][number]) => number} */ value) => rounds.map(value);
  const rows = [
    [
      'Babel alone',
      spread(
        of(({ plain }) => plain.cold),
        milliseconds,
      ),
    ],
    [
      'with the plugin',
      spread(
        of(({ planned }) => planned.cold),
        milliseconds,
      ),
    ],
    [
      'ratio',
      `${spread(
        of(({ plain, planned }) => planned.cold / plain.cold),
        factor,
      )}, at most ${MOST}`,
    ],
    [
      'ratio of whole processes',
      spread(
        of(({ plain, planned }) => planned.whole / plain.whole),
        factor,
      ),
    ],
    [
      'ratio of the code emitted',
      spread(
        of(({ plain, planned }) => planned.characters / plain.characters),
        factor,
      ),
    ],
    [
      'ratio of memory',
      spread(
        of(({ plain, planned }) => planned.memory / plain.memory),
        factor,
      ),
    ],
    [
      'rebuild of one file / cold',
      spread(
        of(({ planned }) => median(planned.rebuilds) / planned.cold),
        factor,
      ),
    ],
  ];
  const lines = [
    `${integer(project.lines)} lines in ${project.modules} modules, ${rounds.length} times each: ${SETUPS[setup]}`,
    ...rows.map(([name = '', value = '']) => `  ${name.padEnd(28)}${value}`),
  ];
  if (attribution) {
    const total = attribution.stages.reduce((sum, [, took]) => sum + took, 0);
    const row = (/** @type {[string, number]} */ [name, took]) =>
      `    ${milliseconds(took).padStart(11)} ${`${Math.round((took / total) * 100)}%`.padStart(4)}  ${name}`;
    lines.push('  with the plugin, sampled, the time goes to:', ...attribution.stages.map(row));
    if (functions) lines.push('  functions that take longest themselves:', ...attribution.functions.map(row));
  }
  return `${lines.join('\n')}\n`;
}

/**
 * How what the plugin adds grows with the size of the program.
 *
 * @param {readonly Measured[]} all
 */
export function formatGrowth(all) {
  const [first, ...others] = all.filter(
    ({ project, setup }) => project.lines >= 10_000 && setup === all[0]?.setup,
  );
  if (!first) return '';
  const base = addedPerLine(first);
  return others
    .map(other => {
      const growth = addedPerLine(other) / base;
      const sizes = `${integer(other.project.lines)} lines than with ${integer(first.project.lines)}`;
      return `The plugin adds ${factor(growth)} times as much to each line with ${sizes}.\n`;
    })
    .join('');
}
