/** The tables, in Markdown. */

/**
 * @typedef {ReturnType<typeof import('./measure.js').measureAll>} Measured
 * @typedef {import('./measure.js').Group} Group
 */

const COLUMNS = /** @type {const} */ (['require-atomic-updates', 'anyspeed/handlers', 'recommended']);
const TITLES = ['`require-atomic-updates`', '`anyspeed/handlers`', '`anyspeed` recommended'];

/** @param {readonly string[][]} rows the first is the heading */
function table([heading = [], ...rows]) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const rule = heading.map((_, column) => (column === 0 ? '---' : '---:'));
  return `${[heading, rule, ...rows].map(line).join('\n')}\n`;
}

/** @param {readonly Group[]} groups */
function groupTable(groups) {
  const sum = (/** @type {(group: Group) => number} */ of) =>
    groups.reduce((total, group) => total + of(group), 0);
  return table([
    ['construct', 'programs', ...TITLES],
    [
      '**all**',
      `**${sum(({ programs }) => programs)}**`,
      ...COLUMNS.map(column => `**${sum(({ reported }) => reported[column])}**`),
    ],
    ...groups.map(({ name, programs, reported }) => [
      name,
      `${programs}`,
      ...COLUMNS.map(column => `${reported[column]}`),
    ]),
  ]);
}

/** @param {readonly string[]} rules */
function counted(rules) {
  const names = [...new Set(rules)].sort();
  return names.map(name => `${rules.filter(rule => rule === name).length} \`${name}\``).join(', ') || 'none';
}

/** @param {Measured} measured */
export function formatTables({ races, lookAlikes, servers }) {
  return `Programs with a race, by the construct that it flows through: in how many it is reported.

${groupTable(races)}
Programs that look alike and have none: in how many something is reported, wrongly.

${groupTable(lookAlikes)}
Servers:

${table([
  [
    'server',
    'lines',
    'handlers with a section',
    '`require-atomic-updates`: at what a section protects',
    'elsewhere',
    '`anyspeed` recommended',
  ],
  ...servers.map(({ name, lines, sections, right, wrong, findings }) => [
    `[${name}](../fixtures/${name})`,
    lines.toLocaleString('en-US'),
    `${sections}`,
    `${right}`,
    `${wrong}`,
    counted(findings),
  ]),
])}`;
}
