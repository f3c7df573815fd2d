/** `anyspeed check` as a process: what it accepts, what it refuses, and what it writes. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { writeIn, writeProject } from '../graph/temporary-project.js';
import { builtCommand, nobody, withMode } from './built-command.js';
import type { Run, RunOptions } from './run-command.js';

const built = builtCommand();

jest.setTimeout(60_000);

const check = (args: string[], options?: RunOptions): Promise<Run> => built.run(['check', ...args], options);

const PACKAGE = '{ "type": "module" }';
const CART = `const items = [];
export async function add(item) {
  const before = items.length;
  await null;
  items[before] = item;
}
export const list = () => [...items];
`;
const SLOWER = CART.replace(
  '() => [...items]',
  'async () => { const n = items.length; await null; return [n, ...items]; }',
);
const FREER = CART.replace('  await null;\n', '');

/** A project with its snapshot. */
async function checkedProject(): Promise<string> {
  const directory = writeProject({ 'package.json': PACKAGE, 'cart.js': CART });
  expect((await check([directory, '--update'])).code).toBe(0);
  return directory;
}

const snapshotIn = (directory: string) => readFileSync(join(directory, 'anyspeed.snapshot'), 'utf8');

test('writes a snapshot, finds it up to date, and leaves it as it is', async () => {
  const directory = writeProject({ 'package.json': PACKAGE, 'cart.js': CART });
  const written = await check(['--update'], { cwd: directory });
  expect(written).toEqual({
    code: 0,
    stdout: 'Written: anyspeed.snapshot, with 2 handlers, 1 locked class.\n',
    stderr: '',
  });
  const before = snapshotIn(directory);
  expect(before).toContain('\ncart.js#add  section  update cart.js#items[]\n');
  const same = {
    code: 0,
    stdout: 'anyspeed.snapshot is up to date: 2 handlers, 1 locked class.\n',
    stderr: '',
  };
  expect(await check([], { cwd: directory })).toEqual(same);
  expect(await check(['--update'], { cwd: directory })).toEqual(same);
  expect(snapshotIn(directory)).toBe(before);
});

test('fails when concurrency is lost, until that is accepted', async () => {
  const directory = await checkedProject();
  const before = snapshotIn(directory);
  writeIn(directory, 'cart.js', SLOWER);
  const { code, stdout, stderr } = await check([], { cwd: directory });
  expect({ code, stderr }).toEqual({ code: 4, stderr: '' });
  expect(stdout).toContain('1 handler lost concurrency\n\ncart.js#list  cart.js:7:21\n');
  expect(stdout).toContain('It passed a gate; now it has a section.');
  expect(stdout).toContain('--update');
  expect(snapshotIn(directory)).toBe(before);
  const accepted = await check(['--update'], { cwd: directory });
  expect(accepted.code).toBe(0);
  expect(accepted.stdout).toContain('1 handler lost concurrency');
  expect((await check([], { cwd: directory })).code).toBe(0);
});

test('fails when protection is lost', async () => {
  const directory = await checkedProject();
  const { code, stdout } = await check([directory, '--exclude', 'cart.js']);
  expect(code).toBe(4);
  expect(stdout).toContain('2 handlers lost protection');
  expect(stdout).toContain('it is no handler any more');
});

test('lets pass what only got better, unless it is told to be exact', async () => {
  const directory = await checkedProject();
  writeIn(directory, 'cart.js', FREER);
  const { code, stdout } = await check([directory]);
  expect(code).toBe(0);
  expect(stdout).toContain('2 handlers changed without losing anything');
  expect((await check([directory, '--exact'])).code).toBe(4);
});

test('uses another file', async () => {
  const directory = await checkedProject();
  const file = join(directory, 'other.snapshot');
  expect((await check([directory, '--snapshot', file])).code).toBe(2);
  expect((await check([directory, '--snapshot', file, '--update'])).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(snapshotIn(directory));
  expect((await check([directory, '--snapshot', file])).code).toBe(0);
});

describe('what cannot be compared', () => {
  test('no snapshot', async () => {
    const directory = writeProject({ 'package.json': PACKAGE, 'cart.js': CART });
    const { code, stdout, stderr } = await check([directory]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('it does not exist');
    expect(stderr).toContain('--update');
  });

  test('a merge that is not finished', async () => {
    const directory = await checkedProject();
    const lines = snapshotIn(directory).split('\n');
    writeIn(
      directory,
      'anyspeed.snapshot',
      [...lines.slice(0, 5), '<<<<<<< main', ...lines.slice(5)].join('\n'),
    );
    const { code, stderr } = await check([], { cwd: directory });
    expect(code).toBe(2);
    expect(stderr).toContain('anyspeed.snapshot:6 ');
    expect((await check(['--update'], { cwd: directory })).code).toBe(0);
    expect(snapshotIn(directory)).toBe(lines.join('\n'));
  });

  test.each([['--update'], ['--exact']])('a program with errors, with %s', async flag => {
    const directory = await checkedProject();
    const before = snapshotIn(directory);
    writeIn(directory, 'broken.js', 'export function (\n');
    const { code, stdout, stderr } = await check([directory, flag]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('broken.js cannot be parsed');
    expect(stderr).toContain('Nothing was compared');
    expect(snapshotIn(directory)).toBe(before);
  });
});

test('an empty project', async () => {
  const directory = writeProject({});
  expect((await check([directory])).code).toBe(2);
  expect(await check(['--update'], { cwd: directory })).toEqual({
    code: 0,
    stdout: 'Written: anyspeed.snapshot, with 0 handlers, 0 locked classes.\n',
    stderr: '',
  });
  expect((await check([directory])).code).toBe(0);
});

test('a directory without permission', async () => {
  const directory = await checkedProject();
  await withMode(directory, 0o555, async () => {
    const read = await check([directory], nobody);
    expect(read).toMatchObject({ code: 0, stderr: '' });
    writeIn(directory, 'cart.js', SLOWER);
    const written = await check([directory, '--update'], nobody);
    expect(written).toMatchObject({ code: 2, stdout: '' });
    expect(written.stderr).toContain('The snapshot cannot be written to "');
    const elsewhere = await check([directory, '--update', '--snapshot', join(directory, 'new')], nobody);
    expect(elsewhere.code).toBe(2);
    expect(existsSync(join(directory, 'new'))).toBe(false);
  });
});

test('a reader that goes away ends it without a word, and it still says whether anything was lost', async () => {
  const many = Array.from({ length: 3000 }, (_, i) => `export const list${i} = () => items;\n`).join('');
  const directory = writeProject({ 'package.json': PACKAGE, 'cart.js': CART + many });
  await check([directory, '--update']);
  writeIn(directory, 'cart.js', CART);
  expect(await built.runForOneLine(['check', directory])).toEqual({
    line: '3000 handlers lost protection\n',
    code: 4,
  });
});
