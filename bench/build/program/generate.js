/**
 * Writes a server: modules of TypeScript as people write them, as many as it takes to reach a number of
 * lines. The same size and seed give the same text.
 *
 * A part of every server is the same whatever its size (`../foundation`): errors, logging, sessions, clients of
 * other services. The rest are domains of five modules each. What a module imports is found by the names that it
 * uses, as an editor does it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../../demo/load/random.js';
import { makeDomain } from './domain.js';
import { FEATURES } from './features.js';
import { domainModules } from './layers.js';
import { domainAt, MOST_DOMAINS } from './vocabulary.js';

/** @typedef {import('./domain.js').Domain} Domain */
/** @typedef {{ path: string, text: string }} GeneratedModule path relative to the sources */

const foundation = join(dirname(fileURLToPath(import.meta.url)), '../foundation');

/** Where the names come from that the modules of domains use, other than from their own and their parent's domain. */
const SHARED = {
  'node:crypto': ['randomUUID'],
  express: ['type Request', 'type Response', 'Router'],
  'errors.ts': ['badRequest', 'conflict', 'forbidden', 'notFound'],
  'events.ts': ['publish', 'subscribe'],
  'observability/logger.ts': ['info', 'warn'],
  'observability/metrics.ts': ['count', 'observe'],
  'http/fields.ts': ['fieldsOf', 'integer', 'oneOf', 'optional', 'text'],
  'http/paging.ts': ['paged', 'pageOf'],
  'http/session.ts': ['requireAdmin', 'requireUser'],
  'http/validate.ts': ['validate'],
  'storage/collection.ts': ['Collection'],
  'storage/expiring-cache.ts': ['ExpiringCache'],
  'storage/json-file.ts': ['JsonFile'],
  'text/csv.ts': ['parseLine', 'toCsv'],
  'text/dates.ts': ['age', 'month'],
  'text/search.ts': ['best'],
  'upstream/services.ts': ['exchangeRate', 'isBlocked', 'nextNumber', 'sendMail'],
};

/**
 * @typedef {object} Origin
 * @property {string} from a package or the path of a module
 * @property {string} specifier as an import declaration names it
 */

/** @type {ReadonlyMap<string, Origin>} */
const sharedNames = new Map(
  Object.entries(SHARED).flatMap(([from, specifiers]) =>
    specifiers.map(specifier => [specifier.replace('type ', ''), { from, specifier }]),
  ),
);

/**
 * @param {string} importer
 * @param {string} from
 */
function requestFor(importer, from) {
  if (!from.endsWith('.ts')) return from;
  const path = posix.relative(posix.dirname(importer), from).replace(/\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}

/**
 * The import declarations of a module, for the names that its text uses.
 *
 * @param {string} path
 * @param {string} text
 * @param {ReadonlyMap<string, Origin>} domainNames
 */
function importsOf(path, text, domainNames) {
  // Neither what stands in quotes nor the name of a property is an import.
  const code = text.replaceAll(/'[^'\n]*'/g, "''");
  const used = new Set([...code.matchAll(/(?<![.\w])[A-Za-z]\w*(?![\w:])/g)].map(([name]) => name));
  /** @type {Map<string, string[]>} */
  const specifiers = new Map();
  for (const name of used) {
    const origin = domainNames.get(name) ?? sharedNames.get(name);
    if (origin === undefined || origin.from === path) continue;
    const request = requestFor(path, origin.from);
    specifiers.set(request, [...(specifiers.get(request) ?? []), origin.specifier]);
  }
  const lines = [...specifiers].map(([request, names]) => {
    const list = `{ ${names.join(', ')} }`;
    const areTypes = names.every(name => name.startsWith('type '));
    return `import ${areTypes ? `type ${list.replaceAll('type ', '')}` : list} from '${request}';`;
  });
  if (used.has('controller')) lines.push("import * as controller from './controller.js';");
  return `${lines.join('\n')}\n`;
}

/**
 * @param {readonly Domain[]} domains
 * @param {Random} random
 */
function nextDomain(domains, random) {
  const { area, thing } = domainAt(domains.length);
  const features = FEATURES.filter(() => random.chance(0.9));
  const storage = random.weighted({ map: 4, record: 2, collection: 3, file: 1 });
  const parent = domains.length > 0 && random.chance(0.7) ? random.pick(domains) : undefined;
  return makeDomain({ area, thing, storage, features, parent });
}

/**
 * @param {Domain} domain
 * @returns {GeneratedModule[]}
 */
function modulesOf(domain) {
  const texts = domainModules(domain);
  /** @type {Map<string, Origin>} */
  const names = new Map();
  for (const { path, exports } of texts) {
    for (const { name, isType } of exports) {
      names.set(name, { from: path, specifier: isType ? `type ${name}` : name });
    }
  }
  if (domain.parent) {
    const specifier = `find${domain.parent.type}`;
    names.set(specifier, { from: `${domain.parent.directory}/store.ts`, specifier });
  }
  return texts.map(({ path, text }) => ({ path, text: importsOf(path, text, names) + text }));
}

/**
 * @param {readonly Domain[]} domains
 * @returns {GeneratedModule[]}
 */
function entrance(domains) {
  const app = `import express from 'express';
${domains.map(({ plural, directory }) => `import { ${plural}Routes } from './${directory}/routes.js';`).join('\n')}
import { recentEvents } from './events.js';
import { rateLimit } from './http/rate-limit.js';
import { errorHandler, requestLog, unknownPath } from './http/request-log.js';
import { requireAdmin, session } from './http/session.js';
import { snapshot } from './observability/metrics.js';

export const app = express();

app.disable('x-powered-by');
app.use(requestLog, rateLimit, express.json({ limit: '1mb' }), session);
app.get('/health', (_req, res) => {
  res.json({ isUp: true, since: process.uptime() });
});
app.get('/metrics', requireAdmin, (_req, res) => {
  res.json({ ...snapshot(), events: recentEvents() });
});
${domains.map(({ plural, area, thing }) => `app.use('/${area}/${thing.plural}', ${plural}Routes);`).join('\n')}
app.use(unknownPath, errorHandler);
`;
  const server = `import { app } from './app.js';
import { config } from './config.js';
import { flush, info } from './observability/logger.js';

const server = app.listen(config.port, () => info('listening', { port: config.port }));

process.once('SIGTERM', () => {
  server.close(() => {
    flush();
    process.exit();
  });
});
`;
  return [
    { path: 'app.ts', text: app },
    { path: 'server.ts', text: server },
  ];
}

/** @param {readonly GeneratedModule[]} modules */
export const linesOf = modules => modules.reduce((sum, { text }) => sum + text.split('\n').length - 1, 0);

/**
 * @param {{ lines: number, seed: number }} size `lines` is reached or passed by less than a domain
 * @returns {GeneratedModule[]}
 */
export function generateServer({ lines, seed }) {
  const random = new Random(seed);
  const files = readdirSync(foundation, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.ts'),
  );
  const modules = files.sort().map(name => ({
    path: name.replaceAll('\\', '/'),
    text: readFileSync(join(foundation, name), 'utf8'),
  }));
  /** @type {Domain[]} */
  const domains = [];
  for (let written = linesOf(modules); written < lines; ) {
    if (domains.length === MOST_DOMAINS) throw new Error(`there are no names for ${lines} lines`);
    const domain = nextDomain(domains, random);
    domains.push(domain);
    const added = modulesOf(domain);
    modules.push(...added);
    written += linesOf(added);
  }
  return [...modules, ...entrance(domains)];
}
