/** Projects whose tests run in Jest, with babel-jest and the plugin: parallel functions are in workers there, too, and Jest ends by itself. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { writeProject } from '../graph/temporary-project.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));

const SOURCES = {
  'src/digest.js': `import { createHash } from 'node:crypto';
import { rounds } from './rounds.js';

export class Refused extends Error {}

export async function digest(text) {
  'use parallel';
  if (text === '') throw new Refused('nothing to digest');
  let sum = text;
  for (let i = 0; i < rounds(); i++) sum = createHash('sha256').update(sum).digest('hex');
  return { sum, seen: new Map([['at', new Date(0)]]), parts: [Buffer.from('a')], wrong: new TypeError('no') };
}
`,
  'src/rounds.js': 'export const rounds = () => 3;\n',
};

/** What holds in whatever format the project is. The pool is that of the test file. */
const TEST = `import { createHash } from 'node:crypto';
import { close, inspect } from 'anyspeed/parallel';
import { digest, Refused } from '../src/digest.js';

const md5 = text => createHash('sha256').update(text).digest('hex');
const inPool = () => inspect().functions[0].sizes.reduce((sum, { runsInPool }) => sum + runsInPool, 0);

test('runs in a worker', async () => {
  expect((await digest('a')).sum).toBe(md5(md5(md5('a'))));
  expect(inPool()).toBe(1);
});

test('gives values of the realm of the test', async () => {
  const result = await digest('a');
  expect(inPool()).toBe(2);
  expect(result).toBeInstanceOf(Object);
  expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  expect(result.seen).toBeInstanceOf(Map);
  expect(result.seen.get('at')).toBeInstanceOf(Date);
  expect(result.parts).toBeInstanceOf(Array);
  expect(Buffer.isBuffer(result.parts[0])).toBe(true);
  expect(result.wrong).toBeInstanceOf(TypeError);
});

test('throws the errors of the program', async () => {
  const error = await digest('').catch(error => error);
  expect(error).toBeInstanceOf(Refused);
  expect(error.stack).toMatch(/src.digest\\.js:8:.*\\n    at \\(in a worker thread, for the call\\)\\n.*digest\\.test\\.js/);
});

test('does not mind clocks that stand still', async () => {
  jest.useFakeTimers();
  try {
    const results = await Promise.all(Array.from({ length: 40 }, () => digest('a')));
    expect(results).toHaveLength(40);
    const { here, pool } = inspect().functions[0].sizes[1];
    expect(here ?? pool).toBeGreaterThan(0);
  } finally {
    jest.useRealTimers();
  }
});
`;
/** A second file, in which nobody ends the pool. */
const LEFT_OPEN = `import { digest } from '../src/digest.js';
test('is left alone', async () => expect(await digest('a')).toEqual(expect.anything()));
`;

const PRESET_ENV = "['@babel/preset-env', { targets: { node: 'current' } }]";
const FORMATS: [format: string, files: Record<string, string>, flags: string[]][] = [
  [
    'CommonJS',
    {
      'package.json': '{ "private": true }',
      'babel.config.js': `module.exports = { presets: [${PRESET_ENV}], plugins: ['anyspeed/babel'] };`,
    },
    [],
  ],
  [
    'ES modules',
    {
      'package.json': '{ "private": true, "type": "module" }',
      'babel.config.js': `export default { plugins: ['anyspeed/babel'] };`,
    },
    ['--experimental-vm-modules'],
  ],
];

describe.each(FORMATS)('%s', (_, files, flags) => {
  const inGlobals = flags.length > 0 ? "import { expect, jest, test } from '@jest/globals';\n" : '';
  const all = {
    ...files,
    ...SOURCES,
    'test/digest.test.js': inGlobals + TEST,
    'test/left-open.test.js': inGlobals + LEFT_OPEN,
  };

  test.each([
    ['files in one process', ['--runInBand']],
    ['files in processes', ['--maxWorkers=2']],
  ])(
    '%s',
    (_, how) => {
      const { status, output } = runJest(all, flags, how);
      expect(output).toContain('Tests:       5 passed, 5 total');
      expect(output).not.toMatch(/did not exit|force exited|failed to exit/);
      expect(status).toBe(0);
    },
    120_000,
  );

  test('with coverage', () => {
    const { status, output } = runJest(all, flags, ['--runInBand', '--coverage']);
    expect(output).toContain('Tests:       5 passed, 5 total');
    expect(output).toMatch(/digest\.js/);
    expect(status).toBe(0);
  }, 120_000);

  test('a pool that is closed is no open handle', () => {
    const closing = `${inGlobals.replace('expect,', 'afterAll, expect,')}${TEST}afterAll(close);\n`;
    const { status, output } = runJest({ ...all, 'test/digest.test.js': closing }, flags, [
      '--detectOpenHandles',
      'test/digest',
    ]);
    expect(output).toContain('Tests:       4 passed, 4 total');
    expect(output).not.toContain('open handle');
    expect(status).toBe(0);
  }, 120_000);
});

/** Runs the tests of a project in which all is installed that this repository has, and this package as it is built. */
function runJest(
  files: Record<string, string>,
  flags: string[],
  args: string[],
): { status: number | null; output: string } {
  const root = writeProject(files);
  const modules = join(root, 'node_modules');
  mkdirSync(join(modules, 'anyspeed'), { recursive: true });
  for (const name of readdirSync(join(repository, 'node_modules')))
    if (name !== 'anyspeed') symlinkSync(join(repository, 'node_modules', name), join(modules, name));
  for (const part of ['dist', 'package.json'])
    cpSync(join(repository, part), join(modules, 'anyspeed', part), { recursive: true });
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, join(modules, 'jest/bin/jest.js'), '--cacheDirectory', join(root, '.cache'), ...args],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', ANYSPEED_PARALLEL: '', JEST_WORKER_ID: '' },
      timeout: 60_000,
    },
  );
  return { status, output: stdout + stderr };
}
