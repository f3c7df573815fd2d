/** What `npm run bench:corpus` prints, as tables in Markdown, and what it holds to be wrong. */

/**
 * @typedef {object} Analysed
 * @property {import('./servers.js').Server} server
 * @property {import('./analyze.js').Result | string} result a text says why there is none
 */

/** @typedef {import('../../src/plan/plan.js').Plan} Plan */

const MOST_ASSUMPTIONS = 3;

const integer = (/** @type {number} */ value) => Math.round(value).toLocaleString('en-US');

/** @param {readonly string[][]} rows the first is the heading */
function table([heading = [], ...rows]) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const rule = heading.map((_, column) => (column === 0 ? '---' : '---:'));
  return `${[heading, rule, ...rows].map(line).join('\n')}\n`;
}

/** @param {Plan} plan */
const errorsOf = plan => plan.diagnostics.filter(({ severity }) => severity === 'error');

/** @param {Plan} plan */
const lockedIn = plan => plan.classes.filter(({ locked }) => locked);

/** @param {Analysed} analysed */
function row({ server, result }) {
  if (typeof result === 'string') return [server.name, result, '', '', '', '', '', '', '', ''];
  const { lines, seconds, plan } = result;
  const count = (/** @type {string} */ protection) =>
    integer(plan.handlers.filter(handler => handler.protection === protection).length);
  const resources = plan.classes.reduce((sum, { resources }) => sum + resources.length, 0);
  const [error] = errorsOf(plan);
  return [
    server.name,
    integer(lines),
    seconds.toFixed(2),
    ((seconds / lines) * 10_000).toFixed(1),
    ...(error
      ? [`\`${error.code}\``, '', '', '', '', '', '']
      : [
          integer(plan.handlers.length),
          integer(resources),
          integer(plan.classes.length),
          integer(lockedIn(plan).length),
          count('untouched'),
          count('gate'),
          count('section'),
        ]),
  ];
}

/**
 * The assumptions behind most of what waits, each with the number of places that force it.
 *
 * @param {Plan} plan
 */
function assumptionsOf(plan) {
  /** @type {Map<string, { message: string, places: number, pairs: number }>} */
  const byMessage = new Map();
  for (const { message, pairs } of plan.assumptions) {
    const known = byMessage.get(message) ?? { message, places: 0, pairs: pairs ?? 0 };
    known.places++;
    byMessage.set(message, known);
  }
  return [...byMessage.values()]
    .sort((a, b) => b.pairs - a.pairs || b.places - a.places || (a.message < b.message ? -1 : 1))
    .slice(0, MOST_ASSUMPTIONS);
}

/** @param {Analysed} analysed */
function reasons({ server, result }) {
  if (typeof result === 'string') return [];
  return assumptionsOf(result.plan).map(({ message, places, pairs }, index) => [
    index === 0 ? server.name : '',
    message.replaceAll('|', '\\|'),
    integer(places),
    integer(pairs),
  ]);
}

/** @param {readonly Analysed[]} all */
export function formatTables(all) {
  const results = [
    [
      'server',
      'lines',
      's',
      's / 10,000',
      'handlers',
      'resources',
      'classes',
      'locked',
      'untouched',
      'gates',
      'sections',
    ],
    ...all.map(row),
  ];
  const assumptions = [['server', 'assumption', 'places', 'pairs that wait for it'], ...all.flatMap(reasons)];
  return `${table(results)}\n${table(assumptions)}`;
}

/** @param {readonly Analysed[]} all */
export function formatPage(all) {
  return `# Real servers

What the analysis makes of published servers and frameworks, each taken as the program that its authors wrote: every
exported function is a handler, and so is every method of what is exported. \`npm run bench:corpus -- --write\` installs them, analyses
them and writes this page. The seconds are those of the machine that it last ran on.

*Resources* are those that some handler writes and that so can conflict; *locked* are the classes that need a lock. The second
table lists the assumptions that make most handlers wait: how many places force each, and how many pairs of handlers wait for each
other only because of it.

${formatTables(all)}`;
}

/**
 * What must not be: an analysis that failed or gave up, and locks where nothing but synchronous code runs.
 *
 * @param {Analysed} analysed
 */
export function faultsOf({ server, result }) {
  if (typeof result === 'string') return [`${server.name}: ${result}`];
  const { plan } = result;
  const faults = errorsOf(plan).map(({ message }) => `${server.name}: ${message}`);
  const locked = lockedIn(plan);
  if (server.isSynchronous && locked.length > 0)
    faults.push(`${server.name}: ${locked.length} classes are locked, the first ${locked[0]?.name}`);
  return faults;
}
