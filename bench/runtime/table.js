/**
 * Puts what was measured under several versions of Node into one table, in Markdown, as docs/runtime.md shows it.
 */

/**
 * @typedef {object} Measured
 * @property {string} node
 * @property {number} bareTime
 * @property {import('./main.js').Result[]} results
 * @property {import('./memory.js').Weight[]} weights
 */

/** @param {Measured[]} all */
export function markdown(all) {
  // Not every Node has every subject: the Web Locks of later ones.
  const most = all.reduce(
    (best, { results }) => (results.length > best.length ? results : best),
    all[0]?.results ?? [],
  );
  const rows = most.map(({ workload, subject, target }) => [
    workload,
    subject,
    ...all.map(({ results }) =>
      cell(results.find(each => each.workload === workload && each.subject === subject)),
    ),
    target ?? '',
  ]);
  const head = [
    'workload',
    'form',
    ...all.map(({ node, bareTime }) => `Node ${node} (bare call ${bareTime.toFixed(0)} ns)`),
    'at most',
  ];
  const weights = all.flatMap(({ node, weights: lines }) => [
    `\nNode ${node}:`,
    ...lines.map(({ text }) => text),
  ]);
  return [row(head), row(head.map(() => '---')), ...rows.map(row), ...weights].join('\n');
}

/** @param {import('./main.js').Result | undefined} result */
function cell(result) {
  if (result === undefined) return '';
  const { ratio, spread, best, toNoLock } = result;
  const relative = toNoLock === undefined ? '' : `; ${toNoLock.toFixed(2)} of no lock`;
  return `${ratio.toFixed(2)} (${spread[0].toFixed(2)} - ${spread[1].toFixed(2)}), best ${best.toFixed(2)}${relative}`;
}

/** @param {unknown[]} cells */
function row(cells) {
  return `| ${cells.join(' | ')} |`;
}
