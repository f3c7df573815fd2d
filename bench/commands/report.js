/** What `npm run bench:commands` prints, in Markdown. */
import { median } from '../median.js';

/**
 * @typedef {import('./run.js').Run} Run
 * @typedef {import('./servers.js').Tried} Tried
 */

/** `anyspeed analyze` answers within this time on 20,000 lines. */
const MOST_MS = 3000;

/** @param {readonly string[][]} rows the first is the heading */
function table([heading = [], ...rows]) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const rule = heading.map((_, column) => (column === 0 ? '---' : '---:'));
  return `${[heading, rule, ...rows].map(line).join('\n')}\n`;
}

/** @param {readonly number[]} values in milliseconds */
function seconds(values) {
  const text = (/** @type {number} */ value) => (value / 1000).toFixed(2);
  return `${text(median(values))} (${text(Math.min(...values))} - ${text(Math.max(...values))})`;
}

/**
 * @param {{ lines: number, modules: number, runs: readonly Run[], tried: readonly Tried[] }} measured
 */
export function formatTables({ lines, modules, runs, tried }) {
  const wall = runs.map(run => run.wall);
  const own = runs.map(run => run.cpu);
  const waited = runs.map(run => run.waited);
  const commands = Object.keys(tried[0]?.codes ?? {});
  return `\`anyspeed analyze\` on a generated server of ${lines.toLocaleString('en-US')} lines in ${modules} modules, with the options of its Babel configuration,
${runs.length} times in a row, in seconds: the median, the least and the most. Wanted are at most ${MOST_MS / 1000}.

${table([
  ['', 's'],
  ['from the call to the answer', seconds(wall)],
  ['of that, the main thread at work', seconds(own)],
  ['of that, waiting for a core that others were using', seconds(waited)],
])}
Exit codes on servers installed from npm, each taken as its authors wrote it. \`init\` answers 2 where it
is not clear what is started. Of express the analysis is [coarse](diagnostics/coarse-analysis.md).

${table([
  ['server', ...commands.map(command => (command.startsWith('`') ? command : `\`${command}\``))],
  ...tried.map(({ server, codes }) => [server, ...commands.map(command => codes[command] ?? '')]),
])}`;
}
