/**
 * What the web server answers to real clients, and how it bears clients that are slow, impatient or wrong. Every variant
 * must pass, as it is written and protected: that is where a transform that changes an answer would show.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { buildPackage } from '../../bench/demo/package-build.js';
import { eventually, LARGE, remove, ServedFiles, VARIANTS } from './served-thttpd.js';

jest.setTimeout(60_000);

const execute = promisify(execFile);

beforeAll(() => buildPackage());

describe.each(VARIANTS)('thttpd in $name', variant => {
  let directory: string;
  let files: ServedFiles;

  beforeAll(async () => {
    directory = await ServedFiles.build(variant);
    files = await ServedFiles.start(directory, ['--cgi', '/cgi-bin/*', '--cgi-limit', '2']);
  });

  afterAll(async () => {
    await files.stop();
    remove(directory);
  });

  describe('files', () => {
    test('are sent with type, length and date', async () => {
      const { status, headers, body } = await files.get('/hello.txt');
      expect({ status, body: body.toString() }).toEqual({ status: 200, body: 'Hello, world!\n' });
      const { mtime } = statSync(join(directory, 'www/hello.txt'));
      expect(headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'content-length': '14',
        'last-modified': mtime.toUTCString(),
        'accept-ranges': 'bytes',
      });
      expect((await files.get('/empty.txt')).body).toHaveLength(0);
      expect((await files.get('/link.txt')).body.toString()).toBe('Hello, world!\n');
      expect((await files.get('/hello%2Etxt?query')).status).toBe(200);
    });

    test('change when they change', async () => {
      const path = join(directory, 'www/changing.txt');
      writeFileSync(path, 'before');
      expect((await files.get('/changing.txt')).body.toString()).toBe('before');
      writeFileSync(path, 'afterwards');
      expect((await files.get('/changing.txt')).body.toString()).toBe('afterwards');
    });

    test('are described only for HEAD', async () => {
      const { status, headers, body } = await files.send('/hello.txt', { method: 'HEAD' });
      expect({ status, length: headers['content-length'], body: body.length }).toEqual({
        status: 200,
        length: '14',
        body: 0,
      });
    });

    test('are not sent again if they have not changed', async () => {
      const modified = (await files.get('/hello.txt')).headers['last-modified'] as string;
      expect(await files.get('/hello.txt', { 'If-Modified-Since': modified })).toMatchObject({ status: 304 });
      const earlier = new Date(Date.parse(modified) - 1000).toUTCString();
      expect(await files.get('/hello.txt', { 'If-Modified-Since': earlier })).toMatchObject({ status: 200 });
      expect(await files.get('/hello.txt', { 'If-Modified-Since': 'not a date' })).toMatchObject({
        status: 200,
      });
    });

    test.each([
      ['bytes=0-4', 206, 'Hello', 'bytes 0-4/14'],
      ['bytes=7-', 206, 'world!\n', 'bytes 7-13/14'],
      ['bytes=-2', 206, '!\n', 'bytes 12-13/14'],
      ['bytes=10-999', 206, 'ld!\n', 'bytes 10-13/14'],
      ['bytes=14-', 416, null, 'bytes */14'],
      ['bytes=5-1', 200, 'Hello, world!\n', undefined],
      ['lines=1-2', 200, 'Hello, world!\n', undefined],
    ])('are sent in part: %s', async (range, status, text, contentRange) => {
      const answer = await files.get('/hello.txt', { Range: range });
      expect({ status: answer.status, range: answer.headers['content-range'] }).toEqual({
        status,
        range: contentRange,
      });
      if (text !== null) expect(answer.body.toString()).toBe(text);
      const changed = await files.get('/hello.txt', { Range: range, 'If-Range': new Date(0).toUTCString() });
      expect(changed.status).toBe(200);
    });

    test('of any size reach many clients at a time', async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) => files.get(i % 4 === 0 ? '/large.bin' : '/hello.txt')),
      );
      for (const [i, { status, body }] of answers.entries()) {
        expect(status).toBe(200);
        expect(i % 4 === 0 ? body.equals(LARGE) : body.length === 14).toBe(true);
      }
    });
  });

  describe('directories', () => {
    test('have an index or a listing', async () => {
      expect((await files.get('/site/')).body.toString()).toBe('<h1>site</h1>\n');
      const { status, body } = await files.get('/list/');
      const text = body.toString();
      expect(status).toBe(200);
      expect(text).toContain('<a href="./a.css">a.css</a><td align="right">4');
      expect(text).toContain('<a href="./b%20%26%20%3Cb%3E.txt">b &amp; &lt;b&gt;.txt</a>');
      expect(text).toContain('<a href="./inner/">inner/</a>');
      expect(text).not.toContain('hidden');
    });

    test('are redirected to with a slash', async () => {
      const { status, headers } = await files.get('/list?sorted');
      expect({ status, to: headers.location }).toEqual({ status: 301, to: '/list/?sorted' });
      expect((await files.get('//list')).headers.location).toBe('/list/');
    });
  });

  test.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/site/..%2f..%2fsecret.txt',
    '/escape.txt',
    '/list/../../secret.txt',
  ])('nothing outside is served: %s', async path => {
    const { status, body } = await files.get(path);
    expect([403, 404]).toContain(status);
    expect(body.toString()).not.toContain('secret\n');
    expect(body.toString()).not.toBe('secret');
  });

  test.each([
    ['GET /none HTTP/1.0\r\n\r\n', 404],
    ['GET /hello.txt/more HTTP/1.0\r\n\r\n', 404],
    ['nonsense\r\n\r\n', 400],
    ['GET /hello.txt HTTP/1.1\r\n\r\n', 400],
    ['GET /hello.txt HTTP/1.0\r\nno colon\r\n\r\n', 400],
    ['GET /%zz HTTP/1.0\r\n\r\n', 400],
    ['GET /%00 HTTP/1.0\r\n\r\n', 400],
    ['GET hello.txt HTTP/1.0\r\n\r\n', 400],
    ['DELETE /hello.txt HTTP/1.0\r\n\r\n', 501],
    ['POST /hello.txt HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc', 501],
    ['POST /hello.txt HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', 411],
    ['GET /hello.txt HTTP/2.0\r\n\r\n', 505],
  ])('%j is refused', async (text, status) => {
    const answer = await files.raw(text);
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect(answer).toMatch(/<\/p>\n$/);
  });

  test('a head without end is refused', async () => {
    expect(await files.raw(`GET / HTTP/1.0\r\nLong: ${'x'.repeat(20_000)}`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  describe('connections', () => {
    test('carry requests in any parts', async () => {
      const head = 'GET /hello.txt HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n';
      expect(await files.raw(...(head.match(/[\s\S]{1,9}/g) ?? []))).toMatch(
        /^HTTP\/1.1 200 [\s\S]*Hello, world!\n$/,
      );
    });

    test('carry one request after another, also before the first is answered', async () => {
      const request = 'GET /hello.txt HTTP/1.1\r\nHost: here\r\n\r\n';
      const last = 'GET /site/ HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n';
      const text = await files.raw(request.repeat(30) + last);
      expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(31);
      expect(text).toMatch(/<h1>site<\/h1>\n$/);
    });

    test('of clients that end their side still get the answer', async () => {
      const socket = files.connect();
      socket.end('GET /hello.txt HTTP/1.1\r\nHost: here\r\n\r\n');
      let text = '';
      for await (const part of socket.setEncoding('latin1')) text += part;
      expect(text).toMatch(/Hello, world!\n$/);
    });

    test('of clients that go away harm nobody', async () => {
      const leaving = Array.from({ length: 30 }, async (_, i) => {
        const socket = files.connect();
        socket.on('error', () => undefined);
        socket.write('GET /large.bin HTTP/1.1\r\nHost: here\r\n\r\n'.slice(0, i % 3 === 0 ? 20 : undefined));
        if (i % 2 === 0) await once(socket, 'connect');
        else await Promise.race([once(socket, 'data'), new Promise(resolve => setTimeout(resolve, 50))]);
        if (i % 5 === 0) socket.resetAndDestroy();
        else socket.destroy();
      });
      await Promise.all(leaving);
      expect((await files.get('/hello.txt')).status).toBe(200);
    });

    test('of slow readers get everything', async () => {
      const socket = files.connect();
      socket.write('GET /large.bin HTTP/1.0\r\n\r\n');
      let length = 0;
      let reads = 0;
      for await (const part of socket) {
        length += part.length;
        if (reads++ < 20) await new Promise(resolve => setTimeout(resolve, 10));
      }
      expect(length).toBeGreaterThan(LARGE.length);
    });
  });

  describe('programs', () => {
    test('are told of the request', async () => {
      const answer = await files.get('/cgi-bin/env.cgi?a=b', { 'X-Custom': 'custom', Proxy: 'evil' });
      const text = answer.body.toString();
      expect(answer.headers['content-type']).toBe('text/plain');
      for (const line of [
        'REQUEST_METHOD=GET',
        'QUERY_STRING=a=b',
        'SCRIPT_NAME=/cgi-bin/env.cgi',
        'HTTP_X_CUSTOM=custom',
      ])
        expect(text).toContain(`${line}\n`);
      expect(text).not.toContain('HTTP_PROXY');
    });

    test('get the body, however long it is', async () => {
      const body = 'body '.repeat(100_000);
      const answer = await files.send('/cgi-bin/echo.cgi', { method: 'POST' }, body);
      expect(answer.body.toString()).toBe(body);
    });

    test('say their status, or fail', async () => {
      const answer = await files.get('/cgi-bin/status.cgi');
      expect(answer).toMatchObject({ status: 418, headers: { 'x-made-by': 'cgi' } });
      expect(answer.body.toString()).toBe('short and stout');
      expect((await files.send('/cgi-bin/status.cgi', { method: 'HEAD' })).body).toHaveLength(0);
      expect((await files.get('/cgi-bin/fail.cgi')).status).toBe(500);
      expect((await files.get('/cgi-bin/plain.cgi')).status).toBe(403);
    });

    test('are limited', async () => {
      const answers = await Promise.all(Array.from({ length: 5 }, () => files.get('/cgi-bin/wait.cgi')));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 503, 503, 503]);
      expect((await files.get('/cgi-bin/wait.cgi')).body.toString()).toBe('done\n');
    });
  });

  test('curl gets files and ranges', async () => {
    const url = `http://127.0.0.1:${files.port}`;
    const { stdout } = await execute('curl', ['-sSf', `${url}/hello.txt`, '-r', '0-4', `${url}/hello.txt`]);
    expect(stdout).toBe('HelloHello');
  });

  test('requests are logged in the combined format, in the file that is there', async () => {
    await files.get('/hello.txt?logged=1', { 'User-Agent': 'a "quoted" agent', Referer: '/from' });
    const line =
      /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/hello\.txt\?logged=1 HTTP\/1\.1" 200 14 "\/from" "a \\"quoted\\" agent"$/;
    expect(await eventually(() => files.log().some(text => line.test(text)))).toBe(true);
    renameSync(join(directory, 'access.log'), join(directory, 'old.log'));
    process.kill(files.server.pid, 'SIGHUP');
    const isLogged = async () => {
      await files.get('/hello.txt?rotated');
      try {
        return files.log().some(text => text.includes('rotated'));
      } catch {
        return false;
      }
    };
    expect(await eventually(isLogged)).toBe(true);
  });
});
