/** The modules of one domain: its model (types, and what makes them of request bodies), store, service, controller and routes. */
import { capital } from './domain.js';
import { STORES } from './stores.js';

/** @typedef {import('./domain.js').Domain} Domain */
/** @typedef {{ name: string, isType: boolean }} Exported */
/** @typedef {{ path: string, text: string, exports: readonly Exported[] }} ModuleText */

/** @param {Domain} domain */
const model = domain => {
  const { type, thing, features } = domain;
  return `
export type ${type}State = ${thing.states.map(state => `'${state}'`).join(' | ')};

export const ${type}States: readonly ${type}State[] = [${thing.states.map(state => `'${state}'`).join(', ')}];

export interface ${type}Transition {
  number: number;
  from: ${type}State;
  to: ${type}State;
  at: number;
  by: string;
}

export interface ${type} {
  id: string;
  number: number;
  version: number;
  state: ${type}State;
  parentId: string | null;
  ${thing.amount}: number;
${thing.labels.map(label => `  ${label}: string;`).join('\n')}
  createdAt: number;
  changedAt: number;
  createdBy: string;
  history: ${type}Transition[];
}

export const first${type}State: ${type}State = '${thing.states[0]}';

export function parse${type}(body: unknown) {
  const fields = fieldsOf(body);
  return {
    ${thing.amount}: integer(fields, '${thing.amount}', { max: 100_000 }),
    parentId: optional(fields, 'parentId', text) ?? null,
${thing.labels.map(label => `    ${label}: text(fields, '${label}'),`).join('\n')}
  };
}

export type ${type}Draft = ReturnType<typeof parse${type}>;
${features.map(feature => feature.model?.(domain) ?? '').join('')}`;
};

/** @param {Domain} domain */
function service(domain) {
  const { type, thing, wait, asynchronous, parent, features } = domain;
  const owner = parent
    ? `  if (draft.parentId !== null && !(${parent.wait}find${parent.type}(draft.parentId))) {
    throw notFound('the ${parent.thing.name} that it belongs to');
  }
`
    : '';
  return `
const describe = (record: ${type}) => [${thing.labels.map(label => `record.${label}`).join(', ')}].join(' ');

export ${asynchronous}function existing${type}(id: string) {
  const found = ${wait}find${type}(id);
  if (!found) throw notFound(\`${thing.name} \${id}\`);
  return found;
}

${asynchronous}function assertUnique(draft: ${type}Draft) {
  const other = (${wait}all${type}s()).find(known => known.${thing.labels[0]} === draft.${thing.labels[0]});
  if (other) throw conflict('exists', 'there is one already', { id: other.id, ${thing.labels[0]}: draft.${thing.labels[0]} });
}

export async function create${capital(thing.name)}(draft: ${type}Draft, by: string) {
  ${wait}assertUnique(draft);
${owner}  const number = await nextNumber('${thing.name}');
  const now = Date.now();
  const record: ${type} = {
    id: randomUUID(),
    number,
    version: 1,
    state: first${type}State,
    ...draft,
    createdAt: now,
    changedAt: now,
    createdBy: by,
    history: [],
  };
  ${wait}save${type}(record);
  publish('${type}.created', record.id, by);
  return record;
}

export async function remove${capital(thing.name)}(id: string, by: string) {
  const known = ${wait}existing${type}(id);
  if (known.createdBy !== by) throw forbidden('removing it');
  ${wait}delete${type}(id);
  publish('${type}.removed', id, by);
  await sendMail(by, 'Your ${thing.name} was removed', [describe(known)]);
}

export function describe${type}(record: ${type}) {
  const { number, state, ${thing.amount} } = record;
  const words = [\`no. \${number}\`, state, \`${thing.amount} \${${thing.amount}}\`, describe(record)];
  if (record.history.length > 0) words.push(\`\${record.history.length} transitions\`);
  return words.join(', ');
}
${features.map(feature => feature.service(domain)).join('')}`;
}

/** @param {Domain} domain */
const controller = domain => {
  const { type, thing, wait, asynchronous, features } = domain;
  return `
function idOf(req: Request) {
  const { id } = req.params;
  if (typeof id !== 'string' || !/^[0-9a-f-]{36}$/.test(id)) throw badRequest('that is no id');
  return id;
}

function summarize(record: ${type}) {
  const { id, number, state, ${thing.amount}, ${thing.labels.join(', ')} } = record;
  return { id, number, state, ${thing.amount}, ${thing.labels.join(', ')}, changed: age(record.changedAt) };
}

export ${asynchronous}function show(req: Request, res: Response) {
  const record = ${wait}existing${type}(idOf(req));
  if (req.get('if-none-match') === String(record.version)) {
    res.status(304).end();
    return;
  }
  count('${type}.shown');
  res.set('etag', String(record.version)).json({ ...summarize(record), history: record.history });
}

export async function create(req: Request, res: Response) {
  const record = await create${capital(thing.name)}(req.body, res.locals.userId);
  info('${thing.name} created', { id: record.id, number: record.number });
  res.status(201).location(\`/${domain.area}/${thing.plural}/\${record.id}\`).json(summarize(record));
}

export async function remove(req: Request, res: Response) {
  await remove${capital(thing.name)}(idOf(req), res.locals.userId);
  res.status(204).end();
}

export ${asynchronous}function latest(_req: Request, res: Response) {
  const record = ${wait}newest${type}();
  if (!record) throw notFound('any ${thing.name}');
  res.json({ ...summarize(record), text: describe${type}(record) });
}
${features.map(feature => feature.controller?.(domain) ?? '').join('')}`;
};

/** @param {Domain} domain */
const routes = domain => `
export const ${domain.plural}Routes = Router();

${domain.plural}Routes.get('/latest', controller.latest);
${domain.features.map(feature => feature.routes?.(domain) ?? '').join('\n')}
${domain.plural}Routes.get('/:id', controller.show);
${domain.plural}Routes.post('/', requireUser, validate(parse${domain.type}), controller.create);
${domain.plural}Routes.delete('/:id', requireUser, controller.remove);
`;

const EXPORT = /^export (?:async )?(const|function|interface|type) (\w+)/gm;

/**
 * The modules of a domain, without their imports.
 *
 * @param {Domain} domain
 * @returns {ModuleText[]}
 */
export function domainModules(domain) {
  const layers = { model, store: STORES[domain.storage], service, controller, routes };
  return Object.entries(layers).map(([layer, write]) => {
    const text = write(domain);
    const exports = [...text.matchAll(EXPORT)].map(([, kind = '', name = '']) => ({
      name,
      isType: kind === 'interface' || kind === 'type',
    }));
    return { path: `${domain.directory}/${layer}.ts`, text, exports };
  });
}
