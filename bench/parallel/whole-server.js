/**
 * A prototype of a whole server on several cores: what does it cost that state lives in one thread, and when does it pay?
 *
 *     node bench/parallel/whole-server.js [--seconds=3] [--rounds=3] [--work=0,100,500,2000]
 *
 * A request is parsed, computes for a while, asks for a row (one crossing there and back) and has a line logged (one crossing, nobody
 * waits for it). On one thread the state is at hand; otherwise two workers accept, and the main thread has the state. Threads of
 * Node 20 cannot share a port, so each worker has one of its own. Printed is the processor time of a request, which is the same on a
 * busy machine, and what follows from it.
 */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { isMainThread, MessageChannel, Worker, workerData } from 'node:worker_threads';
import { median } from '../median.js';

const self = fileURLToPath(import.meta.url);
const text = 'x'.repeat(1500);

/** The state: rows, and the length of a log. */
const rows = new Map([['page', { title: 'page', text, revision: 1 }]]);
let logged = 0;

/** @param {number} rounds */
function compute(rounds) {
  let hash = 0;
  for (let round = 0; round < rounds; round++) hash = Math.imul(hash ^ round, 16777619);
  return hash;
}

/**
 * @param {number} rounds
 * @param {(title: string) => { text: string } | undefined | Promise<{ text: string }>} find
 * @param {(line: string) => void} log
 */
async function listen(rounds, find, log) {
  const server = createServer(async (request, response) => {
    const title = (request.url ?? '').slice('/pages/'.length);
    compute(rounds);
    const row = await find(title);
    response.setHeader('content-type', 'text/html');
    response.end(row?.text);
    log(`${request.method} ${title} 200`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

/** A worker that accepts. What it asks for comes through a port. */
async function accept() {
  const { port, rounds } = workerData;
  /** @type {Map<number, (row: { text: string }) => void>} */
  const asked = new Map();
  let count = 0;
  port.on('message', (/** @type {{ id: number, row: { text: string } }} */ { id, row }) => {
    asked.get(id)?.(row);
    asked.delete(id);
  });
  const find = (/** @type {string} */ title) =>
    new Promise((/** @type {(row: { text: string }) => void} */ resolve) => {
      asked.set(++count, resolve);
      port.postMessage({ id: count, title });
    });
  port.postMessage({ listening: await listen(rounds, find, line => port.postMessage({ line })) });
}

/**
 * A server, in a process of its own.
 *
 * @param {number} workers 0: one thread does everything
 * @param {number} rounds
 */
async function serve(workers, rounds) {
  /** @type {number[]} */
  const ports = [];
  if (workers === 0)
    ports.push(
      await listen(
        rounds,
        title => rows.get(title),
        () => logged++,
      ),
    );
  for (let index = 0; index < workers; index++) {
    const { port1, port2 } = new MessageChannel();
    new Worker(self, { workerData: { port: port2, rounds }, transferList: [port2] });
    const [{ listening }] = await once(port1, 'message').then(events => events);
    ports.push(listening);
    port1.on('message', ({ id, title, line }) => {
      if (line !== undefined) logged++;
      else port1.postMessage({ id, row: rows.get(title) });
    });
  }
  let used = process.cpuUsage();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(used);
    used = process.cpuUsage();
    process.send?.({ cpu: user + system });
  });
  process.send?.({ ports });
}

/**
 * Microseconds of all threads for a request.
 *
 * @param {number} workers
 * @param {number} rounds
 * @param {string} pages
 * @param {string} seconds
 */
async function measure(workers, rounds, pages, seconds) {
  const server = fork(self, ['serve', `${workers}`, `${rounds}`]);
  try {
    const [{ ports }] = await once(server, 'message');
    const load = (/** @type {string} */ time) =>
      Promise.all(
        ports.map((/** @type {number} */ port) =>
          promisify(execFile)(process.execPath, [
            fileURLToPath(new URL('load.js', import.meta.url)),
            `${port}`,
            `${16 / ports.length}`,
            time,
            pages,
          ]),
        ),
      );
    await load('1');
    server.send('');
    await once(server, 'message');
    const loads = await load(seconds);
    server.send('');
    const [{ cpu }] = await once(server, 'message');
    return cpu / (loads.reduce((sum, { stdout }) => sum + JSON.parse(stdout).rate, 0) * Number(seconds));
  } finally {
    server.kill('SIGKILL');
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '3' },
      work: { type: 'string', default: '0,100,500,2000' },
    },
  });
  const before = process.cpuUsage();
  compute(5e8);
  const perMicrosecond = 5e8 / process.cpuUsage(before).user;
  const folder = mkdtempSync(join(tmpdir(), 'anyspeed-whole-'));
  const pages = join(folder, 'pages.json');
  writeFileSync(pages, JSON.stringify([{ title: 'page', body: text }]));
  /** @type {{ work: number, one: number[], several: number[] }[]} */
  const measured = values.work.split(',').map(work => ({ work: Number(work), one: [], several: [] }));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { work, one, several } of measured) {
      const rounds = Math.round(work * perMicrosecond);
      one.push(await measure(0, rounds, pages, values.seconds));
      several.push(await measure(2, rounds, pages, values.seconds));
    }
  }
  // The same for all: next to much work, the difference is lost in what else is going on.
  const crossings = median(measured.map(({ one, several }) => median(several) - median(one)));
  process.stdout.write(`The crossings of a request take ${crossings.toFixed(0)} µs.\n\n`);
  process.stdout.write(
    '| computes, µs | one thread, µs | two that accept, µs | gain on 2 cores | on 4 | on 8 |\n|---:|---:|---:|---:|---:|---:|\n',
  );
  for (const { work, one, several } of measured) {
    const alone = median(one);
    // Where the state is, half of what crossings take is to be done, whatever the number of those who accept.
    const gains = [2, 4, 8].map(cores =>
      Math.min((cores * alone) / (alone + crossings), alone / (crossings / 2)).toFixed(2),
    );
    process.stdout.write(
      `| ${[work, alone.toFixed(0), median(several).toFixed(0), ...gains].join(' | ')} |\n`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
}

if (!isMainThread) await accept();
else if (process.argv[2] === 'serve') await serve(Number(process.argv[3]), Number(process.argv[4]));
else await main();
