/** What the web server allows how much of, and for how long; and what it does on signals. */
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { buildPackage } from '../../bench/demo/package-build.js';
import { eventually, remove, ServedFiles, VARIANTS } from './served-thttpd.js';

jest.setTimeout(60_000);

beforeAll(() => buildPackage());

// None of this depends on how many stages a request has.
const ONE_STAGE = VARIANTS.filter(({ overlay }) => overlay === undefined);

describe.each(ONE_STAGE)('thttpd in $name', variant => {
  let directory: string;
  let files: ServedFiles | undefined;

  beforeAll(async () => {
    directory = await ServedFiles.build(variant);
  });

  afterEach(async () => {
    await files?.stop();
    files = undefined;
  });

  afterAll(() => remove(directory));

  const start = async (...args: string[]): Promise<ServedFiles> => {
    files = await ServedFiles.start(directory, args);
    return files;
  };

  const REQUEST = 'GET /hello.txt HTTP/1.1\r\nHost: here\r\n\r\n';

  test('has as many connections as it may, and slots for others when they are over', async () => {
    const served = await start('--max-connections', '3');
    const open = [served.connect(), served.connect(), served.connect()];
    await Promise.all(open.map(socket => once(socket, 'connect')));
    expect(await eventually(async () => (await served.raw(REQUEST)).startsWith('HTTP/1.1 503'))).toBe(true);
    for (const socket of open) socket.destroy();
    expect(await eventually(async () => (await served.get('/hello.txt')).status === 200)).toBe(true);
  });

  test('gives up clients that say nothing', async () => {
    const served = await start('--idle-read', '100');
    const silent = served.connect();
    const slow = served.connect();
    slow.write('GET /hello.txt HT');
    expect(await text(silent)).toBe('');
    expect(await text(slow)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('gives up clients that take nothing', async () => {
    const served = await start('--idle-send', '100', '--linger', '50');
    const socket = served.connect();
    socket.on('error', () => undefined).pause();
    socket.write('GET /large.bin HTTP/1.0\r\n\r\n');
    await new Promise(resolve => setTimeout(resolve, 600));
    let length = 0;
    for await (const part of socket) length += part.length;
    expect(length).toBeLessThan(10 * 1024 * 1024);
  });

  test('sends no faster than it may', async () => {
    const served = await start('--throttles', 'throttles');
    const started = Date.now();
    const answers = await Promise.all([served.get('/slow/file.txt'), served.get('/slow/file.txt')]);
    // 12 kB at 4 kB/s; what is sent at the end need not be waited for.
    expect(Date.now() - started).toBeGreaterThan(2000);
    expect(answers.map(({ body }) => body.length)).toEqual([6000, 6000]);
    const [first, second] = [served.get('/rare/file.txt'), served.get('/rare/file.txt')];
    expect((await Promise.all([first, second])).map(({ status }) => status).sort()).toEqual([200, 503]);
  });

  test('keeps files in memory while they are asked for', async () => {
    const served = await start('--map-age', '200');
    await served.get('/hello.txt');
    const line = served.line(/files in memory/);
    process.kill(served.server.pid, 'SIGUSR2');
    expect(await line).toMatch(/1 files in memory, 14 bytes, 0 references/);
    await new Promise(resolve => setTimeout(resolve, 700));
    const later = served.line(/files in memory/);
    process.kill(served.server.pid, 'SIGUSR2');
    expect(await later).toMatch(/0 files in memory, 0 bytes, 0 references/);
  });

  test('counts a file once that several ask for first, if it is protected', async () => {
    const served = await start();
    await Promise.all(Array.from({ length: 8 }, () => served.get('/large.bin')));
    const line = served.line(/files in memory/);
    process.kill(served.server.pid, 'SIGUSR2');
    const alone = '1 files in memory, 10485760 bytes, 0 references';
    const isProtected = variant.config.includes('protected');
    expect((await line).endsWith(alone)).toBe(isProtected);
  });

  test('ends well when it is told to while it sends', async () => {
    const served = await start();
    const idle = served.connect();
    await once(idle, 'connect');
    const socket = served.connect();
    socket.write('GET /large.bin HTTP/1.0\r\n\r\n');
    await once(socket, 'readable');
    process.kill(served.server.pid, 'SIGUSR1');
    let length = 0;
    for await (const part of socket) length += part.length;
    expect(length).toBeGreaterThan(10 * 1024 * 1024);
    expect(await served.server.exited).toEqual([0, null]);
    expect(served.log().some(line => line.includes('"GET /large.bin HTTP/1.0" 200 10485760 '))).toBe(true);
    files = undefined;
  });

  test('has a directory for each host', async () => {
    mkdirSync(join(directory, 'www/a.example'), { recursive: true });
    writeFileSync(join(directory, 'www/a.example/index.html'), 'A');
    const served = await start('--vhost');
    expect((await served.get('/', { Host: 'A.example:80' })).body.toString()).toBe('A');
    expect((await served.get('/', { Host: 'b.example' })).status).toBe(404);
    expect((await served.get('/', { Host: '../www' })).status).toBe(400);
    rmSync(join(directory, 'www/a.example'), { recursive: true });
  });
});
