/** Plans of the web server as tables in Markdown. */

/** @typedef {import('../../src/index.js').Plan} Plan */

/**
 * Pairs of handlers, each with itself too, that may have to wait for each other: they meet in a locked class, one of
 * them writes, and one has a section.
 *
 * @param {Plan} plan
 */
export function constrainedPairs({ classes, handlers }) {
  const sections = new Set(handlers.filter(h => h.protection === 'section').map(h => h.id));
  const pairs = new Set();
  for (const { locked, members } of classes) {
    if (!locked) continue;
    members.forEach((a, i) => {
      for (const b of members.slice(i)) {
        const mayWait = sections.has(a.handler) || sections.has(b.handler);
        if (mayWait && (a.mode === 'write' || b.mode === 'write'))
          pairs.add([a.handler, b.handler].sort().join(' x '));
      }
    });
  }
  return pairs;
}

/** @param {readonly { title: string, plan: Plan }[]} analysed */
export function summaryTable(analysed) {
  const rows = analysed.map(({ title, plan }) => {
    const count = (/** @type {string} */ protection) =>
      plan.handlers.filter(h => h.protection === protection).length;
    const all = (plan.handlers.length * (plan.handlers.length + 1)) / 2;
    const pairs = constrainedPairs(plan).size;
    const locked = plan.classes.filter(c => c.locked).length;
    return `| ${title} | ${plan.handlers.length} | ${count('section')} | ${count('gate')} | ${count('untouched')} | ${locked} of ${plan.classes.length} | ${pairs} of ${all} |\n`;
  });
  return `| stages | handlers | sections | gates | untouched | classes locked | pairs that may wait |\n|---|---:|---:|---:|---:|---:|---:|\n${rows.join('')}`;
}

/** @type {readonly (readonly [title: string, resources: RegExp])[]} */
const STATE = [
  ['table', /connections\.ts#(slots|firstFree|openConnections|takeSlot\.object)/],
  ['connections', /connections\.ts#takeSlot\.(connection|input)/],
  ['files in memory', /map-cache\.ts#/],
  ['throttles', /throttles\.ts#/],
  ['counters', /stats\.ts#/],
  ['log', /access-log\.ts#/],
  ['files', /^files\[\]/],
];

/**
 * What each handler does to the global state that conflicts: `r` reads, `w` writes. Handlers without conflicts are
 * left out.
 *
 * @param {Plan} plan
 */
export function accessTable({ handlers }) {
  const rows = handlers
    .filter(({ reason }) => reason !== 'no-conflict')
    .map(({ id, protection, accesses }) => {
      const cells = STATE.map(([, resources]) => {
        const own = accesses.filter(({ resource }) => resources.test(resource));
        if (own.length === 0) return '';
        return own.some(({ mode }) => mode === 'write') ? 'w' : 'r';
      });
      return `| \`${id.replace(/^src\//, '')}\` | ${protection} | ${cells.join(' | ')} |\n`;
    });
  const titles = STATE.map(([title]) => title).join(' | ');
  return `| handler | becomes | ${titles} |\n|---|---|${'---|'.repeat(STATE.length)}\n${rows.join('')}`;
}
