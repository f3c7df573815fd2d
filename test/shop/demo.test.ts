/**
 * The demo is only worth something if its checks can fail: each kind of race that the shop has must show up in
 * the unprotected server, and none where requests are handled one at a time, nor in the protected one.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const program = fileURLToPath(new URL('../../bench/demo/main.js', import.meta.url));
const execute = promisify(execFile);

const demo = (...args: string[]) =>
  execute(process.execPath, [program, ...args], { env: { ...process.env, NO_COLOR: '1' } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );

/** The numbers of a row of the table, one for each variant. */
function row(table: string, title: string): number[] {
  const line = table.split('\n').find(text => text.trim().startsWith(title));
  if (line === undefined) throw new Error(`no row "${title}" in:\n${table}`);
  return line
    .trim()
    .slice(title.length)
    .trim()
    .split(/\s+/)
    .map(text => Number(text.replaceAll(',', '')));
}

const RACES = [
  'units in carts',
  'units in stock',
  'loyalty points',
  'reviews in the JSON file',
  'items oversold',
  'duplicate orders',
  'order numbers missing',
  'coupons over-redeemed',
  'duplicate accounts',
  'needless carrier calls',
];
const MOST_ATTEMPTS = 5;

test('no race of the shop shows with one global lock, with locks by hand or with the plugin', async () => {
  const variants = '--variants=global-lock,key-locks,protected';
  const { code, stdout } = await demo(variants, '--seconds=4', '--writes=40');
  for (const what of [...RACES, 'page views', 'failed requests']) {
    expect({ what, counts: row(stdout, what) }).toEqual({ what, counts: [0, 0, 0] });
  }
  expect(row(stdout, 'orders').every(count => count > 0)).toBe(true);
  expect(code).toBe(0);
}, 60_000);

test('every race of the shop shows without locks', async () => {
  // The rarest take some thousand requests to show, and a busy machine handles fewer at a time.
  const unseen = new Set(RACES);
  for (let seed = 1; unseen.size > 0 && seed <= MOST_ATTEMPTS; seed++) {
    const { code, stdout } = await demo(
      '--variants=unprotected',
      '--seconds=4',
      '--writes=30',
      `--seed=${seed}`,
    );
    for (const race of RACES) if (row(stdout, race).some(count => count > 0)) unseen.delete(race);
    expect(row(stdout, 'page views')).toEqual([0]);
    expect(row(stdout, 'failed requests')).toEqual([0]);
    expect(code).toBe(0);
  }
  expect([...unseen]).toEqual([]);
}, 120_000);

test('a run that shows nothing is a failure', async () => {
  const { code, stdout } = await demo('--variants=unprotected', '--seconds=0.5', '--clients=1', '--writes=0');
  expect(code).toBe(1);
  expect(stdout).toContain('broke no invariant');
}, 30_000);

test('what it cannot run it refuses with a sentence', async () => {
  expect(await demo('--clients=many')).toMatchObject({
    code: 2,
    stderr: '--clients must be an integer from 1 to 1024\n',
  });
  expect(await demo('--variants=imaginary')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no variant "imaginary"'),
  });
});

test('interrupted, it leaves nothing behind', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'interrupted-demo-'));
  try {
    const running = spawn(process.execPath, [program, '--variants=unprotected', '--seconds=30'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: directory, TEMP: directory, TMP: directory },
    });
    for await (const text of running.stderr.setEncoding('utf8')) if (text.includes('driving')) break;
    expect(readdirSync(directory)).toHaveLength(1);
    const exited = once(running, 'exit');
    running.kill('SIGINT');
    expect((await exited)[0]).toBe(130);
    expect(readdirSync(directory)).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 30_000);
