/** `anyspeed explain` as a process: what it takes for what, what it prints, and how it ends. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import { writeIn, writeProject } from '../graph/temporary-project.js';
import { builtCommand } from './built-command.js';
import type { Run, RunOptions } from './run-command.js';

const shop = fileURLToPath(new URL('../../fixtures/shop', import.meta.url));
const built = builtCommand();

jest.setTimeout(60_000);

const explain = (args: string[], options?: RunOptions): Promise<Run> =>
  built.run(['explain', ...args], options);

const PACKAGE = '{ "type": "module" }';
const CART = `const items = [];
export async function add(item) {
  const before = items.length;
  await null;
  items[before] = item;
}
export const list = () => [...items];
export const version = () => 1;
`;
const project = (): string =>
  writeProject({
    'package.json': PACKAGE,
    'src/cart.js': CART,
    'src/api.js': "import { list } from './cart.js';\n\nexport const titles = () => list().map(String);\n",
  });

describe('a handler', () => {
  test('by its id: whom it waits for, with both accesses', async () => {
    const { code, stdout, stderr } = await explain(['src/api.js#titles', project()]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('passes shared src/cart.js#items[]: it may have to wait for 1 handler\n');
    expect(stdout).toContain('It may have to wait for src/cart.js#add');
    expect(stdout).toContain(
      'The section of that one begins at src/cart.js:3:3, lets readers pass until src/cart.js:5:3 and ends with the handler.',
    );
    expect(stdout).toMatch(/src\/api\.js:3:29 +calls list +export const titles/);
    expect(stdout).toMatch(/src\/cart\.js:7:28 +reads src\/cart\.js#items\[\]/);
    expect(stdout).toMatch(/src\/cart\.js:5:3 +writes src\/cart\.js#items\[\]/);
    expect(stdout).toContain('> 5 |   items[before] = item;');
    expect(stdout).toContain('What would free it');
  });

  test('by a part of its id', async () => {
    expect((await explain(['titles', project()])).stdout).toMatch(/^src\/api\.js#titles /);
  });

  test('by a line of it', async () => {
    const { stdout } = await explain(['src/cart.js:4', '.'], { cwd: project() });
    expect(stdout).toMatch(/^src\/cart\.js#add /);
  });

  test('that waits for nobody', async () => {
    const { code, stdout } = await explain(['version', project()]);
    expect(code).toBe(0);
    expect(stdout).toContain('It waits for nobody, and nobody for it.');
  });

  test('and one other', async () => {
    const args = ['src/cart.js#add', project()];
    const { stdout } = await explain([...args, '--other', 'titles']);
    expect(stdout).toContain('It lets wait src/api.js#titles');
    expect(stdout).not.toContain('src/cart.js#list');
    const { stdout: two } = await explain(args);
    expect(two).toMatch(/and 1 other handler, which .* explain:\n +both ways +src\/cart\.js#add\n/);
    expect((await explain([...args, '--all'])).stdout).toContain('Two of its own tasks conflict:');
  });
});

test('of an entry of a container: its key, and who takes the whole', async () => {
  const root = writeProject({
    'package.json': PACKAGE,
    'paid.js': `const left = new Map();
export async function pay(user) {
  const before = left.get(user);
  await null;
  left.set(user, before - 1);
}
export async function take(user) {
  const before = left.get(user);
  await null;
  left.set(user, before - 1);
}
export const total = () => [...left.values()].length;
`,
  });
  const { stdout } = await explain(['paid.js#pay', root, '--all']);
  expect(stdout).toMatch(/holds exclusive paid\.js#left\[\]: .*\n {2}by the key user\n/);
  expect(stdout).toContain('  Two of its own tasks conflict if they have the same key:\n');
  expect(stdout).toContain('  That one takes the class by the key user.\n');
  expect(stdout).toContain(
    '  That one takes the class as a whole, because it accesses more than single keys (paid.js:12:32).\n',
  );
  expect(stdout).toContain('`paid.js#total` takes `paid.js#left[]` as a whole because of paid.js:12:32.');
  const { stdout: ofClass } = await explain(['paid.js#left[]', root, '--all']);
  expect(ofClass).toContain('  It takes the class by the key user.\n');
});

describe('a function that may run in another thread', () => {
  const root = (): string =>
    writeProject({
      'package.json': PACKAGE,
      'src/app.js': `import { createServer } from 'node:http';
import { createHash } from 'node:crypto';
import { mix } from './mix.js';

const ROUNDS = 1000;
let hits = 0;

export async function digest(data, options) {
  'use parallel';
  let sum = mix(data);
  for (let i = 0; i < ROUNDS; i++) sum = createHash('sha256').update(sum).digest();
  return sum;
}
async function heavy(xs) {
  let n = 0;
  for (const a of xs) for (const b of xs) n += a * b;
  return n;
}
createServer(async (request, response) => {
  hits++;
  const body = Buffer.alloc(100);
  await digest(body, { url: request.url });
  await digest('a', [tally('')]);
  response.end(String(await heavy(request.url)));
}).listen(0);
const tally = data => data.length + counted();
const counted = () => hits;
`,
      'src/mix.js': "export const mix = data => data + '!';\n",
    });

  test('with the directive: why it is proven, what a worker evaluates, and what crosses', async () => {
    const { code, stdout, stderr } = await explain(['digest', root()]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^src\/app\.js#digest {2}parallel async {2}src\/app\.js:8:8\n {2}Proven to do the same/,
    );
    expect(stdout).toContain(`A worker evaluates
  src/mix.js:1:14  mix     used by digest at src/app.js:10:13
  src/app.js:5:7   ROUNDS  used by digest at src/app.js:11:23
  src/app.js:8:8   digest  the function
  It loads node:crypto.
`);
    expect(stdout).toMatch(/Called at src\/app\.js:22:9: awaited, and a task of the pool/);
    expect(stdout).toMatch(
      /\n {2}body +moved, not copied: .*\n {2}\{ url: request\.url \} +copied: `Object`\n/,
    );
    expect(stdout).toMatch(/\n {2}'a' +copied: a text.*\n {2}\[tally\(''\)\] +copied: `Array`\n/);
    // It is an export, too.
    expect(stdout).toContain('src/app.js#digest  async export');
  });

  test('by a line of it', async () => {
    expect((await explain(['src/app.js:12', '.'], { cwd: root() })).stdout).toMatch(
      /^src\/app\.js#digest {2}parallel /,
    );
  });

  test('without the directive: that it could have it', async () => {
    const { code, stdout } = await explain(['heavy', root()]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^src\/app\.js#heavy {2}async {2}/);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'With the directive "use parallel" its calls may run there.',
    );
    expect(stdout).toMatch(/request\.url +copied: what comes from outside/);
  });

  test('that is not proven: what is in the way, and by which uses it comes there', async () => {
    const { code, stdout } = await explain(['src/app.js#tally', root()]);
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'could not have the directive "use parallel", as it is not proven',
    );
    expect(stdout).toContain('it reads `hits`');
    expect(stdout).toMatch(/It comes there by these uses:\n +src\/app\.js:26:37 +uses counted\n/);
    expect(stdout).toContain('> 27 | const counted = () => hits;');
  });

  test('with the directive and not proven: an error, and the same', async () => {
    const broken = writeProject({
      'package.json': PACKAGE,
      'app.js':
        "let n = 0;\nasync function work(x) {\n  'use parallel';\n  return x + n++;\n}\nexport const h = x => work(x);\n",
    });
    const { code, stdout } = await explain(['work', broken]);
    expect(code).toBe(1);
    expect(stdout).toContain('It is not proven to do the same in another thread:');
    expect(stdout).toContain('> 4 |   return x + n++;');
    expect(stdout).not.toContain('A worker evaluates');
  });
});

test('a class', async () => {
  const { code, stdout } = await explain(['src/cart.js#items[]', project()]);
  expect(code).toBe(0);
  expect(stdout).toContain('It is locked, since one handler has a section on it.');
  expect(stdout).toContain('src/cart.js#add  section');
  expect(stdout).toMatch(/gate +reads +src\/cart\.js#list/);
});

test.each([
  ['src/cart.js:7', '.'],
  ['cart.js:7:27', '../'],
  ['./src/cart.js:7', '.'],
])('a line with accesses, as %s in %s', async (place, dir) => {
  const directory = project();
  const cwd = dir === '.' ? directory : join(directory, 'src');
  const { code, stdout } = await explain([place, dir], { cwd });
  expect(code).toBe(0);
  expect(stdout).toContain('reads  src/cart.js#items[]  in the locked class src/cart.js#items[]');
  expect(stdout).toContain('2 handlers come there');
  expect(stdout).toMatch(/src\/api\.js:3:29 +calls list/);
});

test('of the size of the shop: every handler has an explanation', async () => {
  const { stdout: plan } = await built.run(['analyze', shop, '--exclude', 'variants', '--json']);
  const section = JSON.parse(plan).handlers.find((h: { protection: string }) => h.protection === 'section');
  const { code, stdout } = await explain([section.id, shop, '--exclude', 'variants', '--all']);
  expect(code).toBe(0);
  expect(stdout).toContain('> ');
});

describe('two plans', () => {
  const plan = async (directory: string): Promise<string> =>
    (await built.run(['analyze', directory, '--json'])).stdout;

  test('what changed between them', async () => {
    const directory = project();
    writeFileSync(join(directory, 'before.json'), await plan(directory));
    writeIn(
      directory,
      'src/cart.js',
      CART.replace(
        '() => [...items]',
        'async () => { const n = items.length; await null; return [n, ...items]; }',
      ),
    );
    writeFileSync(join(directory, 'after.json'), await plan(directory));
    const { code, stdout, stderr } = await explain(['--diff', 'before.json', 'after.json'], {
      cwd: directory,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      'src/cart.js#list  src/cart.js:7:21\n  It passed a gate; now it has a section that is the whole handler,',
    );
    const same = await explain(['--diff', 'after.json', 'after.json'], { cwd: directory });
    expect(same.stdout).toBe('Every handler is protected in the same way.\n');
  });

  test.each([
    [['--diff', 'package.json'], '--diff compares two files.'],
    [
      ['--diff', 'package.json', 'nothing.json'],
      'The plan "nothing.json" cannot be read: it does not exist.',
    ],
    [['--diff', 'package.json', 'package.json'], '"package.json" is no plan of version 1.'],
    [['--diff', 'src/cart.js', 'src/cart.js'], 'it is no JSON'],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await explain(args, { cwd: project() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('what it cannot explain', () => {
  test.each([
    ['nothing of that name', 'nobody', 'No handler, file or conflict class is called "nobody".'],
    ['several', 'src/cart.js#', 'may be several things:\n    src/cart.js#add\n'],
    ['no module', 'src/none.js:3', '"src/none.js" is no module of the program.'],
    ['a line where nothing is', 'src/api.js:2', 'no handler is there'],
  ])('%s', async (_, what, message) => {
    const { code, stdout, stderr } = await explain([what, project()]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('an empty project', async () => {
    const { code, stderr } = await explain(['f', writeProject({})]);
    expect(code).toBe(2);
    expect(stderr).toContain('prints all 0 handlers');
  });
});

test('a program with errors is explained as far as it was read', async () => {
  const directory = project();
  writeIn(directory, 'src/broken.js', 'export function (\n');
  const { code, stdout, stderr } = await explain(['titles', directory]);
  expect(code).toBe(1);
  expect(stderr).toContain('src/broken.js cannot be parsed');
  expect(stdout).toContain('It may have to wait for src/cart.js#add');
});
