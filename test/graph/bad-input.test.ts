import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { buildModuleGraph } from '../../src/graph/build.js';
import { normalizeOptions } from '../../src/options.js';
import { codesOf, graphOf, idsOf, importsOf, storeOf, writeProject } from './temporary-project.js';

test('a syntax error: told with its place and frame, and everything else goes on', () => {
  const root = writeProject({
    'package.json': '{}',
    'src/app.js': 'import "./broken.js"; import "./fine.js"',
    'src/broken.js': 'export function f() {\n  return 1 +;\n}\n',
    'src/fine.js': '',
  });
  const graph = graphOf(root);
  expect(idsOf(graph)).toEqual(['src/app.js', 'src/fine.js']);
  expect(importsOf(graph, 'src/app.js')).toEqual({
    './broken.js': { kind: 'opaque', request: './broken.js' },
    './fine.js': { kind: 'module', id: 'src/fine.js' },
  });
  expect(graph.diagnostics).toEqual([
    expect.objectContaining({
      code: 'unparsable-module',
      severity: 'error',
      module: 'src/broken.js',
      line: 2,
      column: 12,
      frame: expect.stringContaining('> 2 |   return 1 +;'),
    }),
  ]);
});

test('an unresolvable import: told where it stands, once', () => {
  const root = writeProject({
    'package.json': '{}',
    'a.js': 'import fs from "node:fs";\nimport { b } from "./gone.js";\nexport * from "./gone.js";',
  });
  const graph = graphOf(root);
  expect(graph.diagnostics).toEqual([
    expect.objectContaining({
      code: 'unresolved-import',
      severity: 'warning',
      message: '"./gone.js", imported by a.js, cannot be found.',
      module: 'a.js',
      line: 2,
      column: 18,
    }),
  ]);
});

test('circular imports: no matter', () => {
  const root = writeProject({
    'package.json': '{}',
    'a.js': 'import { b } from "./b.js"; export const a = () => b',
    'b.js': 'import { c } from "./c.js"; export const b = () => c',
    'c.js': 'import { a } from "./a.js"; export const c = () => a',
  });
  const graph = graphOf(root);
  expect(idsOf(graph)).toEqual(['a.js', 'b.js', 'c.js']);
  expect(graph.diagnostics).toEqual([]);
});

test('a generated file of 5 MB: told, opaque, and not slow', () => {
  const line = 'export const x0 = { deeply: { nested: [1, 2, 3, () => ({ a: 1 })] } };\n';
  let text = '';
  for (let index = 0; text.length < 5_000_000; index++) text += line.replace('x0', `x${index}`);
  const root = writeProject({
    'package.json': '{}',
    'app.js': 'import { x0 } from "./generated.js"',
    'generated.js': text,
  });
  const started = performance.now();
  const store = storeOf(root);
  const graph = store.graph();
  expect(performance.now() - started).toBeLessThan(1000);
  expect(importsOf(graph, 'app.js')).toEqual({
    './generated.js': { kind: 'opaque', request: './generated.js' },
  });
  expect(graph.diagnostics).toEqual([
    expect.objectContaining({
      code: 'oversized-module',
      severity: 'warning',
      message: 'generated.js is not analyzed: 5.0 MB of source is more than the limit of 1.0 MB.',
      module: 'generated.js',
    }),
  ]);
  // Also when the text comes from the build tool, again and again.
  store.update(join(root, 'generated.js'), text);
  expect(store.update(join(root, 'generated.js'), text)).toBe(false);
  expect(codesOf(store.graph())).toEqual(['oversized-module']);
});

test('a module that throws, exits or loops when evaluated: none of it runs', () => {
  const root = writeProject({
    'package.json': '{"type":"module"}',
    'throws.js': 'throw new Error("evaluated")',
    'exits.js': 'process.exit(3)',
    'loops.js': 'for (;;);',
    'babel.config.js': 'throw new Error("evaluated")',
  });
  const graph = graphOf(root);
  expect(idsOf(graph)).toEqual(['exits.js', 'loops.js', 'throws.js']);
  expect(graph.diagnostics).toEqual([]);
});

test('an empty file, a binary one, one that is not UTF-8, deep nesting', () => {
  const root = writeProject({
    'package.json': '{}',
    'empty.js': '',
    'deep.js': `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  });
  // What cameras call .ts is a video.
  writeFileSync(join(root, 'video.ts'), Buffer.from([0x47, 0x40, 0x00, 0x10, 0x00, 0xff, 0xfe]));
  writeFileSync(join(root, 'latin1.js'), Buffer.from('const name = "caf\xe9";', 'latin1'));
  const graph = graphOf(root);
  expect(idsOf(graph)).toEqual(['empty.js', 'latin1.js']);
  expect(graph.diagnostics.map(({ code, module }) => [code, module])).toEqual([
    ['unparsable-module', 'deep.js'],
    ['unparsable-module', 'video.ts'],
  ]);
});

test('a broken package.json: told first of all, and told once', () => {
  const root = writeProject({
    'package.json': '{ "type": "module"',
    'a.js': 'import "./b.js"',
    'b.js': 'f()',
  });
  const graph = graphOf(root);
  expect(graph.modules.get('b.js')?.format).toBe('commonjs');
  expect(codesOf(graph)).toEqual(['unusable-package-json', 'unresolved-import']);
  expect(graph.diagnostics[0]?.message).toMatch(/^package.json cannot be used: .*JSON/);
});

test('a root that vanishes after the options were checked', () => {
  const root = writeProject({ 'package.json': '{}' });
  const options = { ...normalizeOptions({ root }, root), root: join(root, 'gone') };
  expect(buildModuleGraph(options)).toMatchObject({ diagnostics: [{ code: 'no-modules' }] });
});
