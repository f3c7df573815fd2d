/** The server of six stages over HTTP: what it answers, and what holds when requests come at the same time. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { buildPackage } from '../../bench/demo/package-build.js';
import { type RunningServer, startProgram } from '../../bench/demo/server-process.js';
import { buildProject } from '../../bench/demo/workspace.js';

jest.setTimeout(60_000);

const VARIANTS = [
  { name: 'six stages', config: 'babel.config.js', isProtected: false },
  { name: 'six stages, protected', config: 'babel.protected.config.js', isProtected: true },
  { name: 'fewer stages', config: 'babel.config.js', overlay: 'variants/fewer-stages', isProtected: false },
  {
    name: 'fewer stages, protected',
    config: 'babel.protected.config.js',
    overlay: 'variants/fewer-stages',
    isProtected: true,
  },
  {
    name: 'one handler in stages, protected',
    config: 'babel.protected.config.js',
    overlay: 'variants/one-handler',
    isProtected: true,
  },
];

beforeAll(() => buildPackage());

describe.each(VARIANTS)('$name', ({ config, overlay, isProtected }) => {
  let directory: string;
  let server: RunningServer;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'six-stages-'));
    await buildProject({ fixture: 'six-stages', config, ...(overlay && { overlay }) }, directory);
    server = await startProgram(directory, { env: { PORT: '0' } });
  });

  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const page = (title: string, init?: RequestInit) => fetch(`${server.url}/pages/${title}`, init);
  const put = (title: string, body: string) => page(title, { method: 'PUT', body });
  const logged = () => readFileSync(join(directory, 'access.log'), 'utf8').split('\n').slice(0, -1);
  const isWhole = (line: string) => /^\S+ [A-Z]+ \S* \d{3}$/.test(line);

  test('stores pages and gives them back', async () => {
    expect((await page('none')).status).toBe(404);
    const stored = await put('first', 'a < b\n\nand more');
    expect(stored.status).toBe(200);
    expect(stored.headers.get('etag')).toBe('"1"');
    const html = await (await page('first')).text();
    expect(html).toContain('<h1>first</h1>\n<p>a &lt; b</p>\n<p>and more</p>');
    expect((await put('first', 'again')).headers.get('etag')).toBe('"2"');
    const head = await page('first', { method: 'HEAD' });
    expect(head.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await head.text()).toBe('');
  });

  test('refuses what it does not serve', async () => {
    expect((await fetch(`${server.url}/elsewhere`)).status).toBe(404);
    expect((await page('first', { method: 'DELETE' })).status).toBe(405);
    expect((await put('first', 'x'.repeat(70_000))).status).toBe(413);
  });

  test('counts revisions and logs lines, however many come at a time', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `text ${i}`);
    const answers = await Promise.all(texts.map(text => put('popular', text)));
    const revisions = answers.map(({ headers }) => Number(headers.get('etag')?.slice(1, -1)));
    const ordered = revisions.sort((a, b) => a - b);
    const expected = texts.map((_, i) => i + 1);
    // Each response is logged after it was sent.
    const ofThese = () => logged().filter(line => line.endsWith(' PUT popular 200'));
    const deadline = Date.now() + 5000;
    while (isProtected && ofThese().length < texts.length && Date.now() < deadline)
      await new Promise(resolve => setTimeout(resolve, 10));
    const broken = logged().filter(line => !isWhole(line));
    // Without protection, revisions are given twice and lines are written over each other.
    if (isProtected) {
      expect({ ordered, lines: ofThese().length, broken }).toEqual({
        ordered: expected,
        lines: texts.length,
        broken: [],
      });
    } else expect(ordered).not.toEqual(expected);
  });
});
