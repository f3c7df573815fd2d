/** The variant of the web server that computes in JavaScript: what it computes is right, and the same in one thread and in workers. */
import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { crc32 } from '../../fixtures/thttpd/variants/computing/crc32.js';
import { gzip } from '../../fixtures/thttpd/variants/computing/deflate.js';
import { sha256 } from '../../fixtures/thttpd/variants/computing/sha256.js';
import { type Answer, remove, ServedFiles } from './served-thttpd.js';

const text = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => `line ${i * i} of ${length}\n`).join(''));
/** As much as codes reach back. */
const window = randomBytes(32 * 1024);
const INPUTS: [name: string, bytes: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['a byte', Buffer.from('a')],
  ['three bytes', Buffer.from('abc')],
  ['55 bytes', Buffer.alloc(55, 'x')],
  ['56 bytes', Buffer.alloc(56, 'x')],
  ['64 bytes', Buffer.alloc(64, 'ab')],
  ['one byte many times', Buffer.alloc(100_000, 7)],
  ['text', text(3000)],
  ['noise', randomBytes(70_000)],
  ['noise that repeats as far apart as can be', Buffer.concat([window, window, window])],
  ['noise that repeats a byte farther apart', Buffer.concat([window, Buffer.from('x'), window])],
];

describe.each(INPUTS)('%s', (_, bytes) => {
  test('is read back by Node when it was compressed', () => {
    expect(gunzipSync(gzip(bytes)).equals(bytes)).toBe(true);
  });

  test('has the checksums that Node finds', () => {
    const ofNode = gzipSync(bytes);
    expect(crc32(bytes)).toBe(ofNode.readUInt32LE(ofNode.length - 8));
    expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});

test('text gets smaller', () => {
  expect(gzip(text(3000)).length).toBeLessThan(text(3000).length / 3);
});

describe.each([
  ['as it is written', 'babel.config.js', 'auto'],
  ['compiled, in one thread', 'babel.protected.config.js', 'inline'],
  ['compiled, in workers', 'babel.protected.config.js', 'pool'],
])('the server %s', (name, config, mode) => {
  let directory: string;
  let served: ServedFiles;

  beforeAll(async () => {
    directory = await ServedFiles.build({ name, config, overlay: 'variants/computing' });
    served = await ServedFiles.start(directory, [], { ANYSPEED_PARALLEL: mode });
  }, 60_000);

  afterAll(async () => {
    await served?.stop();
    remove(directory);
  });

  const compressed = { 'Accept-Encoding': 'gzip, br' };
  const tagOf = (body: Buffer): string => `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;

  test('sends the checksum of a file, and asks for it back', async () => {
    const { headers, body } = await served.get('/large.bin');
    expect(headers.etag).toBe(tagOf(body));
    expect(headers['content-encoding']).toBeUndefined();
    const again = await served.get('/large.bin', { 'If-None-Match': `${headers.etag}` });
    expect(again).toMatchObject({ status: 304, body: Buffer.alloc(0) });
    const other = await served.get('/hello.txt', { 'If-None-Match': '"another"' });
    expect(other).toMatchObject({ status: 200, body: Buffer.from('Hello, world!\n') });
  });

  test('compresses texts for those who accept it', async () => {
    const plain = await served.get('/slow/../slow/file.txt');
    const { headers, body } = await served.get('/slow/file.txt', compressed);
    expect(headers).toMatchObject({
      'content-encoding': 'gzip',
      etag: plain.headers.etag,
      vary: 'Accept-Encoding',
    });
    expect(body.length).toBeLessThan(100);
    expect(gunzipSync(body)).toEqual(plain.body);
    expect((await served.get('/large.bin', compressed)).headers['content-encoding']).toBeUndefined();
  });

  test('lists directories, compressed or not', async () => {
    const plain = await served.get('/list/');
    const links = [...plain.body.toString().matchAll(/href="([^"]*)"/g)].map(([, link]) => link);
    expect(links).toEqual(['./inner/', './a.css', './b%20%26%20%3Cb%3E.txt']);
    expect(plain.headers.etag).toBe(tagOf(plain.body));
    expect(gunzipSync((await served.get('/list/', compressed)).body)).toEqual(plain.body);
  });

  test('answers many at once, each as it is asked', async () => {
    const paths = [
      '/hello.txt',
      '/list/',
      '/slow/file.txt',
      '/site/',
      '/none',
      '/rare/file.txt',
      '/cgi-bin/',
    ];
    const alone: Answer[] = [];
    for (const path of paths) alone.push(await served.get(path, compressed));
    const together = await Promise.all(
      [...paths, ...paths, ...paths].map(path => served.get(path, compressed)),
    );
    together.forEach(({ status, headers, body }, i) => {
      const expected = alone[i % paths.length] as Answer;
      expect({ status, etag: headers.etag }).toEqual({
        status: expected.status,
        etag: expected.headers.etag,
      });
      expect(body.equals(expected.body)).toBe(true);
    });
  }, 30_000);

  test('sends parts of files as before', async () => {
    const { status, body } = await served.get('/hello.txt', { Range: 'bytes=7-11' });
    expect({ status, body: body.toString() }).toEqual({ status: 206, body: 'world' });
  });
});
