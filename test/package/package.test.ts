/**
 * The packed package in a project of its own: each way of configuring Babel builds a server that loses no
 * update, and that does lose them without the plugin.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InstalledProject, packPackage, removeTemporaryDirectories } from './installed-project.js';

const REQUESTS = 25;

/** A server with a lost update: it reads, waits, and writes what it computed from what it read. */
const ESM = {
  'src/cart.js': `import { setTimeout as sleep } from 'node:timers/promises';

const state = { count: 0 };

export async function add() {
  const { count } = state;
  await sleep(20);
  state.count = count + 1;
}

export const total = () => state.count;
`,
  'src/server.js': `import { createServer } from 'node:http';
import { add, total } from './cart.js';

const server = createServer(async (request, response) => {
  if (request.url === '/add') await add();
  response.end(String(total()));
});
server.listen(0, () => console.log(server.address().port));
`,
};

const COMMONJS = {
  'src/cart.js': ESM['src/cart.js']
    .replace('import { setTimeout as sleep } from', 'const { setTimeout: sleep } = require(')
    .replace("'node:timers/promises';", "'node:timers/promises');")
    .replace('export async function add', 'exports.add = async function')
    .replace('export const total', 'exports.total'),
  'src/server.js': ESM['src/server.js']
    .replace("import { createServer } from 'node:http';", "const { createServer } = require('node:http');")
    .replace("import { add, total } from './cart.js';", "const { add, total } = require('./cart.js');"),
};

const TYPESCRIPT = {
  'src/cart.ts': ESM['src/cart.js']
    .replace('add()', 'add(): Promise<void>')
    .replace('() =>', '(): number =>'),
  'src/server.ts': ESM['src/server.js']
    .replace('createServer }', 'createServer, type Server }')
    .replace('const server =', 'const server: Server =')
    .replace('server.address().port', '(server.address() as { port: number }).port'),
};

/** What is left of all updates after they were made at once. */
async function updatesKept(url: string): Promise<number> {
  await Promise.all(
    Array.from({ length: REQUESTS }, () => fetch(`${url}/add`).then(response => response.text())),
  );
  return Number(await (await fetch(url)).text());
}

let tarball: string;

beforeAll(() => {
  tarball = packPackage();
}, 120_000);

afterAll(removeTemporaryDirectories);

const MODULE = '{ "type": "module" }';
const SCRIPT = '{ "type": "commonjs" }';

const SETUPS: [name: string, files: Record<string, string>][] = [
  [
    'ES modules, configured by babel.config.js as a module',
    { ...ESM, 'package.json': MODULE, 'babel.config.js': `export default { plugins: ['anyspeed/babel'] };` },
  ],
  [
    'ES modules, with the plugin imported into the configuration',
    {
      ...ESM,
      'package.json': MODULE,
      'babel.config.js': `import anyspeed from 'anyspeed/babel';\nexport default { plugins: [anyspeed] };`,
    },
  ],
  [
    'CommonJS, configured by .babelrc',
    { ...COMMONJS, 'package.json': SCRIPT, '.babelrc': '{ "plugins": ["anyspeed/babel"] }' },
  ],
  [
    'CommonJS, with the plugin required into the configuration',
    {
      ...COMMONJS,
      'package.json': SCRIPT,
      'babel.config.cjs': `module.exports = { sourceType: 'script', plugins: [[require('anyspeed/babel').default, {}]] };`,
    },
  ],
  [
    'TypeScript compiled to CommonJS',
    {
      ...TYPESCRIPT,
      'package.json': SCRIPT,
      'babel.config.json': JSON.stringify({
        presets: [
          ['@babel/preset-env', { modules: 'commonjs', targets: { node: '20' } }],
          '@babel/preset-typescript',
        ],
        plugins: ['anyspeed/babel'],
      }),
    },
  ],
];

describe.each([
  ['Babel 7', '^7'],
  ['Babel 8', '^8'],
])('%s', (_babel, range) => {
  let project: InstalledProject;

  beforeAll(() => {
    const packages = ['cli', 'core', 'preset-env', 'preset-typescript', 'register'];
    project = new InstalledProject([tarball, ...packages.map(name => `@babel/${name}@${range}`)]);
  }, 300_000);

  test.each(SETUPS)(
    '%s',
    async (name, files) => {
      const program = name.replace(/\W+/g, '-');
      project.write(program, files);
      await project.run(program, 'babel', 'src', '-d', 'dist', '--extensions', '.js,.ts');
      expect(await project.serve(program, ['dist/server.js'], updatesKept)).toBe(REQUESTS);
    },
    60_000,
  );

  test('without the plugin, the same server loses updates', async () => {
    project.write('unprotected', { ...ESM, 'package.json': MODULE });
    expect(await project.serve('unprotected', ['src/server.js'], updatesKept)).toBeLessThan(REQUESTS);
  }, 60_000);

  test('compiled when it is loaded, by @babel/register', async () => {
    project.write('register', {
      ...COMMONJS,
      'package.json': SCRIPT,
      'babel.config.json': '{ "sourceType": "script", "plugins": ["anyspeed/babel"] }',
      'start.js': `const register = require('@babel/register');\n(register.default ?? register)({ cache: false });\nrequire('./src/server.js');\n`,
    });
    expect(await project.serve('register', ['start.js'], updatesKept)).toBe(REQUESTS);
  }, 60_000);

  test('stacks lead to the source with --enable-source-maps', async () => {
    project.write('stacks', {
      'src/main.ts': `type Id = string;\nconst seen: Id[] = [];\n\nexport async function fail(id: Id): Promise<void> {\n  const before = seen.length;\n  await null;\n  seen[before] = id;\n  throw new Error('failed');\n}\n\nfail('x').catch((error: Error) => console.log(error.stack));\n`,
      'package.json': MODULE,
      'babel.config.json': '{ "presets": ["@babel/preset-typescript"], "plugins": ["anyspeed/babel"] }',
    });
    await project.run('stacks', 'babel', 'src', '-d', 'dist', '--extensions', '.ts', '--source-maps');
    expect(readFileSync(project.path('stacks/dist/main.js'), 'utf8')).toContain('_guard("src/main.ts#fail"');
    const { stdout } = await project.node('stacks', '--enable-source-maps', 'dist/main.js');
    expect(stdout).toMatch(/at (async )?fail \(.*src\/main\.ts:8:9\)/);
  }, 60_000);

  test('in watch mode, a file is compiled again when another one changes its plan', async () => {
    const stateless = 'export async function add() {}\nexport const total = () => 0;\n';
    project.write('watch', {
      ...ESM,
      'src/cart.js': stateless,
      'package.json': MODULE,
      'babel.config.js': `export default { plugins: ['anyspeed/babel'] };`,
    });
    const output = () => readFileSync(project.path('watch/dist/server.js'), 'utf8');
    const stop = await project.start('watch', 'watcher is ready', 'babel', 'src', '-d', 'dist', '--watch');
    try {
      expect(output()).toContain('createServer');
      expect(output()).not.toContain('_guard');
      writeFileSync(project.path('watch/src/cart.js'), ESM['src/cart.js']);
      await untilTrue(() => output().includes('_guard'));
    } finally {
      await stop();
    }
  }, 90_000);

  test('wrong options end the build with one clear error', async () => {
    project.write('options', {
      ...ESM,
      'package.json': MODULE,
      'babel.config.js': `export default { plugins: [['anyspeed/babel', { incldue: ['src'] }]] };`,
    });
    const failure = await project.run('options', 'babel', 'src', '-d', 'dist').catch(error => error);
    expect(failure.stderr).toContain('There is no option `incldue`. Did you mean `include`?');
    expect(failure.stderr.match(/\[BABEL\]/g)).toHaveLength(1);
  }, 60_000);
});

describe('beside ESLint', () => {
  let project: InstalledProject;

  beforeAll(() => {
    project = new InstalledProject([tarball, 'eslint@^10', '@babel/core@^7']);
  }, 300_000);

  test.each([
    [
      'eslint.config.js',
      `import anyspeed from 'anyspeed/eslint';
export default [
  anyspeed.configs.recommended,
  { rules: { 'anyspeed/handlers': 'error' } },
];
`,
    ],
    [
      'eslint.config.cjs',
      `const anyspeed = require('anyspeed/eslint');
module.exports = [{ ...anyspeed.configs.recommended, rules: { 'anyspeed/handlers': 'error' } }];
`,
    ],
  ])(
    '%s',
    async (file, config) => {
      project.write(file, { ...ESM, 'package.json': MODULE, [file]: config });
      const failure = await project.run(file, 'eslint', 'src').catch(error => error);
      expect(failure.code).toBe(1);
      expect(failure.stdout).toMatch(
        /src\/cart\.js\n +5:8 +error +`src\/cart\.js#add` holds exclusive `src\/cart\.js#state\.count`\. .* anyspeed\/handlers\n/,
      );
      expect(failure.stdout).toMatch(/\n\S+src\/server\.js\n +4:\d+ +error +`src\/server\.js#createServer` /);
    },
    60_000,
  );
});

test('nobody who does not use them has to install ESLint and Piscina', () => {
  const project = new InstalledProject([tarball, '@babel/core@^7']);
  expect(existsSync(project.path('node_modules/anyspeed'))).toBe(true);
  expect(existsSync(project.path('node_modules/eslint'))).toBe(false);
  expect(existsSync(project.path('node_modules/piscina'))).toBe(false);
}, 300_000);

describe('beside Piscina', () => {
  let project: InstalledProject;

  beforeAll(() => {
    project = new InstalledProject([tarball, '@babel/core@^7', 'piscina@^5']);
  }, 300_000);

  test.each([
    ['main.mjs', `import { parallel } from 'anyspeed/parallel';\nconst from = import.meta.url;`],
    ['main.cjs', `const { parallel } = require('anyspeed/parallel');\nconst from = __filename;`],
  ])('functions run in workers: %s', async (file, imports) => {
    const source = `return () => require('node:worker_threads').isMainThread`;
    project.write('parallel', {
      [file]: `${imports}\nparallel('where', () => true, { source: ${JSON.stringify(source)}, from })().then(console.log);\n`,
    });
    expect((await project.node('parallel', file)).stdout).toBe('false\n');
  });
});

async function untilTrue(condition: () => boolean): Promise<void> {
  const end = Date.now() + 40_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('It did not become true within 40 seconds.');
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
