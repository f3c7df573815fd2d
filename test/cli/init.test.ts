/** `anyspeed init` as a process, where there is little or nothing to do. What it does to projects is in `test/init`. */
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { writeProject } from '../graph/temporary-project.js';
import { builtCommand, nobody, withMode } from './built-command.js';
import type { Run, RunOptions } from './run-command.js';

const built = builtCommand();

jest.setTimeout(60_000);

const init = (args: string[], options?: RunOptions): Promise<Run> => built.run(['init', ...args], options);

const PROJECT = {
  'package.json': '{ "type": "module", "scripts": { "start": "node src/server.js" } }\n',
  'src/server.js': 'let n = 0;\nexport const f = () => (n += 1);\n',
};

test('shows what would change, plain because it is piped, and does not ask where nobody answers', async () => {
  const directory = writeProject(PROJECT);
  const { code, stdout, stderr } = await init([directory]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Found: JavaScript, ES modules; no Babel; started by `node src/server.js`.');
  expect(stdout).toContain('\n+     "build": "babel src --out-dir dist"\n');
  expect(stdout).toContain('babel.config.json (new)\n+ {\n');
  expect(stdout).toContain('Nothing was changed.');
  expect(readdirSync(directory).sort()).toEqual(['package.json', 'src']);
});

test('a project with errors is changed, and the errors are told', async () => {
  const directory = writeProject({ ...PROJECT, 'src/broken.js': 'export function (\n' });
  const { code, stdout } = await init([directory, '--yes']);
  expect(code).toBe(1);
  expect(stdout).toContain('src/broken.js cannot be parsed');
  expect(readFileSync(join(directory, 'babel.config.json'), 'utf8')).toContain('anyspeed/babel');
});

test.each([
  ['an empty directory', {}, 'package.json of'],
  ['an empty project', { 'package.json': '{}' }, 'It is not clear which module is started.'],
  ['a package.json that is no JSON', { 'package.json': '{,}' }, 'it is no JSON'],
])('%s is refused', async (_, files, message) => {
  const directory = writeProject(files as Record<string, string>);
  const before = readdirSync(directory);
  const { code, stdout, stderr } = await init([directory, '--yes']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(readdirSync(directory)).toEqual(before);
});

test('a directory without permission: all or nothing is written', async () => {
  const directory = writeProject(PROJECT);
  // package.json may be written, and no file beside it.
  chmodSync(join(directory, 'package.json'), 0o666);
  const { code, stderr } = await withMode(directory, 0o555, () => init([directory, '--yes'], nobody));
  expect(code).toBe(2);
  expect(stderr).toContain('"babel.config.json" cannot be written: permission denied.');
  expect(readFileSync(join(directory, 'package.json'), 'utf8')).toBe(PROJECT['package.json']);
});
