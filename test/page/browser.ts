/**
 * The page in a real browser: Debian's Chromium, which `.ci/run` installs, driven by Playwright.
 *
 * Whatever the page logs, throws or asks a network for is noted: it must do nothing of it.
 */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/**
 * Whether there is a browser to test the page in. Only somebody's own machine may lack one, where the tests that need it
 * are then listed as skipped: in CI its absence is a failure.
 */
export const hasBrowser = process.env.CI !== undefined || existsSync(CHROMIUM);

export async function startBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM))
    throw new Error(
      `There is no browser at ${CHROMIUM}: \`apt-get install chromium\`, or name another in CHROMIUM.`,
    );
  return chromium.launch({
    executablePath: CHROMIUM,
    // As root there is no sandbox; and nothing of the browser's own is to ask a network for anything.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface OpenPage {
  page: Page;
  /** What a page must not do: errors, warnings, requests. */
  complaints: string[];
}

export async function openPage(
  browser: Browser,
  file: string,
  { scheme = 'light', hash = '' }: { scheme?: 'light' | 'dark'; hash?: string } = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: scheme,
    offline: true,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const own = pathToFileURL(file).href;
  page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', error => complaints.push(`error: ${error.message}`));
  page.on('request', request => {
    if (!request.url().startsWith(own) && !request.url().startsWith('data:'))
      complaints.push(`request: ${request.url()}`);
  });
  await page.goto(own + hash);
  await page.waitForSelector('main');
  return { page, complaints };
}
