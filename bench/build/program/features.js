/**
 * What a generated server can do with the records of a domain, one feature a constant. Each adds a piece to
 * several layers of its domain: to the service, the controller, the model and the routes.
 *
 * They are the shapes that real handlers have: a check before an `await` and a write after it, a cache that
 * is filled late, a listing that only reads, a loop that awaits, a pure computation, a timer, a listener.
 */
import { capital } from './domain.js';

/** @typedef {import('./domain.js').Domain} Domain */

/**
 * @typedef {object} Feature
 * @property {string} name
 * @property {(domain: Domain) => string} service
 * @property {(domain: Domain) => string} [controller]
 * @property {(domain: Domain) => string} [model]
 * @property {(domain: Domain) => string} [routes]
 */

/** @type {Feature} */
const listing = {
  name: 'listing',
  service: ({ type, thing, asynchronous, wait }) => `
export interface ${type}Filter {
  state?: string | undefined;
  text?: string | undefined;
  atLeast?: number | undefined;
}

const BY_AGE = (a: ${type}, b: ${type}) => b.createdAt - a.createdAt;

export ${asynchronous}function list${capital(thing.plural)}(filter: ${type}Filter) {
  let found = ${wait}all${type}s();
  if (filter.state !== undefined) found = found.filter(({ state }) => state === filter.state);
  if (filter.atLeast !== undefined) {
    const least = filter.atLeast;
    found = found.filter(({ ${thing.amount} }) => ${thing.amount} >= least);
  }
  if (filter.text) return best(found, filter.text, describe);
  return [...found].sort(BY_AGE);
}
`,
  controller: ({ type, thing, asynchronous, wait }) => `
export ${asynchronous}function list(req: Request, res: Response) {
  const { state, q, atLeast } = req.query;
  const filter: ${type}Filter = {
    state: typeof state === 'string' ? state : undefined,
    text: typeof q === 'string' ? q : undefined,
    atLeast: atLeast === undefined ? undefined : Number(atLeast),
  };
  if (Number.isNaN(filter.atLeast)) throw badRequest('"atLeast" must be a number');
  const found = ${wait}list${capital(thing.plural)}(filter);
  count('${type}.listed');
  res.json(paged(found.map(summarize), pageOf(req)));
}
`,
  routes: ({ plural }) => `${plural}Routes.get('/', controller.list);`,
};

/** @type {Feature} */
const changing = {
  name: 'changing',
  service: ({ type, thing, wait }) => `
export async function change${capital(thing.name)}(id: string, version: number, change: ${type}Change, by: string) {
  const known = ${wait}existing${type}(id);
  if (known.version !== version) {
    throw conflict('changed-meanwhile', \`it is at version \${known.version}\`, { version: known.version });
  }
  if (await isBlocked(by)) throw forbidden('changing it');
  const changed: ${type} = { ...known, ...change, version: version + 1, changedAt: Date.now() };
  ${wait}save${type}(changed);
  publish('${type}.changed', id, by);
  return changed;
}
`,
  controller: ({ thing }) => `
export async function change(req: Request, res: Response) {
  const version = Number(req.get('if-match'));
  if (!Number.isInteger(version)) throw badRequest('send If-Match with the version that you have seen');
  const changed = await change${capital(thing.name)}(idOf(req), version, req.body, res.locals.userId);
  res.set('etag', String(changed.version)).json(changed);
}
`,
  model: ({ type, thing }) => `
export interface ${type}Change {
${thing.labels.map(label => `  ${label}?: string;`).join('\n')}
}

export function parse${type}Change(body: unknown): ${type}Change {
  const fields = fieldsOf(body);
  const change: ${type}Change = {};
${thing.labels
  .map(
    label => `  const ${label} = optional(fields, '${label}', text);
  if (${label} !== undefined) change.${label} = ${label};`,
  )
  .join('\n')}
  if (Object.keys(change).length === 0) throw badRequest('there is nothing to change');
  return change;
}
`,
  routes: ({ type, plural }) =>
    `${plural}Routes.patch('/:id', requireUser, validate(parse${type}Change), controller.change);`,
};

/** @type {Feature} */
const transitions = {
  name: 'transitions',
  service: ({ type, thing, wait }) => `
const NEXT: Record<${type}State, readonly ${type}State[]> = {
${thing.states
  .map(
    (state, i) =>
      `  ${state}: [${thing.states
        .slice(i + 1)
        .map(next => `'${next}'`)
        .join(', ')}],`,
  )
  .join('\n')}
};

export async function move${capital(thing.name)}(id: string, to: ${type}State, by: string) {
  const known = ${wait}existing${type}(id);
  if (!NEXT[known.state].includes(to)) {
    throw conflict('wrong-state', \`it cannot go from \${known.state} to \${to}\`, { state: known.state });
  }
  const number = await nextNumber('${thing.name}-transition');
  known.history.push({ number, from: known.state, to, at: Date.now(), by });
  known.state = to;
  ${wait}save${type}(known);
  publish(\`${type}.\${to}\`, id, by);
  await sendMail(by, \`Your ${thing.name} is \${to}\`, known.history.map(entry => \`\${entry.from} > \${entry.to}\`));
  return known;
}
`,
  controller: ({ thing }) => `
export async function move(req: Request, res: Response) {
  const moved = await move${capital(thing.name)}(idOf(req), req.body.to, res.locals.userId);
  info('${thing.name} moved', { id: moved.id, to: moved.state });
  res.json({ id: moved.id, state: moved.state, history: moved.history });
}
`,
  model: ({ type }) => `
export function parse${type}Transition(body: unknown) {
  return { to: oneOf(fieldsOf(body), 'to', ${type}States) };
}
`,
  routes: ({ type, plural }) =>
    `${plural}Routes.post('/:id/transitions', requireUser, validate(parse${type}Transition), controller.move);`,
};

/** @type {Feature} */
const adjusting = {
  name: 'adjusting',
  service: ({ type, thing, wait }) => `
export async function adjust${capital(thing.name)}(id: string, by: number, currency: string) {
  const known = ${wait}existing${type}(id);
  const before = known.${thing.amount};
  const rate = currency === 'EUR' ? 1 : await exchangeRate(currency);
  const after = before + Math.round(by * rate);
  if (after < 0) throw conflict('too-little', \`only \${before} left\`, { ${thing.amount}: before });
  known.${thing.amount} = after;
  known.changedAt = Date.now();
  ${wait}save${type}(known);
  observe('${type}.adjustment', Math.abs(after - before));
  return { before, after };
}
`,
  controller: ({ thing }) => `
export async function adjust(req: Request, res: Response) {
  const { by, currency } = req.body;
  const { before, after } = await adjust${capital(thing.name)}(idOf(req), by, currency);
  info('${thing.name} adjusted', { id: idOf(req), before, after });
  res.json({ ${thing.amount}: after, difference: after - before });
}
`,
  model: ({ type }) => `
export function parse${type}Adjustment(body: unknown) {
  const fields = fieldsOf(body);
  const by = integer(fields, 'by', { min: -1_000_000 });
  const currency = optional(fields, 'currency', (all, name) => text(all, name, { min: 3, max: 3 })) ?? 'EUR';
  return { by, currency };
}
`,
  routes: ({ type, plural }) =>
    `${plural}Routes.post('/:id/adjustments', requireUser, validate(parse${type}Adjustment), controller.adjust);`,
};

/** @type {Feature} */
const moving = {
  name: 'moving',
  service: ({ type, thing, wait }) => `
export async function move${capital(thing.amount)}(fromId: string, toId: string, much: number, by: string) {
  if (fromId === toId) throw forbidden('moving something to where it is');
  const from = ${wait}existing${type}(fromId);
  const to = ${wait}existing${type}(toId);
  if (from.${thing.amount} < much) throw conflict('too-little', \`only \${from.${thing.amount}} left\`);
  const number = await nextNumber('${thing.amount}');
  from.${thing.amount} -= much;
  to.${thing.amount} += much;
  ${wait}save${type}(from);
  ${wait}save${type}(to);
  publish('${type}.moved', fromId, by);
  return { number, from: from.${thing.amount}, to: to.${thing.amount} };
}
`,
  controller: ({ thing }) => `
export async function hand(req: Request, res: Response) {
  const { to, much } = req.body;
  const receipt = await move${capital(thing.amount)}(idOf(req), to, much, res.locals.userId);
  res.status(201).json(receipt);
}
`,
  model: ({ type }) => `
export function parse${type}Move(body: unknown) {
  const fields = fieldsOf(body);
  return { to: text(fields, 'to'), much: integer(fields, 'much', { min: 1 }) };
}
`,
  routes: ({ type, plural }) =>
    `${plural}Routes.post('/:id/moves', requireUser, validate(parse${type}Move), controller.hand);`,
};

/** @type {Feature} */
const importing = {
  name: 'importing',
  service: ({ type, thing }) => `
export async function import${capital(thing.plural)}(csv: string, by: string) {
  const [header = '', ...lines] = csv.split('\\n').filter(line => line.trim() !== '');
  const columns = parseLine(header);
  const refused: { line: number; reason: string }[] = [];
  let imported = 0;
  for (const [index, line] of lines.entries()) {
    const cells = parseLine(line);
    const fields = Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? '']));
    try {
      const draft = parse${type}({ ...fields, ${thing.amount}: Number(fields['${thing.amount}']) });
      await create${capital(thing.name)}(draft, by);
      imported++;
    } catch (error) {
      refused.push({ line: index + 2, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  count('${type}.imported', imported);
  return { imported, refused };
}
`,
  controller: ({ thing }) => `
export async function bring(req: Request, res: Response) {
  const { csv } = req.body;
  const { imported, refused } = await import${capital(thing.plural)}(csv, res.locals.userId);
  if (refused.length > 0) warn('${thing.plural} refused', { refused: refused.length });
  res.status(imported > 0 ? 201 : 400).json({ imported, refused });
}
`,
  model: ({ type }) => `
export function parse${type}Import(body: unknown) {
  return { csv: text(fieldsOf(body), 'csv', { max: 1_000_000 }) };
}
`,
  routes: ({ type, plural }) =>
    `${plural}Routes.post('/imports', requireAdmin, validate(parse${type}Import), controller.bring);`,
};

/** @type {Feature} */
const exporting = {
  name: 'exporting',
  service: ({ thing, type, asynchronous, wait }) => `
const COLUMNS = ['id', 'number', 'state', '${thing.amount}', ${thing.labels.map(label => `'${label}'`).join(', ')}, 'age'];

export ${asynchronous}function export${capital(thing.plural)}(state?: string) {
  const rows = [];
  for (const record of ${wait}all${type}s()) {
    if (state !== undefined && record.state !== state) continue;
    const { id, number, ${thing.amount}, ${thing.labels.join(', ')} } = record;
    rows.push({ id, number, state: record.state, ${thing.amount}, ${thing.labels.join(', ')}, age: age(record.createdAt) });
  }
  return toCsv(COLUMNS, rows);
}
`,
  controller: ({ thing, asynchronous, wait }) => `
export ${asynchronous}function download(req: Request, res: Response) {
  const { state } = req.query;
  const csv = ${wait}export${capital(thing.plural)}(typeof state === 'string' ? state : undefined);
  res.attachment('${thing.plural}.csv').type('text/csv').send(csv);
}
`,
  routes: ({ plural }) => `${plural}Routes.get('/export', requireAdmin, controller.download);`,
};

/** @type {Feature} */
const reporting = {
  name: 'reporting',
  service: ({ type, thing, wait }) => `
export interface ${type}Report {
  month: string;
  records: number;
  ${thing.amount}: number;
  states: Record<string, number>;
}

const reports = new ExpiringCache<${type}Report[]>(30_000);

async function compute${type}Reports(currency: string) {
  const rate = await exchangeRate(currency);
  const byMonth = new Map<string, ${type}Report>();
  for (const { createdAt, state, ${thing.amount} } of ${wait}all${type}s()) {
    const name = month(createdAt);
    const report = byMonth.get(name) ?? { month: name, records: 0, ${thing.amount}: 0, states: {} };
    report.records++;
    report.${thing.amount} += ${thing.amount} * rate;
    report.states[state] = (report.states[state] ?? 0) + 1;
    byMonth.set(name, report);
  }
  return [...byMonth.values()].sort((a, b) => (a.month < b.month ? -1 : 1));
}

export async function report${capital(thing.plural)}(currency: string) {
  const known = reports.get(currency);
  if (known) return known;
  return reports.set(currency, await compute${type}Reports(currency));
}

subscribe('${type}.changed', () => reports.forget());
`,
  controller: ({ thing }) => `
export async function report(req: Request, res: Response) {
  const { currency = 'EUR' } = req.query;
  if (typeof currency !== 'string' || currency.length !== 3) throw badRequest('no such currency');
  res.json({ currency, months: await report${capital(thing.plural)}(currency) });
}
`,
  routes: ({ plural }) => `${plural}Routes.get('/report', requireUser, controller.report);`,
};

/** @type {Feature} */
const holding = {
  name: 'holding',
  service: ({ type, thing, wait }) => `
interface Hold {
  id: string;
  by: string;
  much: number;
  until: number;
}

const HOLD_MS = 10 * 60_000;
let holds: Hold[] = [];

const heldOf = (id: string) => holds.reduce((sum, hold) => (hold.id === id ? sum + hold.much : sum), 0);

export async function hold${capital(thing.name)}(id: string, much: number, by: string) {
  const known = ${wait}existing${type}(id);
  const free = known.${thing.amount} - heldOf(id);
  if (free < much) throw conflict('too-little', \`only \${free} left\`, { free });
  if (await isBlocked(by)) throw forbidden('holding it');
  const hold: Hold = { id, by, much, until: Date.now() + HOLD_MS };
  holds.push(hold);
  publish('${type}.held', id, by);
  return { ...hold, free: free - much };
}

export function release${capital(thing.name)}(id: string, by: string) {
  const before = holds.length;
  holds = holds.filter(hold => hold.id !== id || hold.by !== by);
  return before - holds.length;
}

function dropExpiredHolds() {
  const now = Date.now();
  const expired = holds.filter(({ until }) => until < now);
  if (expired.length === 0) return;
  holds = holds.filter(({ until }) => until >= now);
  count('${type}.holds.expired', expired.length);
}

setInterval(dropExpiredHolds, 5000).unref();
`,
  controller: ({ thing }) => `
export async function hold(req: Request, res: Response) {
  res.status(201).json(await hold${capital(thing.name)}(idOf(req), req.body.much, res.locals.userId));
}

export function release(req: Request, res: Response) {
  const released = release${capital(thing.name)}(idOf(req), res.locals.userId);
  if (released === 0) throw notFound('your hold');
  res.json({ released });
}
`,
  model: ({ type }) => `
export function parse${type}Hold(body: unknown) {
  return { much: integer(fieldsOf(body), 'much', { min: 1, max: 100 }) };
}
`,
  routes: ({
    type,
    plural,
  }) => `${plural}Routes.post('/:id/holds', requireUser, validate(parse${type}Hold), controller.hold);
${plural}Routes.delete('/:id/holds', requireUser, controller.release);`,
};

/** @type {readonly Feature[]} */
export const FEATURES = [
  listing,
  changing,
  transitions,
  adjusting,
  moving,
  importing,
  exporting,
  reporting,
  holding,
];
