/** `anyspeed analyze` as a process: what it prints where, and how it ends. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import type { Plan } from '../../src/plan/plan.js';
import { writeProject } from '../graph/temporary-project.js';
import { builtCommand } from './built-command.js';
import { install } from './built-package.js';
import type { Run, RunOptions } from './run-command.js';

const shop = fileURLToPath(new URL('../../fixtures/shop', import.meta.url));
const built = builtCommand();

// Each test starts processes, and others may be using the machine.
jest.setTimeout(60_000);

const analyze = (args: string[], options?: RunOptions) => built.run(['analyze', ...args], options);

async function planOf(args: string[], options?: RunOptions): Promise<Plan> {
  const { stdout, stderr } = await analyze([...args, '--json'], options);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

const PACKAGE = '{ "type": "module" }';
const CART = `const items = [];
export async function add(item) {
  const before = items.length;
  await null;
  items[before] = item;
}
export const list = () => [...items];
`;
const SERVER = `import http from 'node:http';
import { add, list } from './cart.js';
http.createServer(async (request, response) => {
  await add(request.url);
  response.end(JSON.stringify(list()));
}).listen(0);
`;
const PROJECT = { 'package.json': PACKAGE, 'src/cart.js': CART, 'src/server.js': SERVER };

const idsOf = ({ handlers }: Plan) => handlers.map(({ id }) => id);

describe('on a program', () => {
  test('prints a summary, plain because it is piped', async () => {
    const directory = writeProject(PROJECT);
    const { code, stdout, stderr } = await analyze([directory]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('3 handlers in 2 modules');
    expect(stdout).toContain('src/cart.js#items[]');
    expect(stdout).toBe(stripVTControlCharacters(stdout));
  });

  test('analyses the package that the working directory lies in', async () => {
    const directory = writeProject(PROJECT);
    const { stdout } = await analyze([], { cwd: join(directory, 'src') });
    expect(stdout).toContain('anyspeed ..\n');
    expect(stdout).toContain('3 handlers in 2 modules');
  });

  test('prints the same plan as JSON each time, wherever the program lies', async () => {
    const texts = await Promise.all(
      [writeProject(PROJECT), writeProject(PROJECT)].map(
        async directory => (await analyze([directory, '--json'])).stdout,
      ),
    );
    expect(texts[0]).toBe(texts[1]);
    expect(idsOf(JSON.parse(texts[0] ?? ''))).toEqual([
      'src/cart.js#add',
      'src/cart.js#list',
      'src/server.js#createServer',
    ]);
  });

  test('prints places of accesses in detail', async () => {
    const { stdout } = await analyze([writeProject(PROJECT), '--details']);
    expect(stdout).toContain('src/cart.js#add  async export  src/cart.js:2:8');
    expect(stdout).toMatch(/reads +src\/cart\.js:3:18/);
    expect(stdout).toMatch(/writes +src\/cart\.js:5:3/);
  });

  test('prints one handler', async () => {
    const { stdout } = await analyze([writeProject(PROJECT), '--handler', 'cart.js#add']);
    expect(stdout).toContain('src/cart.js#add');
    expect(stdout).not.toContain('createServer');
  });

  test('executes none of its modules', async () => {
    const files = { ...PROJECT, 'src/server.js': `${SERVER}\nprocess.exit(9); throw new Error('executed');` };
    const { code, stderr } = await analyze([writeProject(files)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('of the size of the shop: every section has a place for each of its accesses', async () => {
    const plan = await planOf([shop, '--exclude', 'variants']);
    const checkout = plan.handlers.find(({ id }) => id === 'src/services/checkout.ts#placeOrder');
    expect(checkout?.protection).toBe('section');
    const { stdout } = await analyze([shop, '--exclude', 'variants', '--handler', 'checkout.ts#placeOrder']);
    expect(checkout?.accesses.length).toBeGreaterThan(10);
    for (const { at } of checkout?.accesses ?? []) {
      expect(stdout).toContain(`${at.module}:${at.line}:${at.column + 1}`);
    }
  });
});

describe('SARIF', () => {
  const addressOf = (stdout: string, ruleId: string): [string, string] => {
    const [{ originalUriBaseIds, results }] = JSON.parse(stdout).runs;
    const result = results.find((r: { ruleId: string }) => r.ruleId === ruleId);
    const { uri } = result.locations[0].physicalLocation.artifactLocation;
    return [uri, new URL(uri, originalUriBaseIds['%SRCROOT%'].uri).pathname];
  };

  test('names files from the working directory', async () => {
    const directory = writeProject(PROJECT);
    const file = join(directory, 'src/cart.js');
    for (const [dir, cwd, uri] of [
      ['.', directory, 'src/cart.js'],
      ['src', directory, 'src/cart.js'],
      ['..', join(directory, 'src'), 'src/cart.js'],
    ] as const) {
      const { code, stdout, stderr } = await analyze([dir, '--sarif'], { cwd });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(addressOf(stdout, 'section')).toEqual([uri, file]);
    }
  });

  test('has errors in it, and on stderr', async () => {
    const directory = writeProject({ ...PROJECT, 'src/broken.js': 'export function (\n' });
    const { code, stdout, stderr } = await analyze([directory, '--sarif'], { cwd: directory });
    expect(code).toBe(1);
    expect(addressOf(stdout, 'unparsable-module')[0]).toBe('src/broken.js');
    expect(stderr).toContain('src/broken.js cannot be parsed');
  });
});

describe('colours', () => {
  const isColored = ({ stdout }: Run) => stdout !== stripVTControlCharacters(stdout);

  test.each([
    [{}, false],
    [{ CI: 'true' }, false],
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('of a pipe with %j: %s', async (env, expected) => {
    expect(isColored(await analyze([writeProject(PROJECT)], { env }))).toBe(expected);
  });
});

describe('flags', () => {
  const directory = () => writeProject(PROJECT);

  test('choose which exported functions are handlers', async () => {
    expect(idsOf(await planOf([directory(), '--exports', 'none']))).toEqual(['src/server.js#createServer']);
  });

  test('leave modules out', async () => {
    const plan = await planOf([directory(), '--exclude', 'src/server.js', '--exclude', 'no/such']);
    expect(plan.modules.map(({ path }) => path)).toEqual(['src/cart.js']);
  });

  test('choose modules', async () => {
    const plan = await planOf([directory(), '--include', 'src/cart.js']);
    expect(plan.modules.map(({ path }) => path)).toEqual(['src/cart.js']);
  });
});

describe.each(['@babel/core', 'babel-core-8'])('with the configuration of %s', babel => {
  const project = (files: Record<string, string>) => {
    const directory = writeProject({ ...PROJECT, ...files });
    install(built.packageDirectory, directory, babel);
    return directory;
  };
  const ONLY_SERVER = ['src/server.js#createServer'];
  const OPTIONS = "{ handlers: { exports: 'none' } }";

  test.each([
    ['babel.config.js', `export default { plugins: [['anyspeed/babel', ${OPTIONS}]] };`],
    ['babel.config.cjs', `module.exports = { plugins: [['anyspeed/babel', ${OPTIONS}]] };`],
    ['babel.config.json', '{ "plugins": [["anyspeed/babel", { "handlers": { "exports": "none" } }]] }'],
    ['.babelrc', '{ "plugins": [["anyspeed/babel", { "handlers": { "exports": "none" } }]] }'],
    [
      'babel.config.js',
      `import plugin from 'anyspeed/babel';\nexport default { plugins: [[plugin, ${OPTIONS}]] };`,
    ],
    ['babel.config.cjs', `module.exports = { plugins: [[require('anyspeed/babel'), ${OPTIONS}]] };`],
    [
      'babel.config.js',
      `export default { overrides: [{ test: /server/, plugins: [['anyspeed/babel', ${OPTIONS}]] }] };`,
    ],
  ])('uses the options in %s: %s', async (file, content) => {
    // A directory of its own, because one file of each stands for those beside it.
    const directory = project({ [file]: content, 'server/index.js': '' });
    expect(idsOf(await planOf([directory]))).toEqual(ONLY_SERVER);
  });

  test('says so, and ignores it when told to', async () => {
    const directory = project({
      'babel.config.js': `export default { plugins: [['anyspeed/babel', ${OPTIONS}]] };`,
    });
    const { stdout } = await analyze([directory]);
    expect(stdout).toContain('options from babel.config.js');
    expect(stdout).toContain('1 handler in');
    expect((await analyze([directory, '--no-config'])).stdout).toContain('3 handlers in');
  });

  test('lets flags replace options', async () => {
    const directory = project({
      'babel.config.js': `export default { plugins: [['anyspeed/babel', ${OPTIONS}]] };`,
    });
    expect(idsOf(await planOf([directory, '--exports', 'all']))).toHaveLength(3);
  });

  test('takes the root from where the configuration says', async () => {
    const directory = project({
      'babel.config.js': "export default { plugins: [['anyspeed/babel', { root: 'src' }]] };",
    });
    expect(idsOf(await planOf([directory]))).toContain('cart.js#add');
  });

  test('ignores a configuration without the plugin', async () => {
    const directory = project({
      'babel.config.js': 'export default { comments: false, plugins: [() => ({})] };',
    });
    const { stdout, code } = await analyze([directory]);
    expect(code).toBe(0);
    expect(stdout).toContain('3 handlers');
    expect(stdout).not.toContain('options from');
  });

  test('uses another file', async () => {
    const directory = project({
      'build/babel.js': `export default { plugins: [['anyspeed/babel', ${OPTIONS}]] };`,
    });
    expect(idsOf(await planOf([directory, '--config', join(directory, 'build/babel.js')]))).toEqual([
      'src/server.js#createServer',
    ]);
  });

  test('says why a configuration cannot be loaded', async () => {
    const directory = project({ 'babel.config.js': "throw new Error('no luck');" });
    const { code, stdout, stderr } = await analyze([directory]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('cannot be loaded');
    expect(stderr).toContain('no luck');
    expect(stderr).toContain('--no-config');
    expect((await analyze([directory, '--no-config'])).code).toBe(0);
  });

  test('refuses wrong options in it', async () => {
    const directory = project({
      'babel.config.js': "export default { plugins: [['anyspeed/babel', { exlude: [] }]] };",
    });
    const { code, stderr } = await analyze([directory]);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean `exclude`?');
  });
});

test('Babel is not loaded where it has no configuration', async () => {
  const babel = { 'node_modules/@babel/core/index.js': "throw new Error('loaded');" };
  const directory = writeProject({ ...PROJECT, ...babel });
  expect(await analyze([directory])).toMatchObject({ code: 0, stderr: '' });
  for (const [file, content] of [
    ['package.json', '{ "type": "module", "babel": {} }'],
    ['src/.babelrc', '{}'],
    ['babel.config.mjs', 'export default {};'],
  ] as const) {
    const configured = writeProject({ ...PROJECT, ...babel, [file]: content });
    expect((await analyze([configured])).stderr).toContain('loaded');
  }
});

describe('what is wrong with the call', () => {
  test.each([
    [
      'a missing directory',
      ['analyze', 'no/such/directory'],
      'The directory "no/such/directory" cannot be read: it does not exist.',
    ],
    ['a file', ['analyze', fileURLToPath(import.meta.url)], 'is not a directory.'],
    ['an unknown command', ['analyse'], "unknown command 'analyse'"],
    ['an unknown flag', ['analyze', '--detials'], "unknown option '--detials'"],
    [
      'a wrong choice',
      ['analyze', '--exports', 'some'],
      "option '--exports <which>' argument 'some' is invalid",
    ],
    [
      'flags that exclude each other',
      ['analyze', '--json', '--details'],
      "option '--json' cannot be used with option '--details'",
    ],
    ['a missing configuration file', ['analyze', '.', '--config', 'no-such.js'], 'does not exist.'],
    [
      'a missing TypeScript configuration',
      ['analyze', shop, '--tsconfig', 'no-such.json'],
      'does not exist.',
    ],
    [
      'a handler that is not there',
      ['analyze', shop, '--handler', 'nobody'],
      'No handler\'s id contains "nobody".',
    ],
    ['no command', [], 'Usage: anyspeed'],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await built.run(args);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toContain('    at ');
  });

  test('help and version are no mistakes', async () => {
    const help = await built.run(['analyze', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('--exports <which>');
    expect(await built.run(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });
});

describe('what is wrong with the program', () => {
  const broken = () => writeProject({ ...PROJECT, 'src/broken.js': 'export function (\n' });

  test('a module that cannot be parsed: the rest is reported, with the place of the error', async () => {
    const { code, stdout } = await analyze([broken()]);
    expect(code).toBe(1);
    expect(stdout).toContain('3 handlers');
    expect(stdout).toContain('src/broken.js cannot be parsed');
    expect(stdout).toContain('> 1 | export function (');
  });

  test('with --json, the error is on stderr too', async () => {
    const { code, stdout, stderr } = await analyze([broken(), '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).diagnostics).toHaveLength(1);
    expect(stderr).toContain('src/broken.js cannot be parsed');
  });

  test('an empty directory', async () => {
    const { code, stdout, stderr } = await analyze([writeProject({})]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('0 handlers in 0 modules');
    expect(stdout).toContain('No source file was found');
  });
});
