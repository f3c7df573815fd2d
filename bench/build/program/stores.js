/** The module that keeps a domain's records, for each way of keeping them. All export the same functions. */

/** @typedef {import('./domain.js').Domain} Domain */

/** @type {Record<import('./domain.js').Storage, (domain: Domain) => string>} */
export const STORES = {
  map: ({ type, plural }) => `
const ${plural} = new Map<string, ${type}>();
let newest: ${type} | null = null;

export function all${type}s() {
  return [...${plural}.values()];
}

export function find${type}(id: string) {
  return ${plural}.get(id);
}

export function newest${type}() {
  return newest;
}

export function save${type}(record: ${type}) {
  if (!${plural}.has(record.id)) newest = record;
  ${plural}.set(record.id, record);
  return record;
}

export function delete${type}(id: string) {
  if (newest?.id === id) newest = null;
  return ${plural}.delete(id);
}
`,
  record: ({ type, plural }) => `
const ${plural}: Record<string, ${type}> = Object.create(null);
const order: string[] = [];

export function all${type}s() {
  return order.flatMap(id => ${plural}[id] ?? []);
}

export function find${type}(id: string) {
  return ${plural}[id];
}

export function newest${type}() {
  const id = order.at(-1);
  return id === undefined ? null : (${plural}[id] ?? null);
}

export function save${type}(record: ${type}) {
  if (!(record.id in ${plural})) order.push(record.id);
  ${plural}[record.id] = record;
  return record;
}

export function delete${type}(id: string) {
  const position = order.indexOf(id);
  if (position < 0) return false;
  order.splice(position, 1);
  delete ${plural}[id];
  return true;
}
`,
  collection: ({ type, plural }) => `
const ${plural} = new Collection<${type}>('state');

export function all${type}s() {
  return ${plural}.all();
}

export function find${type}(id: string) {
  return ${plural}.find(id);
}

export function newest${type}() {
  let newest: ${type} | null = null;
  for (const record of ${plural}.all()) {
    if (newest === null || record.createdAt > newest.createdAt) newest = record;
  }
  return newest;
}

export function save${type}(record: ${type}) {
  return ${plural}.save(record);
}

export function delete${type}(id: string) {
  return ${plural}.delete(id);
}
`,
  file: ({ type, plural }) => `
interface ${type}File {
  version: 1;
  records: Record<string, ${type}>;
}

const ${plural}File = new JsonFile<${type}File>('${plural}.json', { version: 1, records: {} });

export async function all${type}s() {
  const { records } = await ${plural}File.read();
  return Object.values(records);
}

export async function find${type}(id: string) {
  const { records } = await ${plural}File.read();
  return records[id];
}

export async function newest${type}() {
  const records = await all${type}s();
  return records.sort((a, b) => a.createdAt - b.createdAt).at(-1) ?? null;
}

export async function save${type}(record: ${type}) {
  await ${plural}File.change(file => ({ ...file, records: { ...file.records, [record.id]: record } }));
  return record;
}

export async function delete${type}(id: string) {
  let isKnown = false;
  await ${plural}File.change(({ version, records }) => {
    const { [id]: gone, ...rest } = records;
    isKnown = gone !== undefined;
    return { version, records: rest };
  });
  return isKnown;
}
`,
};
