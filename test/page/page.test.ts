/** `anyspeed report` as people use it: the command writes a file, and a browser shows it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { buildPackage, remove } from '../cli/built-package.js';
import { runCommand } from '../cli/run-command.js';
import { writeProject } from '../graph/temporary-project.js';
import { hasBrowser, openPage, startBrowser } from './browser.js';

const shop = fileURLToPath(new URL('../../fixtures/shop', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let packageDirectory: string;
let browser: Browser;

jest.setTimeout(120_000);

beforeAll(async () => {
  packageDirectory = buildPackage();
  if (hasBrowser) browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  remove(packageDirectory);
});

async function reportOn(...args: string[]): Promise<string> {
  const file = join(packageDirectory, `${args.length}-${Math.random()}.html`);
  const { code, stderr, stdout } = await runCommand(packageDirectory, ['report', ...args, '-o', file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/\.html shows \d+ handlers? and \d+ conflict class(es)?: open it in a browser\.\n$/);
  return file;
}

const inBrowser = hasBrowser ? describe : describe.skip;
const testInBrowser = hasBrowser ? test : test.skip;

const rows = (page: Page) => page.locator('[role=tabpanel] tbody tr');
const details = (page: Page) => page.locator('.details').innerText();

inBrowser('the report of the shop', () => {
  let file: string;

  beforeAll(async () => {
    file = await reportOn(shop, '--exclude', 'variants/**');
  });

  test('opens without errors and without a network, and draws the graph', async () => {
    const { page, complaints } = await openPage(browser, file);
    expect(await page.title()).toBe('shop - anyspeed');
    expect(await rows(page).count()).toBeGreaterThan(100);
    const canvas = page.locator('.canvas');
    expect(Number(await canvas.getAttribute('data-nodes'))).toBeGreaterThan(20);
    // Something is painted: the canvas has more than its background.
    const colors = await page.evaluate(`
      new Set([...document.querySelectorAll('canvas')].flatMap(each => [
        ...new Uint32Array(each.getContext('2d').getImageData(0, 0, each.width, each.height).data.buffer),
      ])).size
    `);
    expect(colors).toBeGreaterThan(50);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('search and filters leave what matches, in the list and in the graph', async () => {
    const { page, complaints } = await openPage(browser, file);
    const drawn = async () => Number(await page.locator('.canvas').getAttribute('data-nodes'));
    const all = await drawn();
    await page.keyboard.press('/');
    await page.keyboard.type('carts[] section');
    await expect(page.getByRole('searchbox').inputValue()).resolves.toBe('carts[] section');
    expect(await rows(page).count()).toBe(0);
    await page.getByRole('searchbox').fill('services/cart');
    const found = await rows(page)
      .locator('.name')
      .evaluateAll(names => names.map(name => name.getAttribute('title')));
    expect(found.length).toBeGreaterThan(2);
    expect(found.every(name => name?.startsWith('src/services/cart.ts#'))).toBe(true);
    expect(await drawn()).toBeLessThan(all);
    expect(await drawn()).toBeGreaterThan(0);
    await page.getByRole('searchbox').fill('');
    for (const name of ['gates', 'delegating', 'atomic by themselves', 'without conflict'])
      await page.getByRole('checkbox', { name, exact: true }).uncheck();
    expect(await rows(page).locator('.chip').allInnerTexts()).toEqual(
      Array.from({ length: await rows(page).count() }, () => 'section'),
    );
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('what is selected is explained, with its source, and can be linked to', async () => {
    const { page, complaints } = await openPage(browser, file);
    await page.locator('[title="src/services/points.ts#transferPoints"]').click();
    const text = await details(page);
    expect(text).toContain('Its conflicting accesses lie in more than one segment.');
    expect(text).toContain('src/store/balances.ts#balances[]');
    expect(text).toContain('if (await isSuspicious(from, to, points)) throw forbidden();');
    // The section begins after the question whether the transfer is suspicious, and ends before the mail is sent.
    const open = await page.locator('.details .line.open').allInnerTexts();
    expect(open.join('\n')).toContain('pointsOf(from)');
    expect(open.join('\n')).toContain("append('transfers'");
    expect(open.join('\n')).not.toMatch(/isSuspicious|sendMail/);
    expect(await page.locator('.details mark.write').count()).toBeGreaterThan(0);
    // Balances are held by the two keys that are paid from and to.
    expect(text).toMatch(/by the keys .*\bfrom\b.*\bto\b/);
    const segments = await page.locator('.details .source').first().locator('.segment').allInnerTexts();
    expect(segments.filter(Boolean)).toEqual(['1', '2', '3', '4']);

    const linked = await openPage(browser, file, { hash: new URL(page.url()).hash });
    expect(await details(linked.page)).toBe(text);
    await page.getByRole('link', { name: 'src/store/balances.ts#balances[]' }).first().click();
    expect(await details(page)).toContain('A conflict class');
    await page.goBack();
    expect(await details(page)).toBe(text);
    await page.keyboard.press('Escape');
    expect(await details(page)).toContain('Select a handler');
    expect([...complaints, ...linked.complaints]).toEqual([]);
    await page.context().close();
    await linked.page.context().close();
  });

  test('all of it can be used by keyboard', async () => {
    const { page, complaints } = await openPage(browser, file);
    await page.getByRole('tab', { name: /Handlers/ }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { name: /Classes/ }).getAttribute('aria-selected')).toBe('true');
    await rows(page).locator('button').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await rows(page).nth(1).getAttribute('class')).toBe('selected');
    expect(await details(page)).toContain('A conflict class');
    const canvas = page.locator('.canvas');
    const picture = () => canvas.screenshot();
    await canvas.focus();
    const before = await picture();
    await page.keyboard.press('+');
    const closer = await picture();
    expect(closer.equals(before)).toBe(false);
    await page.keyboard.press('ArrowDown');
    expect((await picture()).equals(closer)).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a node of the graph is selected by a click, which the list shows too', async () => {
    const { page, complaints } = await openPage(browser, file);
    await page.getByRole('searchbox').fill('transferPoints');
    const box = await page.locator('.canvas').boundingBox();
    if (box === null) throw new Error('the graph is not shown');
    // Two nodes are left, side by side in the middle: the handler to the left, its class to the right.
    await page.mouse.click(box.x + box.width / 2 - 120, box.y + box.height / 2);
    await expect(page.locator('.details h2').innerText()).resolves.toBe(
      'src/services/points.ts#transferPoints',
    );
    expect(await rows(page).first().getAttribute('class')).toBe('selected');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test.each(['light', 'dark'] as const)('it is accessible when it is %s', async scheme => {
    const { page, complaints } = await openPage(browser, file, {
      scheme,
      hash: `#handler=${encodeURIComponent('src/services/cart.ts#addToCart')}`,
    });
    const background: string = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    const isDark = Math.max(...(background.match(/\d+/g) ?? []).map(Number)) < 100;
    expect(isDark).toBe(scheme === 'dark');
    await page.evaluate(axe);
    const found: { passes: number; violations: string[] } = await page.evaluate(`
      axe.run().then(({ passes, violations }) => ({
        passes: passes.length,
        violations: violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')),
      }))
    `);
    expect(found.violations).toEqual([]);
    expect(found.passes).toBeGreaterThan(20);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

testInBrowser('what a trace measured is shown where it was waited longest', async () => {
  const root = writeProject({ 'trace.json': '' });
  const trace = join(root, 'trace.json');
  const cost = { runs: 30, waits: 20, waited: 1500, held: 250 };
  const small = { runs: 3, waits: 1, waited: 4.2, held: 3 };
  const anyspeed = {
    handlers: {
      'src/services/points.ts#transferPoints': cost,
      'src/services/cart.ts#addToCart': small,
      'src/a-handler-of-another.ts#program': cost,
    },
    classes: { 'src/store/balances.ts#balances[]': cost, 'src/store/carts.ts#carts[]': small },
  };
  writeFileSync(trace, JSON.stringify({ traceEvents: [], otherData: { anyspeed } }));
  const file = await reportOn(shop, '--exclude', 'variants/**', '--trace', trace);
  const { page, complaints } = await openPage(browser, file);
  expect(await rows(page).nth(0).innerText()).toMatch(/^transferPoints.*1\.5 s/s);
  expect(await rows(page).nth(1).innerText()).toMatch(/^addToCart.*4\.2 ms/s);
  await rows(page).nth(0).locator('button').click();
  expect(await details(page)).toContain(
    'Measured: 30 runs, of which 20 waited for 1.5 s together; held for 250 ms together.',
  );
  await page.getByRole('tab', { name: /Classes/ }).click();
  expect(await rows(page).nth(0).innerText()).toMatch(/^balances\[\].*1\.5 s/s);
  expect(complaints).toEqual([]);
  await page.context().close();

  for (const [text, problem] of [
    ['{', 'it is no JSON'],
    ['{"traceEvents":[]}', 'is no timeline of this software'],
  ] as const) {
    writeFileSync(trace, text);
    const run = await runCommand(packageDirectory, [
      'report',
      shop,
      '--trace',
      trace,
      '-o',
      join(root, 'o.html'),
    ]);
    expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(problem) });
  }
});

testInBrowser('names and sources are text, whatever they contain', async () => {
  const hostile = '</script><img src=x onerror=alert(1)><script>alert(2)</script>';
  const root = writeProject({
    'package.json': '{ "type": "module" }',
    'shop.js': `let left = 1;
export const routes = {
  async ['${hostile}'](order) {
    const before = left; // ${hostile} &amp; <b>bold</b>
    await order('${hostile}');
    left = before - 1;
  },
};
`,
  });
  const file = await reportOn(root);
  expect(readFileSync(file, 'utf8')).not.toContain('onerror=alert');
  const { page, complaints } = await openPage(browser, file);
  await rows(page).first().locator('button').click();
  const text = await details(page);
  expect(text).toContain(`await order('${hostile}');`);
  expect(text).toContain(`// ${hostile} &amp; <b>bold</b>`);
  expect(await page.locator('img, b').count()).toBe(0);
  expect(complaints).toEqual([]);
  await page.context().close();
  rmSync(root, { recursive: true });
});

testInBrowser('a section that begins by reading shows from where on it keeps readers away', async () => {
  const root = writeProject({
    'package.json': '{ "type": "module" }',
    'shop.js': `let left = 1;
export async function buy() {
  const before = left;
  await null;
  left = before - 1;
}
export const see = () => left;
`,
  });
  const { page, complaints } = await openPage(browser, await reportOn(root));
  await page.locator('[title="shop.js#buy"]').click();
  const lines = page.locator('.details .source .line');
  expect(await lines.evaluateAll(all => all.map(line => line.className.replace(' begins', '')))).toEqual([
    'line',
    'line open reading',
    'line open reading',
    'line open',
    'line open',
  ]);
  expect(await page.locator('.details .legend').innerText()).toContain('section, readers pass');
  expect(complaints).toEqual([]);
  await page.context().close();
});

testInBrowser(
  'the functions that run in other threads, and those that could, are listed with why',
  async () => {
    const root = writeProject({
      'package.json': '{ "type": "module" }',
      'app.js': `import { gzipSync } from 'node:zlib';
const LEVEL = { level: 9 };
export async function pack(data) {
  'use parallel';
  return gzipSync(data, LEVEL);
}
export const packNew = () => pack(Buffer.alloc(1000));
export function compare(xs) {
  let n = 0;
  for (const a of xs) for (const b of xs) n += a * b;
  return n;
}
let calls = 0;
export const total = xs => { calls++; return calls + compare(xs); };
`,
    });
    const { page, complaints } = await openPage(browser, await reportOn(root));
    const tab = page.getByRole('tab', { name: /Parallel/ });
    expect(await tab.innerText()).toMatch(/2$/);
    await tab.click();
    const [pack, compare] = await page.locator('.list li').allInnerTexts();
    expect(pack).toMatch(/^parallel\s+app\.js#pack\b/);
    expect(pack).toContain('A worker evaluates LEVEL, pack of app.js.');
    expect(pack).toMatch(/Called at\s+app\.js:7:30/);
    expect(compare).toMatch(/^candidate\s+app\.js#compare\b/);
    expect(compare).toContain('It has loops in loops.');
    expect(compare).toContain('1 call of it would have to be awaited.');
    expect(complaints).toEqual([]);
    await page.context().close();
  },
);

testInBrowser('a program without handlers, and one with an error, have a report too', async () => {
  const empty = writeProject({ 'package.json': '{}' });
  const { page, complaints } = await openPage(browser, await reportOn(empty));
  expect(await page.locator('.list').innerText()).toBe('No handler matches.');
  expect(await page.locator('.graph').innerText()).toContain('Nothing to draw');
  await page.context().close();

  const broken = writeProject({ 'a.js': 'export function (', 'b.js': 'export function fine() {}' });
  const file = join(packageDirectory, 'broken.html');
  const { code, stderr } = await runCommand(packageDirectory, ['report', broken, '-o', file]);
  expect(code).toBe(1);
  expect(stderr).toContain('unparsable-module');
  const opened = await openPage(browser, file);
  await opened.page.getByRole('tab', { name: /Diagnostics/ }).click();
  expect(await opened.page.locator('.list').innerText()).toContain('unparsable-module');
  expect([...complaints, ...opened.complaints]).toEqual([]);
  await opened.page.context().close();
});

test('a file that cannot be written is said', async () => {
  const root = writeProject({ 'package.json': '{}' });
  const run = await runCommand(packageDirectory, ['report', root, '-o', join(root, 'no/such/place.html')]);
  expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('cannot be written') });
});
