/**
 * What the web server gains where it computes: `variants/computing` has checksums, compression and listings of directories in JavaScript, as
 * functions with `"use parallel"`. It is asked for a mix of them, as it is written and compiled.
 *
 *     npm run bench:thttpd-parallel [-- --seconds=4 --rounds=5 --clients=16]
 *
 * The load comes from a process of its own. What the server answers as it is written is what all variants must answer, byte for byte, to
 * every request of every run. All variants run in every round, in turn; printed is the median of the rounds, with the least and the most.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exitOnSignals } from '../demo/closing.js';
import { buildPackage } from '../demo/package-build.js';
import { startProgram } from '../demo/server-process.js';
import { buildProject, temporaryDirectory } from '../demo/workspace.js';
import { resultTable } from '../parallel/results.js';
import { measureUnderLoad, OBSERVED } from '../parallel/under-load.js';

const load = fileURLToPath(new URL('mixed-load.js', import.meta.url));

const WRITTEN = 'babel.config.js';
const COMPILED = 'babel.protected.config.js';
/** @type {{ title: string, config: string, env?: Record<string, string>, isParallel?: boolean }[]} */
const VARIANTS = [
  { title: 'as written, one thread', config: WRITTEN },
  { title: 'compiled, `inline`', config: COMPILED, env: { ANYSPEED_PARALLEL: 'inline' } },
  { title: 'compiled, `auto`', config: COMPILED, isParallel: true },
];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    clients: { type: 'string', default: '16' },
  },
});

const WORDS =
  'the a of server request response event loop thread lock class handler section gate file cache page line client socket byte'.split(
    ' ',
  );

/**
 * Text of so many bytes, the same in every run.
 *
 * @param {number} size
 * @param {number} seed
 */
function proseOf(size, seed) {
  let text = '';
  for (let state = seed + 1; text.length < size; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    text += `${WORDS[(state >>> 16) % WORDS.length]}${(state >>> 8) % 11 === 0 ? `-${state % 1000}.\n` : ' '}`;
  }
  return text.slice(0, size);
}

/**
 * Sizes as those of a site: pages, scripts, pictures, and a directory without an index.
 *
 * @param {string} directory
 */
function writeFiles(directory) {
  mkdirSync(join(directory, 'list'), { recursive: true });
  for (let i = 0; i < 20; i++) {
    writeFileSync(join(directory, `page-${i}.html`), proseOf(16_000 + i * 3_000, i));
    writeFileSync(
      join(directory, `picture-${i}.png`),
      Buffer.from(proseOf(30_000 + i * 2_000, 100 + i)).reverse(),
    );
  }
  for (let i = 0; i < 40; i++) writeFileSync(join(directory, 'list', `chapter ${i} & more.txt`), `${i}`);
}

/**
 * The requests of the mix, in turn, with what `url` answers: half of them for pages, compressed; a quarter for pictures, an eighth each for the
 * directory and for whether a page has changed.
 *
 * @param {string} url
 */
async function requestsOf(url) {
  /** @type {{ path: string, headers: Record<string, string> }[]} */
  const all = [];
  const compressed = { 'Accept-Encoding': 'gzip' };
  for (let i = 0; i < 20; i++) {
    const page = `/page-${i}.html`;
    all.push({ path: page, headers: compressed });
    all.push({ path: `/picture-${i}.png`, headers: compressed });
    all.push({ path: `/page-${(i + 7) % 20}.html`, headers: compressed });
    if (i % 2 === 0) all.push({ path: '/list/', headers: compressed });
    else {
      const { headers } = await answerOf(url, page, compressed);
      all.push({ path: page, headers: { ...compressed, 'If-None-Match': `${headers.etag}` } });
    }
  }
  return Promise.all(
    all.map(async ({ path, headers }) => {
      const { status, headers: got, body } = await answerOf(url, path, headers);
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const request = `GET ${path} HTTP/1.1\r\nHost: a\r\n${lines.join('')}\r\n`;
      return { request, status, tag: got.etag, body: body.toString('base64') };
    }),
  );
}

/**
 * @param {string} url
 * @param {string} path
 * @param {Record<string, string>} headers
 * @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders, body: Buffer }>}
 */
function answerOf(url, path, headers) {
  return new Promise((resolve, reject) => {
    get(url + path, { headers, agent: false }, response => {
      const { statusCode = 0, headers } = response;
      buffer(response).then(body => resolve({ status: statusCode, headers, body }), reject);
    }).on('error', reject);
  });
}

/**
 * @param {string} directory
 * @param {string} files
 * @param {Record<string, string>} [env]
 * @param {readonly string[]} [execArgv]
 */
const start = (directory, files, env = {}, execArgv = []) =>
  startProgram(directory, { args: ['--dir', files, '--port', '0'], env, execArgv });

/**
 * @param {{ directory: string, env: Record<string, string> }} variant
 * @param {string} files
 * @param {string} requests
 */
async function measure({ directory, env }, files, requests) {
  const server = await start(directory, files, env, OBSERVED);
  const { clients, seconds } = values;
  return measureUnderLoad(server, { program: load, clients, seconds, file: requests });
}

exitOnSignals();
buildPackage();
const parent = temporaryDirectory('thttpd-parallel');
const files = join(parent, 'files');
writeFiles(files);
const built = [];
for (const [index, { title, config, env = {}, isParallel = false }] of VARIANTS.entries()) {
  const directory = join(parent, `${index}`);
  await buildProject(
    { fixture: 'thttpd', config, overlay: 'variants/computing', packages: ['piscina'] },
    directory,
  );
  built.push({ title, directory, env, isParallel });
}
const requests = join(parent, 'requests.json');
const written = await start(built[0]?.directory ?? '', files);
writeFileSync(requests, JSON.stringify(await requestsOf(written.url)));
await written.stop();

/** @type {import('../parallel/results.js').Measured[][]} */
const results = built.map(() => []);
for (let round = 0; round < Number(values.rounds); round++)
  for (const [index, variant] of built.entries())
    results[index]?.push(await measure(variant, files, requests));
process.stdout.write(
  `\n${values.clients} clients; ${values.rounds} rounds of ${values.seconds} s.\n\n${resultTable(built, results)}`,
);
process.exit();
