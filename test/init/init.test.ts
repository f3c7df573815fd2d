/**
 * `anyspeed init` on projects as people have them: what it proposes is applied, the project is really built by the command that
 * it names, and the server really started by `npm start`. Each sells three items; unprotected, it sells more.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { InstalledProject, packPackage, removeTemporaryDirectories } from '../package/installed-project.js';

jest.setTimeout(240_000);

let installed: InstalledProject;

beforeAll(() => {
  const { devDependencies } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  const packages = [
    '@babel/core',
    '@babel/cli',
    '@babel/preset-typescript',
    '@babel/register',
    'typescript',
  ].map(name => `${name}@${devDependencies[name]}`);
  installed = new InstalledProject([
    packPackage(),
    ...packages,
    '@babel/plugin-transform-modules-commonjs@7',
  ]);
});

afterAll(removeTemporaryDirectories);

const json = (value: unknown): string => JSON.stringify(value, null, 2);

const SHOP = `let stock = 3;
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
async function buy() {
  if (stock === 0) return 'none';
  await sleep(20);
  stock -= 1;
  return 'one';
}
`;
const TYPED_SHOP = SHOP.replace('let stock', 'let stock: number')
  .replace('ms =>', '(ms: number): Promise<void> =>')
  .replace('buy()', 'buy(): Promise<string>');
const serve = (imports: string): string => `${imports}
const server = createServer(async (request, response) => {
  response.end(greeting + (await buy()));
});
server.listen(0, () => console.log(server.address().port));
`;
const ESM_SERVER = serve(`import { createServer } from 'node:http';
import { buy } from './shop.js';
const greeting = '';`);
const TYPES = "declare module 'node:http';\n";

const PROJECTS: Record<string, Record<string, string>> = {
  'ES modules in a directory, with a file beside them': {
    'package.json': json({ type: 'module', scripts: { start: 'node --enable-source-maps src/server.js' } }),
    '.gitignore': 'node_modules\n',
    'src/shop.js': `export ${SHOP.slice(SHOP.indexOf('async'))}${SHOP.slice(0, SHOP.indexOf('async'))}`,
    'src/greeting.txt': '',
    'src/server.js': serve(`import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { buy } from './shop.js';
const greeting = readFileSync(new URL('greeting.txt', import.meta.url), 'utf8');`),
  },
  'ES modules at the top': {
    'package.json': json({ type: 'module', main: 'server.js' }),
    'lib/shop.js': `${SHOP}export { buy };`,
    'server.js': ESM_SERVER.replace('./shop.js', './lib/shop.js'),
  },
  'CommonJS at the top, with a file beside it': {
    'package.json': json({ scripts: { start: 'nodemon ./server.js' } }),
    'shop.js': `${SHOP}exports.buy = buy;`,
    'views/greeting.txt': '',
    'server.js': serve(`const { createServer } = require('http');
const { readFileSync } = require('fs');
const { buy } = require('./shop');
const greeting = readFileSync(__dirname + '/views/greeting.txt', 'utf8');`),
  },
  'TypeScript, built by tsc': {
    'package.json': json({
      type: 'module',
      scripts: { build: 'tsc -p tsconfig.json', start: 'node lib/server.js' },
    }),
    'tsconfig.json': `{
  // as tsc --init writes it
  "compilerOptions": { "outDir": "./lib", "rootDir": "src", "module": "nodenext", "strict": true, "types": [], "noImplicitAny": false }
}`,
    'src/node.d.ts': TYPES,
    'src/shop.ts': `${TYPED_SHOP}export { buy };`,
    'src/shop.test.ts': "throw new Error('not to be built');",
    'src/server.ts': ESM_SERVER,
  },
  'TypeScript, run by tsx as CommonJS': {
    'package.json': json({ scripts: { start: 'node --import tsx src/server.ts' } }),
    'src/shop.ts': `${TYPED_SHOP}export { buy };`,
    'src/server.ts': ESM_SERVER.replace('./shop.js', './shop'),
  },
  'TypeScript, run by Node.js itself': {
    'package.json': json({
      type: 'module',
      scripts: { start: 'node --experimental-strip-types src/server.ts' },
    }),
    'src/shop.ts': `${TYPED_SHOP}export { buy };`,
    'src/server.ts': ESM_SERVER.replace('./shop.js', './shop.ts'),
  },
  'Babel, configured by a function': {
    'package.json': json({
      type: 'module',
      scripts: { build: 'babel src -d built', start: 'node built/server.js' },
      devDependencies: { '@babel/core': '^7.0.0', '@babel/cli': '^7.0.0' },
    }),
    'babel.config.cjs':
      'module.exports = api => {\n  api.cache(true);\n  return {\n    comments: false,\n  };\n};\n',
    'src/shop.js': `${SHOP}export { buy };`,
    'src/server.js': ESM_SERVER,
  },
};

/** How many of ten customers who come at once get something. */
async function sales(directory: string, command: string, args: string[]): Promise<number> {
  const server = spawn(command, args, {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  try {
    for await (const line of createInterface({ input: server.stdout })) {
      if (!/^\d+$/.test(line)) continue;
      const answers = await Promise.all(
        Array.from({ length: 10 }, async () => (await fetch(`http://localhost:${line}/`)).text()),
      );
      return answers.filter(answer => answer === 'one').length;
    }
    throw new Error('The server did not start.');
  } finally {
    const ended = once(server, 'close');
    process.kill(-(server.pid as number));
    await ended;
  }
}

const anyspeed = (directory: string, ...args: string[]): string =>
  execFileSync(installed.path('node_modules/.bin/anyspeed'), args, { cwd: directory, encoding: 'utf8' });

describe.each(Object.entries(PROJECTS))('%s', (name, files) => {
  const program = name.replace(/\W+/g, '-');
  let directory: string;

  beforeAll(() => {
    directory = installed.write(program, files);
  });

  test('is shown what would change, and nothing is changed', () => {
    const output = anyspeed(directory, 'init');
    expect(output).toContain('anyspeed/babel');
    expect(output).toContain('Nothing was changed.');
    for (const [path, content] of Object.entries(files))
      expect(readFileSync(join(directory, path), 'utf8')).toBe(content);
    expect(existsSync(join(directory, 'babel.config.json'))).toBe(false);
  });

  test('is changed, built and started, and is protected then', async () => {
    const output = anyspeed(directory, 'init', '--yes');
    expect(output).toMatch(/conflict class, 1 locked/);
    const commands = [...output.matchAll(/^ {2}npm (run .*)$/gm)].map(([, command]) => command as string);
    const isBuiltByItself = 'babel.config.cjs' in files;
    const [build, start] = isBuiltByItself ? ['run build', 'run start'] : [commands.at(-2), commands.at(-1)];
    if (build) execFileSync('npm', ['--silent', ...build.split(' ')], { cwd: directory, stdio: 'pipe' });
    expect(await sales(directory, 'npm', ['--silent', ...(start as string).split(' ')])).toBe(3);
    const { dependencies } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    expect(dependencies).toHaveProperty('anyspeed');
  });

  test('is left alone the second time', () => {
    const before = readFileSync(join(directory, 'package.json'), 'utf8');
    const output = anyspeed(directory, 'init', '--yes');
    expect(output).toContain('The plugin is there already.');
    expect(readFileSync(join(directory, 'package.json'), 'utf8')).toBe(before);
  });
});

test('without it, the same server sells more than it has', async () => {
  const directory = installed.write(
    'unprotected',
    PROJECTS['ES modules in a directory, with a file beside them'] ?? {},
  );
  expect(await sales(directory, process.execPath, ['src/server.js'])).toBe(10);
});

test('tests and declarations are not built', () => {
  expect(existsSync(installed.path('TypeScript-built-by-tsc/lib/server.js'))).toBe(true);
  expect(existsSync(installed.path('TypeScript-built-by-tsc/lib/shop.test.js'))).toBe(false);
  expect(existsSync(installed.path('TypeScript-built-by-tsc/lib/node.d.js'))).toBe(false);
});
