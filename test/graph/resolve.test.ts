import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Resolution } from '../../src/graph/module-graph.js';
import { graphOf, importsOf, writeProject } from './temporary-project.js';

const module = (id: string): Resolution => ({ kind: 'module', id });
const external = (name: string, subpath?: string): Resolution =>
  subpath === undefined ? { kind: 'external', name } : { kind: 'external', name, subpath };
const opaque = (request: string): Resolution => ({ kind: 'opaque', request });
const unresolved = (request: string): Resolution => ({ kind: 'unresolved', request });

/** Where requests lead that a file makes, by `import` unless it is a `.cjs` file. */
function resolveIn(files: Record<string, string>, from: string, requests: string[], options: object = {}) {
  const code = requests.map(request =>
    from.endsWith('.cjs') ? `require(${JSON.stringify(request)});` : `import ${JSON.stringify(request)};`,
  );
  const root = writeProject({ 'package.json': '{}', ...files, [from]: code.join('\n') });
  return importsOf(graphOf(root, options), from);
}

describe('files', () => {
  test('extensions and directories', () => {
    const files = { 'src/b.ts': '', 'src/c.tsx': '', 'src/d/index.ts': '', 'src/e.mjs': '', 'f.js': '' };
    expect(resolveIn(files, 'src/a.ts', ['./b', './c', './d', './e', '../f', './b.ts'])).toEqual({
      './b': module('src/b.ts'),
      './c': module('src/c.tsx'),
      './d': module('src/d/index.ts'),
      './e': module('src/e.mjs'),
      '../f': module('f.js'),
      './b.ts': module('src/b.ts'),
    });
  });

  test('.js that means .ts, and the like', () => {
    const files = { 'b.ts': '', 'c.tsx': '', 'd.mts': '', 'e.cts': '', 'f.tsx': '' };
    const expected = {
      './b.js': module('b.ts'),
      './c.js': module('c.tsx'),
      './d.mjs': module('d.mts'),
      './e.cjs': module('e.cts'),
      './f.jsx': module('f.tsx'),
    };
    expect(resolveIn(files, 'a.ts', Object.keys(expected))).toEqual(expected);
    expect(resolveIn(files, 'a.js', Object.keys(expected))).toEqual(expected);
  });

  test('of both, TypeScript means the source and JavaScript the file itself', () => {
    const files = { 'b.ts': '', 'b.js': '' };
    expect(resolveIn(files, 'a.ts', ['./b', './b.js'])).toEqual({
      './b': module('b.ts'),
      './b.js': module('b.ts'),
    });
    expect(resolveIn(files, 'a.js', ['./b', './b.js'])).toEqual({
      './b': module('b.js'),
      './b.js': module('b.js'),
    });
  });

  test('what is no code of the program is opaque, without complaint', () => {
    const files = { 'data.json': '{}', 'addon.node': '', 'types.d.ts': '', 'b.ts': '' };
    const requests = [
      './data.json',
      './data',
      './addon.node',
      './types',
      './types.js',
      './b.js?fresh',
      'data:text/javascript,1',
    ];
    expect(resolveIn(files, 'a.ts', requests)).toEqual(
      Object.fromEntries(requests.map(request => [request, opaque(request)])),
    );
  });

  test('a module that imports itself, and a circle', () => {
    const root = writeProject({
      'package.json': '{}',
      'a.js': 'import "./a.js"; import "./b.js"',
      'b.js': 'import "./a.js"',
    });
    const graph = graphOf(root);
    expect(importsOf(graph, 'a.js')).toEqual({ './a.js': module('a.js'), './b.js': module('b.js') });
    expect(importsOf(graph, 'b.js')).toEqual({ './a.js': module('a.js') });
  });
});

describe('packages', () => {
  const installed = {
    'node_modules/lodash/package.json': '{"name":"lodash","main":"lodash.js"}',
    'node_modules/lodash/lodash.js': '',
    'node_modules/lodash/fp.js': '',
    'node_modules/@s/p/package.json': '{"name":"@s/p","exports":{".":"./x.js","./sub/*":"./x.js"}}',
    'node_modules/@s/p/x.js': '',
  };

  test('are named, with what of them is meant', () => {
    const requests = [
      'lodash',
      'lodash/fp',
      '@s/p',
      '@s/p/sub/a',
      '@s/p/hidden',
      './node_modules/lodash/fp.js',
    ];
    expect(resolveIn(installed, 'a.js', requests)).toEqual({
      lodash: external('lodash'),
      'lodash/fp': external('lodash', 'fp'),
      '@s/p': external('@s/p'),
      '@s/p/sub/a': external('@s/p', 'sub/a'),
      '@s/p/hidden': external('@s/p', 'hidden'),
      './node_modules/lodash/fp.js': external('lodash', 'fp.js'),
    });
  });

  test('contain the root itself, if that is an installed server', () => {
    const root = writeProject({
      'node_modules/server/package.json': '{ "name": "server" }',
      'node_modules/server/index.js': 'require("./lib/a"); require("dep"); require("dep/b");',
      'node_modules/server/lib/a.js': '',
      'node_modules/server/node_modules/dep/index.js': '',
      'node_modules/server/node_modules/dep/b.js': '',
    });
    expect(importsOf(graphOf(join(root, 'node_modules/server')), 'index.js')).toEqual({
      './lib/a': module('lib/a.js'),
      dep: external('dep'),
      'dep/b': external('dep', 'b'),
    });
  });

  test('built-ins always have their prefix', () => {
    const requests = ['fs', 'node:fs', 'fs/promises', 'node:test', 'process'];
    expect(Object.values(resolveIn({}, 'a.js', requests))).toEqual([
      external('node:fs'),
      external('node:fs'),
      external('node:fs/promises'),
      external('node:test'),
      external('node:process'),
    ]);
  });

  test('exports by the conditions of import and require', () => {
    const files = {
      'package.json': '{"name":"app","exports":{"./x":{"import":"./esm.js","require":"./cjs.js"}}}',
      'esm.js': '',
      'cjs.js': '',
    };
    expect(resolveIn(files, 'a.js', ['app/x'])).toEqual({ 'app/x': module('esm.js') });
    expect(resolveIn(files, 'a.cjs', ['app/x'])).toEqual({ 'app/x': module('cjs.js') });
    const both = writeProject({ ...files, 'both.js': 'import "app/x"; require("app/x")' });
    expect(importsOf(graphOf(both), 'both.js')).toEqual({ 'app/x': opaque('app/x') });
  });

  test('the package itself and its #imports, in their sources', () => {
    const files = {
      'package.json':
        '{"name":"app","exports":{"./*":"./src/*.js"},"imports":{"#db":"./src/db.js","#l":"lodash"}}',
      ...installed,
      'src/db.ts': '',
    };
    expect(resolveIn(files, 'a.ts', ['app/db', '#db', '#l', 'app/nope', '#nope'])).toEqual({
      'app/db': module('src/db.ts'),
      '#db': module('src/db.ts'),
      '#l': external('lodash', 'lodash.js'),
      'app/nope': unresolved('app/nope'),
      '#nope': unresolved('#nope'),
    });
  });

  test('only declared or only installed as types, they are packages all the same', () => {
    const files = {
      'package.json': '{"dependencies":{"express":"5"},"optionalDependencies":{"@o/p":"1"}}',
      'node_modules/@types/only-types/index.d.ts': '',
      'node_modules/@types/scope__types/index.d.ts': '',
      'sub/package.json': '{}',
    };
    const requests = [
      'express',
      '@o/p/x',
      'only-types',
      '@scope/types',
      'nope',
      '@/alias',
      '~/alias',
      'src/alias',
    ];
    expect(resolveIn(files, 'sub/a.js', requests)).toEqual({
      express: external('express'),
      '@o/p/x': external('@o/p', 'x'),
      'only-types': external('only-types'),
      '@scope/types': external('@scope/types'),
      nope: unresolved('nope'),
      '@/alias': unresolved('@/alias'),
      '~/alias': unresolved('~/alias'),
      'src/alias': unresolved('src/alias'),
    });
  });

  test('of the same workspace are modules; unbuilt ones are unresolved, not external', () => {
    const root = writeProject({
      'package.json': '{"workspaces":["packages/*"]}',
      'apps/web/package.json': '{"dependencies":{"@w/lib":"*","@w/unbuilt":"*","@w/unlinked":"workspace:*"}}',
      'apps/web/a.ts': 'import "@w/lib"; import "@w/unbuilt"; import "@w/unlinked"; import "@w/built"',
      'packages/lib/package.json': '{"name":"@w/lib","exports":"./src/index.ts"}',
      'packages/lib/src/index.ts': '',
      'packages/unbuilt/package.json': '{"name":"@w/unbuilt","main":"./dist/index.js"}',
      'packages/built/package.json': '{"name":"@w/built","main":"./dist/index.js"}',
      'packages/built/dist/index.js': '',
      'node_modules/@w/.keep': '',
    });
    for (const name of ['lib', 'unbuilt', 'built']) {
      symlinkSync(`../../packages/${name}`, join(root, 'node_modules/@w', name));
    }
    expect(importsOf(graphOf(root), 'apps/web/a.ts')).toEqual({
      '@w/lib': module('packages/lib/src/index.ts'),
      '@w/unbuilt': unresolved('@w/unbuilt'),
      '@w/unlinked': unresolved('@w/unlinked'),
      '@w/built': opaque('@w/built'),
    });
    // Seen from the application alone, the others are packages like any.
    symlinkSync('../../node_modules', join(root, 'apps/web/node_modules'));
    expect(importsOf(graphOf(join(root, 'apps/web')), 'a.ts')).toMatchObject({
      '@w/lib': external('@w/lib'),
    });
  });
});

describe('tsconfig paths', () => {
  const tsconfig = (target: string) =>
    `{ // a comment\n "compilerOptions": { "paths": { "@/*": ["${target}/*"], "config": ["${target}/config.ts"] }, } }`;
  const files = { 'src/db.ts': '', 'src/config.ts': '', 'other/db.ts': '', 'other/config.ts': '' };
  const requests = ['@/db', '@/db.js', 'config'];
  const leadTo = (directory: string) => ({
    '@/db': module(`${directory}/db.ts`),
    '@/db.js': module(`${directory}/db.ts`),
    config: module(`${directory}/config.ts`),
  });

  test('of the nearest configuration', () => {
    const both = { ...files, 'tsconfig.json': tsconfig('./src') };
    expect(resolveIn(both, 'src/a.ts', requests)).toEqual(leadTo('src'));
    const nearer = { ...both, 'sub/tsconfig.json': tsconfig('../other') };
    expect(resolveIn(nearer, 'sub/a.ts', requests)).toEqual(leadTo('other'));
  });

  test('of one that another extends', () => {
    const extended = {
      ...files,
      'base.json': tsconfig('./src'),
      'tsconfig.json': '{"extends":"./base.json"}',
    };
    expect(resolveIn(extended, 'src/a.ts', requests)).toEqual(leadTo('src'));
  });

  test('also for JavaScript, which it does not include', () => {
    expect(resolveIn({ ...files, 'tsconfig.json': tsconfig('./src') }, 'src/a.js', requests)).toEqual(
      leadTo('src'),
    );
    expect(resolveIn({ ...files, 'jsconfig.json': tsconfig('./src') }, 'src/a.js', requests)).toEqual(
      leadTo('src'),
    );
  });

  test('of the one that the option names, or of none', () => {
    const both = { ...files, 'tsconfig.json': tsconfig('./src'), 'tsconfig.build.json': tsconfig('./other') };
    expect(resolveIn(both, 'a.ts', requests, { tsconfig: 'tsconfig.build.json' })).toEqual(leadTo('other'));
    expect(resolveIn(both, 'a.ts', requests, { tsconfig: false })).toEqual({
      '@/db': unresolved('@/db'),
      '@/db.js': unresolved('@/db.js'),
      config: unresolved('config'),
    });
  });

  test.each([
    ['broken', '{ "compilerOptions": {'],
    ['extending nothing', '{ "extends": "./missing.json" }'],
  ])('a %s configuration is told once and costs only its paths', (_, text) => {
    const root = writeProject({
      'package.json': '{}',
      'tsconfig.json': text,
      'a.ts': 'import "./b.js"; import "./c.js"; import "@/b"',
      'b.ts': '',
      'c.js': 'require("./b")',
    });
    const graph = graphOf(root);
    expect(importsOf(graph, 'a.ts')).toEqual({
      './b.js': module('b.ts'),
      './c.js': module('c.js'),
      '@/b': unresolved('@/b'),
    });
    expect(importsOf(graph, 'c.js')).toEqual({ './b': module('b.ts') });
    expect(graph.diagnostics.map(({ code }) => code)).toEqual(['unusable-tsconfig', 'unresolved-import']);
    expect(graph.diagnostics[0]?.message).not.toContain(root);
  });
});
