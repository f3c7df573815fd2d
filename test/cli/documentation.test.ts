/** The pages show real output: their examples are played, block by block, and compared. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, jest, test } from '@jest/globals';
import plugin from '../../src/eslint/plugin.js';
import { writeProject } from '../graph/temporary-project.js';
import { builtCommand } from './built-command.js';
import { install } from './built-package.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const page = (name: string) => readFileSync(join(repository, 'docs', name), 'utf8');

const built = builtCommand();

jest.setTimeout(60_000);

/** What a shell prints for a line of an example, on both streams. */
function shell(line: string, cwd: string): string {
  const anyspeed = `"${process.execPath}" "${join(built.packageDirectory, 'dist/esm/cli.js')}"`;
  const eslint = `"${process.execPath}" "${join(repository, 'node_modules/eslint/bin/eslint.js')}"`;
  const command = line.replace(/^npx anyspeed/, () => anyspeed).replace(/^npx eslint/, () => eslint);
  const { stdout } = spawnSync('bash', ['-c', `exec 2>&1; ${command}`], { cwd, encoding: 'utf8' });
  return stdout.replaceAll(cwd, HOME);
}

/** What stands for the directory of an example, which ESLint names in full. */
const HOME = '/home/me/shop';

const source = () => page('report.md').match(/```js\n([\s\S]*?)```/)?.[1] ?? '';
const example = () => writeProject({ 'package.json': '{ "type": "module" }', 'shop.js': source() });

/** Plays what a text shows: commands, and changes of the example's source between them. */
function played(text: string, directory: string): string {
  return text.replace(/```(console|diff)\n([\s\S]*?)```/g, (block, kind: string, content: string) => {
    if (kind === 'diff') {
      change(join(directory, 'shop.js'), content);
      return block;
    }
    const commands = [...content.matchAll(/^\$ (.*)$/gm)].map(([, command]) => command as string);
    const output = commands.map(command => `$ ${command}\n${shell(command, directory)}`);
    return `\`\`\`console\n${output.join('')}\`\`\``;
  });
}

/** Changes a file as a diff without line numbers says. */
function change(file: string, diff: string): void {
  const lines = diff.split('\n').filter(line => line !== '');
  const side = (sign: string) =>
    lines
      .filter(line => line.startsWith(' ') || line.startsWith(sign))
      .map(line => `${line.slice(1)}\n`)
      .join('');
  const before = readFileSync(file, 'utf8');
  expect(before).toContain(side('-'));
  writeFileSync(
    file,
    before.replace(side('-'), () => side('+')),
  );
}

/** The part of a page below a heading, up to the next one of the same rank. */
function section(text: string, heading: string): string {
  const start = text.indexOf(`\n## ${heading}`);
  expect(start).toBeGreaterThan(0);
  const end = text.indexOf('\n## ', start + 1);
  return text.slice(start, end < 0 ? undefined : end);
}

/**
 * Plays a part of a page and compares. With `ANYSPEED_PAGES=write`, the page is brought up to date instead: read it
 * afterwards, since what it says around the examples must still be true.
 */
function expectReal(name: string, text: string, directory: string): void {
  const real = played(text, directory);
  if (process.env.ANYSPEED_PAGES === 'write')
    writeFileSync(
      join(repository, 'docs', name),
      page(name).replace(text, () => real),
    );
  else expect(real).toBe(text);
}

test('docs/report.md shows what the command prints for its example', () => {
  const text = page('report.md');
  expect(text.match(/```console/g)).toHaveLength(2);
  expectReal('report.md', text, example());
});

test.each(['explain', 'report', 'check'])(
  'docs/command-line.md shows what `anyspeed %s` prints for that example',
  command => {
    const text = section(page('command-line.md'), `\`anyspeed ${command}`);
    expect(text).toContain(`$ npx anyspeed ${command}`);
    expectReal('command-line.md', text, example());
  },
);

test('docs/eslint.md shows what ESLint prints for its example', () => {
  const text = page('eslint.md').split('\n## Rules')[0] as string;
  const [config = '', shop = '', orders = ''] = [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(
    ([, code]) => code,
  );
  const files = { 'eslint.config.js': config, 'shop.js': shop, 'orders.js': orders };
  const directory = writeProject({ 'package.json': '{ "type": "module" }', ...files });
  install(built.packageDirectory, directory);
  expectReal('eslint.md', text, directory);
  expect(text).toMatch(/ {2}anyspeed\/stale-value\n/);
});

test('docs/eslint.md has a row for each rule', () => {
  const rows = [...page('eslint.md').matchAll(/^\| \[?`anyspeed\/([a-z-]+)`.* \| (yes|no) \|$/gm)];
  const recommended = Object.keys(plugin.configs.recommended.rules ?? {});
  expect(rows.map(([, name]) => name).sort()).toEqual(Object.keys(plugin.rules).sort());
  for (const [, name, answer] of rows)
    expect([name, answer]).toEqual([name, recommended.includes(`anyspeed/${name}`) ? 'yes' : 'no']);
});

test('docs/command-line.md shows what `anyspeed init` proposes for its example', () => {
  const text = section(page('command-line.md'), '`anyspeed init');
  const [, packageJson = ''] = text.match(/```json\n([\s\S]*?)```/) ?? [];
  expectReal(
    'command-line.md',
    text,
    writeProject({ 'package.json': packageJson, 'src/server.js': source() }),
  );
});

test('docs/command-line.md shows what `anyspeed analyze` prints for the shop', () => {
  const text = section(page('command-line.md'), '`anyspeed analyze').split('### JSON')[0] as string;
  expect(text.match(/```console/g)).toHaveLength(2);
  expectReal('command-line.md', text, repository);
});

test.each([
  ['analyze', 5],
  ['explain', 5],
  ['report', 5],
  ['trace', 0],
  ['check', 5],
] as const)('docs/command-line.md explains every flag of `anyspeed %s`', (command, least) => {
  const text = page('command-line.md');
  const help = shell(`npx anyspeed ${command} --help`, '.');
  const flags = [...help.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)]
    .map(([, flag]) => flag as string)
    .filter(flag => flag !== '--help');
  expect(flags.length).toBeGreaterThan(least);
  expect(flags.filter(flag => !text.includes(`\`${flag}`))).toEqual([]);
});
