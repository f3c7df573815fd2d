/** What `anyspeed init` changes in files, and what it leaves to people. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { withPlugin } from '../../src/init/babel-edit.js';
import { buildStepOf } from '../../src/init/build-step.js';
import { diffLines } from '../../src/init/line-diff.js';
import { lookAt } from '../../src/init/project-facts.js';
import { type Proposal, propose } from '../../src/init/proposal.js';
import { writeProject } from '../graph/temporary-project.js';

describe('a Babel configuration', () => {
  test.each([
    ['babel.config.json', '{}', '{"plugins": ["anyspeed/babel"]}'],
    ['.babelrc', '{ "presets": ["x"] }', '{ "plugins": ["anyspeed/babel"], "presets": ["x"] }'],
    ['.babelrc', '{\n  // one\n  "plugins": [],\n}\n', '{\n  // one\n  "plugins": ["anyspeed/babel"],\n}\n'],
    [
      'babel.config.json',
      '{\n  "plugins": [\n    "a"\n  ]\n}\n',
      '{\n  "plugins": [\n    "anyspeed/babel",\n    "a"\n  ]\n}\n',
    ],
    [
      'package.json',
      '{ "babel": { "plugins": ["a"] } }',
      '{ "babel": { "plugins": ["anyspeed/babel", "a"] } }',
    ],
    [
      'babel.config.js',
      'export default { plugins: [a] };',
      "export default { plugins: ['anyspeed/babel', a] };",
    ],
    ['babel.config.js', 'module.exports = {};', "module.exports = {plugins: ['anyspeed/babel']};"],
    [
      'babel.config.cjs',
      'module.exports = function (api) {\n  return {\n    presets: [],\n  };\n};',
      "module.exports = function (api) {\n  return {\n    plugins: ['anyspeed/babel'],\n    presets: [],\n  };\n};",
    ],
    [
      'babel.config.mjs',
      'export default () => ({ a });',
      "export default () => ({ plugins: ['anyspeed/babel'], a });",
    ],
    [
      'babel.config.ts',
      'export default { a } satisfies T;',
      "export default { plugins: ['anyspeed/babel'], a } satisfies T;",
    ],
  ])('%s: %j', (path, text, expected) => {
    expect(withPlugin({ path, text })).toBe(expected);
  });

  test.each([
    ['babel.config.js', 'export default { plugins };'],
    ['babel.config.js', 'export default config;'],
    ['babel.config.js', 'module.exports = api => { if (api.env()) return {}; return { a }; };'],
    ['babel.config.js', 'module.exports = api => { const x = {}; return x; };'],
    ['babel.config.json', '{ "plugins": '],
    ['package.json', '{ "babel": "./babel.js" }'],
  ])('is left to people if it is not clear where the plugins are: %s: %s', (path, text) => {
    expect(withPlugin({ path, text })).toBeNull();
  });
});

describe('a difference', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });
  const text = (all: string[]): string => all.map(line => `${line}\n`).join('');

  test('has all that is in one text and not in the other, in order', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const diff = diffLines(text(before), text(after));
        const removed = diff.filter(({ sign }) => sign === '-').length;
        const added = diff.filter(({ sign }) => sign === '+').length;
        expect(before.length - removed).toBe(after.length - added);
        if (text(before) === text(after)) expect(diff).toEqual([]);
        if (!diff.some(line => line.text === '…')) {
          const side = (sign: string): string[] => diff.filter(l => l.sign !== sign).map(l => l.text);
          if (diff.length > 0 && side('+').length === before.length) {
            expect(side('+')).toEqual(before);
            expect(side('-')).toEqual(after);
          }
        }
      }),
    );
  });

  test('leaves out what is far away', () => {
    const before = Array.from({ length: 20 }, (_, i) => `${i}`);
    const after = [...before.slice(0, 10), 'new', ...before.slice(10)];
    expect(diffLines(text(before), text(after)).map(({ sign, text: t }) => sign + t)).toEqual([
      ' …',
      ' 8',
      ' 9',
      '+new',
      ' 10',
      ' 11',
    ]);
  });
});

const SERVER = "import './b.js';\n";

const proposed = (files: Record<string, string>): Proposal => propose(lookAt(writeProject(files)), '0.1.0');

/** A file as it would be. */
function changed(proposal: Proposal, path: string): string | undefined {
  return proposal.kind === 'changes'
    ? proposal.changes.find(change => change.path === path)?.after
    : undefined;
}

describe('the proposal', () => {
  test('moves the package to where the compiled program finds it', () => {
    const text = changed(
      proposed({
        'package.json':
          '{ "devDependencies": { "anyspeed": "file:x.tgz", "b": "1" }, "dependencies": { "z": "1" } }',
        'server.js': '',
      }),
      'package.json',
    );
    expect(JSON.parse(text ?? '')).toMatchObject({
      dependencies: { anyspeed: 'file:x.tgz', z: '1' },
      devDependencies: { b: '1' },
    });
  });

  test('keeps the indentation of package.json and the build of a client', () => {
    const files = {
      'package.json':
        '{\n\t"type": "module",\n\t"scripts": { "build": "vite build", "start": "node server/a.js" }\n}\n',
      'server/a.js': SERVER,
      'server/b.js': '',
      'client/c.js': '',
      'dist/index.html': '',
    };
    const text = changed(proposed(files), 'package.json') ?? '';
    expect(text).toContain('\n\t"scripts"');
    expect(JSON.parse(text).scripts).toEqual({
      build: 'vite build',
      'build:server': 'babel server --out-dir out',
      start: 'node out/a.js',
    });
  });

  test.each([
    ['pnpm-lock.yaml', 'pnpm install'],
    ['yarn.lock', 'yarn install'],
    ['package-lock.json', 'npm install'],
  ])('uses the package manager of %s', (file, command) => {
    expect(proposed({ 'package.json': '{}', 'server.js': '', [file]: '' })).toMatchObject({
      commands: [command, expect.any(String)],
    });
  });

  test.each([
    ['no start', { 'package.json': '{}', 'a.js': '' }, 'which module is started'],
    [
      'Next.js',
      { 'package.json': '{ "dependencies": { "next": "1" } }', 'server.js': '' },
      'Next.js compiles',
    ],
    [
      'imports without extension in ES modules',
      { 'package.json': '{ "type": "module" }', 'server.js': "import './b';", 'b.js': '' },
      'imports "./b"',
    ],
    [
      'aliases',
      {
        'package.json': '{}',
        'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
        'src/index.ts': "import '@/b';",
        'src/b.ts': '',
      },
      'imports "@/b"',
    ],
    [
      'JSX',
      { 'package.json': '{}', 'server.js': "require('./page.jsx');", 'page.jsx': '' },
      'page.jsx has JSX',
    ],
    [
      'decorators',
      {
        'package.json': '{}',
        'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
        'src/index.ts': '',
      },
      'decorators',
    ],
    [
      '.cts beside .ts',
      { 'package.json': '{}', 'src/index.ts': "import './b.cjs';", 'src/b.cts': '' },
      'src/b.cts',
    ],
    [
      'a Babel configuration that cannot be changed',
      {
        'package.json': '{ "scripts": { "build": "babel ." } }',
        'babel.config.cjs': 'module.exports = f();',
        'server.js': '',
      },
      'babel.config.cjs',
    ],
  ])('is left to people: %s', (_, files, why) => {
    expect(proposed(files as unknown as Record<string, string>)).toMatchObject({
      kind: 'manual',
      why: expect.stringContaining(why),
    });
  });

  test('sees that a configuration is only for tests, and adds a build step', () => {
    const proposal = proposed({
      'package.json': '{ "type": "module", "scripts": { "test": "jest", "start": "node src/server.js" } }',
      'babel.config.json': '{ "presets": ["x"] }',
      'src/server.js': '',
    });
    expect(changed(proposal, 'babel.config.json')).toContain('anyspeed/babel');
    expect(JSON.parse(changed(proposal, 'package.json') ?? '').scripts.build).toBe(
      'babel src --out-dir dist',
    );
  });
});

test.each([
  ['tsx watch src/index.ts', 'node dist/index.js'],
  ['ts-node ./src/index.ts --port 3', 'node dist/index.js --port 3'],
  ['node --env-file=.env --import tsx src/index.ts', 'node --env-file=.env dist/index.js'],
  ['node -r ts-node/register src/index.ts', 'node dist/index.js'],
  ['node --experimental-strip-types ./src/index.ts', 'node dist/index.js'],
])('a start by `%s` becomes `%s`', (start, expected) => {
  const files = { 'package.json': JSON.stringify({ scripts: { start } }), 'src/index.ts': '' };
  expect(buildStepOf(lookAt(writeProject(files))).scripts.start).toBe(expected);
});
