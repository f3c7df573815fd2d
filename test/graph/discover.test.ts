import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { codesOf, graphOf, idsOf, importsOf, storeOf, writeProject } from './temporary-project.js';

const PACKAGE = { 'package.json': '{}' };

describe('what is found by default', () => {
  test('every kind of source, in the order of their ids', () => {
    const names = ['z.js', 'b.cjs', 'c.mjs', 'd.jsx', 'a.ts', 'e.cts', 'f.mts', 'g.tsx', 'B.js', 'sub/a.js'];
    const root = writeProject({ ...PACKAGE, ...Object.fromEntries(names.map(name => [name, ''])) });
    expect(idsOf(graphOf(root))).toEqual([...names].sort());
  });

  test('no packages, hidden directories, declarations, tests, tool configuration, minified files', () => {
    const root = writeProject({
      ...PACKAGE,
      'src/app.ts': '',
      'src/latest.ts': '',
      'src/app.test.ts': '',
      'src/app.spec.js': '',
      'src/__tests__/a.ts': '',
      'src/types.d.ts': '',
      'test/a.js': '',
      'tests/a.js': '',
      'node_modules/x/index.js': '',
      'packages/y/node_modules/z/index.js': '',
      '.cache/a.js': '',
      '.eslintrc.js': '',
      'jest.config.js': '',
      'public/vendor.min.js': '',
      'README.md': '',
    });
    expect(idsOf(graphOf(root))).toEqual(['src/app.ts', 'src/latest.ts']);
  });

  test('build output only beside a package.json, for elsewhere such names are as good as any', () => {
    const root = writeProject({
      ...PACKAGE,
      'dist/app.js': '',
      'build/app.js': '',
      'packages/a/package.json': '{}',
      'packages/a/out/index.js': '',
      'packages/a/index.js': '',
      'src/services/build/index.js': '',
      'lib/app.js': '',
    });
    expect(idsOf(graphOf(root))).toEqual([
      'lib/app.js',
      'packages/a/index.js',
      'src/services/build/index.js',
    ]);
  });
});

describe('include and exclude', () => {
  test('a directory, a glob and a file', () => {
    const root = writeProject({
      ...PACKAGE,
      'a/x.js': '',
      'b/x.js': '',
      'b/x.ts': '',
      'c/x.js': '',
      'c/y.js': '',
    });
    expect(idsOf(graphOf(root, { include: ['./a/', 'b/*.ts', 'c/y.js'] }))).toEqual([
      'a/x.js',
      'b/x.ts',
      'c/y.js',
    ]);
  });

  test('what include names itself is not left out by default', () => {
    const root = writeProject({
      ...PACKAGE,
      'dist/x.js': '',
      'test/x.js': '',
      'test/x.test.js': '',
      '.lab/x.js': '',
    });
    expect(idsOf(graphOf(root, { include: ['dist', 'test', '.lab/**'] }))).toEqual([
      '.lab/x.js',
      'dist/x.js',
      'test/x.js',
    ]);
    expect(idsOf(graphOf(root, { include: ['test/x.test.js'] }))).toEqual(['test/x.test.js']);
  });

  test('packages are never modules', () => {
    const root = writeProject({ ...PACKAGE, 'node_modules/x/index.js': '', 'a.js': '' });
    expect(idsOf(graphOf(root, { include: ['**/*', 'node_modules/x/**'] }))).toEqual(['a.js']);
  });

  test('exclude wins, also over imports', () => {
    const root = writeProject({
      ...PACKAGE,
      'a.js': 'import "./old/x.js"; import "./b.js"',
      'old/x.js': '',
      'b.js': '',
    });
    const graph = graphOf(root, { exclude: ['old', '**/b.js'] });
    expect(idsOf(graph)).toEqual(['a.js']);
    expect(importsOf(graph, 'a.js')).toEqual({
      './old/x.js': { kind: 'opaque', request: './old/x.js' },
      './b.js': { kind: 'opaque', request: './b.js' },
    });
    expect(graph.diagnostics).toEqual([]);
  });

  test('a pattern that matches nothing is told', () => {
    const root = writeProject({ ...PACKAGE, 'a.js': '' });
    const graph = graphOf(root, { include: ['a.js', 'missing.js', 'src/**'] });
    expect(graph.diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['include-matches-nothing', expect.stringContaining('"missing.js"')],
      ['include-matches-nothing', expect.stringContaining('"src/**"')],
    ]);
  });

  test('an empty project is told', () => {
    expect(codesOf(graphOf(writeProject(PACKAGE)))).toEqual(['no-modules']);
  });
});

describe('what is reached by imports', () => {
  test('a module runs in the server wherever it lies', () => {
    const root = writeProject({
      ...PACKAGE,
      'src/app.js': 'import "./test/routes.js"; import "../app.config.js"',
      'src/test/routes.js': 'import "./deep.js"',
      'src/test/deep.js': '',
      'src/test/unused.js': '',
      'app.config.js': '',
    });
    const expected = ['app.config.js', 'src/app.js', 'src/test/deep.js', 'src/test/routes.js'];
    expect(idsOf(graphOf(root, { include: ['src'] }))).toEqual(expected);
  });

  test('build output and files outside the root stay opaque', () => {
    const outside = writeProject({ 'x.js': '' });
    const code = `import './dist/x.js'; import '${outside}/x.js'`;
    const root = writeProject({ ...PACKAGE, 'a.js': code, 'dist/x.js': '' });
    const graph = graphOf(root);
    expect(idsOf(graph)).toEqual(['a.js']);
    expect(Object.values(importsOf(graph, 'a.js')).map(({ kind }) => kind)).toEqual(['opaque', 'opaque']);
  });
});

describe('odd file systems', () => {
  test('links neither loop nor duplicate modules', () => {
    const root = writeProject({
      ...PACKAGE,
      'src/a.js': 'export let n = 0',
      'src/b.js': 'import "../alias/a.js"',
    });
    symlinkSync(root, join(root, 'src/loop'));
    symlinkSync('self', join(root, 'self'));
    symlinkSync('src', join(root, 'alias'));
    symlinkSync('nowhere', join(root, 'dangling.js'));
    const graph = graphOf(root);
    expect(idsOf(graph)).toEqual(['src/a.js', 'src/b.js']);
    expect(importsOf(graph, 'src/b.js')).toEqual({ '../alias/a.js': { kind: 'module', id: 'src/a.js' } });
    expect(graph.diagnostics).toEqual([]);
  });

  test('links out of the root are told if sources may be behind them', () => {
    const outside = writeProject({ 'x.js': '', 'note.txt': '' });
    const root = writeProject({ ...PACKAGE, 'a.js': '' });
    symlinkSync(outside, join(root, 'shared'));
    symlinkSync(join(outside, 'x.js'), join(root, 'x.js'));
    symlinkSync(join(outside, 'note.txt'), join(root, 'note.txt'));
    symlinkSync(outside, join(root, 'node_modules'));
    const graph = graphOf(root);
    expect(idsOf(graph)).toEqual(['a.js']);
    expect(graph.diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['symlink-leaves-root', expect.stringContaining('"shared"')],
      ['symlink-leaves-root', expect.stringContaining('"x.js"')],
    ]);
  });

  test('a root that is reached through a link', () => {
    const real = writeProject({ ...PACKAGE, 'a.js': 'import "./b.js"', 'b.js': '' });
    const links = writeProject({});
    symlinkSync(real, join(links, 'app'));
    const graph = graphOf(join(links, 'app'));
    expect(graph.root).toBe(real);
    expect(importsOf(graph, 'a.js')).toEqual({ './b.js': { kind: 'module', id: 'b.js' } });
  });

  test('directories and files that may not be read are told', () => {
    const root = writeProject({ ...PACKAGE, 'a.js': 'import "./b.js"', 'b.js': '', 'secret/c.js': '' });
    chmodSync(root, 0o755);
    chmodSync(join(root, 'secret'), 0);
    chmodSync(join(root, 'b.js'), 0);
    const graph = withoutPrivileges(() => graphOf(root));
    chmodSync(join(root, 'secret'), 0o700);
    expect(idsOf(graph)).toEqual(['a.js']);
    expect(importsOf(graph, 'a.js')).toEqual({ './b.js': { kind: 'opaque', request: './b.js' } });
    expect(graph.diagnostics.map(({ code, message, severity }) => [code, severity, message])).toEqual([
      ['unreadable-directory', 'warning', 'The directory "secret" cannot be read: permission denied.'],
      ['unreadable-module', 'error', 'b.js cannot be read: permission denied.'],
    ]);
  });

  test('a directory named like a source file', () => {
    const root = writeProject({ ...PACKAGE, 'chart.js/index.js': '', 'a.js': 'import "./chart.js"' });
    const graph = graphOf(root);
    expect(idsOf(graph)).toEqual(['a.js', 'chart.js/index.js']);
    expect(importsOf(graph, 'a.js')).toEqual({ './chart.js': { kind: 'module', id: 'chart.js/index.js' } });
    mkdirSync(join(root, 'late.js'));
    expect(storeOf(root).refresh().diagnostics).toEqual([]);
  });
});

/** Runs as somebody to whom file permissions apply, since they do not to the superuser of containers. */
function withoutPrivileges<T>(run: () => T): T {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65534);
  try {
    return run();
  } finally {
    process.seteuid?.(0);
  }
}
