// Models of Node's modules: continuations, emitters, timers, files, sockets, streams, workers.
import { describe, expect, test } from '@jest/globals';
import { type Group, planOf, waiting } from './analyzed.js';

const groups: Record<string, Group> = {
  'error-first callbacks': {
    races: {
      'the callback is a later segment': [
        `import { lookup } from 'node:dns';
         let hits = 0;
         export function count(host) {
           const seen = hits;
           lookup(host, () => { hits = seen + 1; });
         }`,
        'count',
      ],
      'and is told what was found': [
        `import { readdir } from 'node:fs';
         let names = 0;
         export function scan(path) {
           const seen = names;
           readdir(path, (error, entries) => entries.forEach(() => { names = seen + 1; }));
         }`,
        'scan',
      ],
    },
    free: {
      'without anything shared': `import { lookup } from 'node:dns';
         import { scrypt } from 'node:crypto';
         export function find(host, done) {
           let tries = 0;
           lookup(host, (error, address) => {
             tries++;
             scrypt(address, 'salt', 32, (e, key) => done(e, key.toString('hex') + tries));
           });
         }`,
    },
  },

  'event emitters': {
    races: {
      'listeners run when the event is emitted': [
        `import { EventEmitter } from 'node:events';
         const bus = new EventEmitter();
         let sold = 0;
         bus.on('sold', n => { sold += n; });
         export async function sell(n) {
           const before = sold;
           await null;
           bus.emit('sold', n);
           return before;
         }`,
        'on("sold")',
        'sell',
      ],
      'in a class of the program': [
        `import EventEmitter from 'node:events';
         class Till extends EventEmitter {
           sales = 0;
           ring(n) { this.emit('sale', n); }
         }
         const till = new Till();
         till.on('sale', function (n) { this.sales += n; });
         export async function sell(n) {
           const before = till.sales;
           await null;
           till.ring(n);
           return before;
         }`,
        'on("sale")',
        'sell',
      ],
      'all arguments arrive': [
        `import { EventEmitter } from 'node:events';
         const bus = new EventEmitter();
         const stock = { left: 5 };
         bus.on('taken', (count, from) => { from.left -= count; });
         export async function take(count) {
           const left = stock.left;
           await null;
           bus.emit('taken', count, stock);
           return left;
         }`,
        'on("taken")',
        'take',
      ],
    },
    free: {
      'listeners of another event': `import { EventEmitter } from 'node:events';
         const bus = new EventEmitter();
         let sold = 0;
         bus.on('sold', () => { sold++; });
         export async function open() {
           bus.emit('opened');
           await null;
           bus.emit('opened');
         }`,
    },
  },

  'timers and ticks': {
    races: {
      'a timer shares what handlers use': [
        `const sessions = new Map();
         setInterval(() => sessions.clear(), 1000).unref();
         export async function visit(id) {
           const n = sessions.get(id) ?? 0;
           await null;
           sessions.set(id, n + 1);
         }`,
        'setInterval',
        'visit',
      ],
      'with the arguments it was given': [
        `const state = { n: 0 };
         export async function start() {
           const seen = state.n;
           setTimeout((label, target) => { target.n++; }, 10, 'x', state);
           await null;
           state.n = seen + 1;
         }`,
        'setTimeout',
        'start',
      ],
    },
    free: {
      waiting: `import { setTimeout as sleep } from 'node:timers/promises';
         let started = 0;
         export async function pause(ms) {
           started++;
           await sleep(ms);
           return ms;
         }`,
    },
  },

  files: {
    races: {
      'read, changed and written back': [
        `import { readFile, writeFile } from 'node:fs/promises';
         export async function add(item) {
           const list = JSON.parse(await readFile('list.json', 'utf8'));
           list.push(item);
           await writeFile('list.json', JSON.stringify(list));
         }`,
        'add',
      ],
      'with callbacks': [
        `import fs from 'fs';
         export function add(item, done) {
           fs.readFile('list.json', (error, text) => {
             const list = JSON.parse(text);
             list.push(item);
             fs.writeFile('list.json', JSON.stringify(list), done);
           });
         }`,
        'add',
      ],
      'by `fs.promises` and a file handle': [
        `const { promises: fs } = require('fs');
         exports.add = async function add(item) {
           const text = await fs.readFile('n');
           const file = await fs.open('n', 'w');
           await file.writeFile(text + item);
         };`,
        'add',
      ],
      'checked before it is made': [
        `import { existsSync } from 'node:fs';
         import { writeFile } from 'node:fs/promises';
         export async function init(path, make) {
           if (existsSync(path)) return;
           const text = await make();
           await writeFile(path, text);
         }`,
        'init',
      ],
    },
    free: {
      'only read': `import fs, { createReadStream } from 'node:fs';
         import { readFile, stat } from 'node:fs/promises';
         export async function serve(path, to) {
           const { size } = await stat(path);
           if (size > 1000) return createReadStream(path).pipe(to);
           return (await readFile(path)).toString() + fs.readFileSync(path);
         }`,
      'only appended to': `import { appendFile } from 'node:fs/promises';
         export async function log(line) {
           await appendFile('log', line);
           await appendFile('log', '\\n');
         }`,
      'read and written in one go': `import { readFileSync, writeFileSync } from 'node:fs';
         export async function count(request) {
           await request.text();
           writeFileSync('n', String(Number(readFileSync('n', 'utf8')) + 1));
         }`,
    },
  },

  'paths, urls and the system': {
    races: {},
    free: {
      'all of them': `import path from 'node:path';
         import os from 'node:os';
         import { parse, fileURLToPath } from 'node:url';
         import qs from 'node:querystring';
         import util from 'node:util';
         import assert from 'node:assert';
         const here = path.dirname(fileURLToPath(import.meta.url));
         export async function find(name) {
           const file = path.join(here, name, os.tmpdir(), path.posix.basename(name));
           const { hostname } = new URL(name);
           assert.ok(util.inspect(file).length);
           await null;
           return qs.stringify(parse(file).query) + hostname + process.env.HOME + process.argv.slice(2).join();
         }`,
    },
  },

  'servers of Node': {
    races: {
      'the request listener': [
        `import http from 'node:http';
         let open = 0;
         http.createServer(async (request, response) => {
           const seen = open;
           for await (const chunk of request) response.write(chunk);
           open = seen + 1;
           response.end();
         }).listen(0);`,
        'createServer',
      ],
      'connections and their data': [
        `import net from 'node:net';
         const users = new Map();
         net.createServer(socket => {
           socket.on('data', async data => {
             const known = users.get(data.toString());
             await null;
             users.set(data.toString(), known);
           });
         }).listen(0);`,
        'on("data")',
      ],
    },
    free: {
      "request and response are the task's own": `import { createServer } from 'node:http';
         createServer(async (request, response) => {
           response.setHeader('x', request.headers['x']);
           request.started = 1;
           await null;
           request.started++;
           response.writeHead(200).end('ok');
         }).listen(0);`,
    },
  },

  streams: {
    races: {
      'a transform keeps state': [
        `import { Transform } from 'node:stream';
         let lines = 0;
         export const counter = new Transform({
           async transform(chunk, encoding, done) {
             const seen = lines;
             await null;
             lines = seen + 1;
             done(null, chunk);
           },
         });`,
        'transform',
      ],
      'in a class of the program': [
        `import { Writable } from 'node:stream';
         let lines = 0;
         class Counter extends Writable {
           async _write(chunk, encoding, done) {
             const seen = lines;
             await null;
             lines = seen + 1;
             done();
           }
         }
         const counter = new Counter();
         export function open() { return 1; }`,
        'Counter._write',
      ],
    },
    free: {
      'piped through': `import { pipeline } from 'node:stream/promises';
         import { createReadStream } from 'node:fs';
         import { createGzip } from 'node:zlib';
         export async function send(path, to) {
           await pipeline(createReadStream(path), createGzip(), to);
           return path;
         }`,
    },
  },

  cryptography: {
    races: {
      'a hash that is shared': [
        `import { createHash } from 'node:crypto';
         const all = createHash('sha1');
         export async function add(text) {
           all.update(text);
           await null;
           all.update('\\n');
         }`,
        'add',
      ],
    },
    free: {
      'a hash of one task': `import { createHash, timingSafeEqual } from 'node:crypto';
         export async function digest(request) {
           const hash = createHash('sha1');
           for await (const chunk of request) hash.update(chunk);
           return timingSafeEqual(hash.digest(), hash.copy().digest());
         }`,
    },
  },

  'the context of a task': {
    races: {
      'what runs in it': [
        `import { AsyncLocalStorage } from 'node:async_hooks';
         const storage = new AsyncLocalStorage();
         let n = 0;
         export async function run() {
           const seen = n;
           await null;
           storage.run({}, () => { n = seen + 1; });
         }`,
        'run',
      ],
    },
    free: {
      "is the task's own": `import { AsyncLocalStorage } from 'node:async_hooks';
         const storage = new AsyncLocalStorage();
         export async function handle(id) {
           return storage.run({ id, steps: 0 }, async () => {
             storage.getStore().steps++;
             await null;
             return ++storage.getStore().steps;
           });
         }`,
    },
  },

  'processes and workers': {
    races: {
      'messages of a worker': [
        `import { Worker } from 'node:worker_threads';
         const results = new Map();
         const worker = new Worker('./w.js');
         worker.on('message', async ({ id, value }) => {
           const known = results.get(id);
           await null;
           results.set(id, value);
         });`,
        'on("message")',
      ],
      'the output of a process': [
        `import { execFile } from 'node:child_process';
         let runs = 0;
         export function run(done) {
           const seen = runs;
           execFile('ls', ['-l'], (error, stdout) => { runs = seen + 1; done(stdout); });
         }`,
        'run',
      ],
    },
    free: {
      'messages are copies': `import { Worker } from 'node:worker_threads';
         const worker = new Worker('./w.js');
         export async function send(job) {
           worker.postMessage(job);
           await null;
           worker.postMessage({ job });
         }`,
    },
  },
};

describe.each(Object.entries(groups))('%s', (_, { races, free }) => {
  for (const [name, [code, ...handlers]] of Object.entries(races))
    test(`race: ${name}`, () => expect(waiting(code)).toEqual(handlers.sort()));
  for (const [name, code] of Object.entries(free))
    test(`free: ${name}`, () => expect(waiting(code)).toEqual([]));
});

test('what a program prints is no callback of the stream that it is written to', () => {
  const { assumptions } = planOf(
    `import { spawn } from 'node:child_process';
     const printed = [];
     export function run(command, socket) {
       spawn(command).stdout.on('data', bytes => {
         printed.push(bytes);
         process.stdout.write(bytes);
       });
     }`,
  );
  expect(assumptions).toEqual([]);
});
