/** The pages show real output: their examples are run and compared. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { writeProject } from '../graph/temporary-project.js';
import { buildPackage, remove } from './built-package.js';

const page = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

let packageDirectory: string;

jest.setTimeout(60_000);

beforeAll(() => {
  packageDirectory = buildPackage();
});

afterAll(() => remove(packageDirectory));

function anyspeed(args: string[], cwd: string): string {
  return execFileSync(process.execPath, [join(packageDirectory, 'dist/esm/cli.js'), ...args], {
    cwd,
    encoding: 'utf8',
  });
}

test('docs/report.md shows what the command prints for its example', () => {
  const text = page('report.md');
  const [, source] = text.match(/```js\n([\s\S]*?)```/) ?? [];
  const directory = writeProject({ 'package.json': '{ "type": "module" }', 'shop.js': source ?? '' });
  const examples = [...text.matchAll(/```console\n\$ npx anyspeed (.*)\n([\s\S]*?)```/g)];
  expect(examples.map(([, command]) => command)).toEqual(['analyze', 'analyze --handler shop.js']);
  for (const [, command = '', output] of examples) {
    expect(anyspeed(command.split(' '), directory)).toBe(output);
  }
});

test('docs/command-line.md explains every flag', () => {
  const text = page('command-line.md');
  const help = anyspeed(['analyze', '--help'], '.');
  const flags = [...help.matchAll(/^ +(--[a-z-]+)/gm)].map(([, flag]) => flag as string);
  expect(flags.length).toBeGreaterThan(5);
  expect(flags.filter(flag => !text.includes(`\`${flag}`))).toEqual([]);
});
