import { cpSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import {
  codesOf,
  graphOf,
  idsOf,
  importsOf,
  settledGraph,
  storeOf,
  writeIn,
  writeProject,
} from './temporary-project.js';

const FILES = {
  'package.json': '{"name":"app"}',
  'src/a.js': 'import { b } from "./b.js"; export const a = b;',
  'src/b.js': 'import "./c.js"; export const b = 1;',
  'src/c.js': 'import "./a.js"; import "express";',
};

describe('when files change', () => {
  test('nothing changed: the same graph', async () => {
    const store = storeOf(writeProject(FILES));
    const graph = await settledGraph(store);
    expect(store.graph()).toBe(graph);
    expect(store.refresh()).toBe(graph);
    expect(store.refresh()).toBe(graph);
  });

  test('one module changed: only that one is new', async () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    const before = await settledGraph(store);
    const fingerprint = store.fingerprint();
    writeIn(root, 'src/b.js', 'export const b = 2;');
    const after = store.refresh();
    expect(after).not.toBe(before);
    expect(after.modules.get('src/a.js')).toBe(before.modules.get('src/a.js'));
    expect(after.modules.get('src/c.js')).toBe(before.modules.get('src/c.js'));
    expect(after.modules.get('src/b.js')).toMatchObject({ code: 'export const b = 2;' });
    expect(importsOf(before, 'src/b.js')).toHaveProperty(['./c.js']);
    expect(importsOf(after, 'src/b.js')).toEqual({});
    expect(store.fingerprint()).not.toBe(fingerprint);
  });

  test('a text of the same length, written in the same tick, is seen', () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    for (let value = 1; value < 10; value++) {
      writeIn(root, 'src/b.js', `export const b = ${value};`);
      expect(store.refresh().modules.get('src/b.js')?.code).toBe(`export const b = ${value};`);
    }
  });

  test('touched, or written anew with the same text: the same graph', async () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    const graph = await settledGraph(store);
    utimesSync(join(root, 'src/a.js'), 1, 1);
    writeIn(root, 'src/b.js', FILES['src/b.js']);
    expect(store.refresh()).toBe(graph);
  });

  test('a module appears where it was missed, disappears, and moves', async () => {
    const root = writeProject({ ...FILES, 'src/a.js': 'import "./late.js"' });
    const store = storeOf(root);
    const first = await settledGraph(store);
    expect(codesOf(first)).toEqual(['unresolved-import', 'unresolved-import']);

    writeIn(root, 'src/late.js', '');
    const second = store.refresh();
    expect(importsOf(second, 'src/a.js')).toEqual({ './late.js': { kind: 'module', id: 'src/late.js' } });
    expect(second.modules.get('src/b.js')).toBe(first.modules.get('src/b.js'));

    rmSync(join(root, 'src/late.js'));
    const third = store.refresh();
    expect(idsOf(third)).toEqual(['src/a.js', 'src/b.js', 'src/c.js']);
    expect(importsOf(third, 'src/a.js')).toEqual({
      './late.js': { kind: 'unresolved', request: './late.js' },
    });

    renameSync(join(root, 'src'), join(root, 'source'));
    expect(idsOf(store.refresh())).toEqual(['source/a.js', 'source/b.js', 'source/c.js']);
  });

  test('a module that is no longer imported goes if nothing else finds it', async () => {
    const root = writeProject({ ...FILES, 'src/a.js': 'import "../test/x.js"', 'test/x.js': '' });
    const store = storeOf(root);
    expect(idsOf(await settledGraph(store))).toContain('test/x.js');
    writeIn(root, 'src/a.js', '');
    expect(idsOf(store.refresh())).not.toContain('test/x.js');
  });

  test('files that are reached but not searched, or named one by one', async () => {
    const root = writeProject({ ...FILES, 'src/a.js': 'import "../config.js"', 'config.js': '' });
    const store = storeOf(root, { include: ['src', 'late.js'] });
    expect(idsOf(await settledGraph(store))).toEqual(['config.js', 'src/a.js', 'src/b.js', 'src/c.js']);
    rmSync(join(root, 'config.js'));
    expect(importsOf(store.refresh(), 'src/a.js')).toEqual({
      '../config.js': { kind: 'unresolved', request: '../config.js' },
    });
    writeIn(root, 'late.js', '');
    const graph = store.refresh();
    expect(idsOf(graph)).toEqual(['late.js', 'src/a.js', 'src/b.js', 'src/c.js']);
    expect(codesOf(graph)).toEqual(['unresolved-import', 'unresolved-import']);
  });

  test('a source that takes the place of another', async () => {
    const root = writeProject({ ...FILES, 'src/a.ts': 'import "./x.js"', 'src/x.js': '' });
    const store = storeOf(root);
    expect(importsOf(await settledGraph(store), 'src/a.ts')).toEqual({
      './x.js': { kind: 'module', id: 'src/x.js' },
    });
    writeIn(root, 'src/x.ts', '');
    expect(importsOf(store.refresh(), 'src/a.ts')).toEqual({ './x.js': { kind: 'module', id: 'src/x.ts' } });
  });

  test('package.json and tsconfig.json', async () => {
    const root = writeProject({
      ...FILES,
      'src/d.js': 'f()',
      'src/e.ts': 'import "@/a.js"; import "left-pad"',
    });
    const store = storeOf(root);
    expect((await settledGraph(store)).modules.get('src/d.js')?.format).toBe('commonjs');
    writeIn(root, 'package.json', '{"name":"app","type":"module","dependencies":{"left-pad":"1"}}');
    writeIn(root, 'tsconfig.json', '{"compilerOptions":{"paths":{"@/*":["./src/*"]}}}');
    const graph = store.refresh();
    expect(graph.modules.get('src/d.js')?.format).toBe('esm');
    expect(importsOf(graph, 'src/e.ts')).toEqual({
      '@/a.js': { kind: 'module', id: 'src/a.js' },
      'left-pad': { kind: 'external', name: 'left-pad' },
    });
    writeIn(root, 'tsconfig.json', '{"compilerOptions":{"paths":{"@/*":["./nowhere/*"]}}}');
    expect(importsOf(store.refresh(), 'src/e.ts')).toMatchObject({ '@/a.js': { kind: 'unresolved' } });
  });

  test('a syntax error comes and goes', async () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    const before = await settledGraph(store);
    writeIn(root, 'src/b.js', 'export const b = ;');
    const broken = store.refresh();
    expect(idsOf(broken)).toEqual(['src/a.js', 'src/c.js']);
    expect(importsOf(broken, 'src/a.js')).toEqual({ './b.js': { kind: 'opaque', request: './b.js' } });
    writeIn(root, 'src/b.js', FILES['src/b.js']);
    const repaired = store.refresh();
    expect(importsOf(repaired, 'src/a.js')).toEqual(importsOf(before, 'src/a.js'));
    expect(codesOf(repaired)).toEqual(codesOf(before));
  });

  test('between two looks at the files, the graph is handed out without one', () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    store.graph();
    const started = performance.now();
    for (let count = 0; count < 10_000; count++) store.graph();
    // Ten thousand looks would take longer than this by a factor of some hundreds.
    expect(performance.now() - started).toBeLessThan(200);
  });

  test('a file that comes again is of another build, for which all files are looked at', async () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    await settledGraph(store);
    const compile = (id: 'src/a.js' | 'src/c.js') => {
      store.update(join(root, id), FILES[id]);
      return store.graph().modules.get('src/b.js')?.code;
    };
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    store.refresh();
    compile('src/a.js');
    writeIn(root, 'src/b.js', 'export const b = 2;');
    expect(compile('src/c.js')).toBe(FILES['src/b.js']);
    expect(compile('src/a.js')).toBe('export const b = 2;');
    clock.mockRestore();
  });

  test('a change is seen by itself after a while', async () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    const before = store.graph();
    writeIn(root, 'src/b.js', 'export const b = 2;');
    const deadline = performance.now() + 5000;
    while (store.graph() === before && performance.now() < deadline)
      await new Promise(resume => setTimeout(resume, 5));
    expect(store.graph().modules.get('src/b.js')?.code).toBe('export const b = 2;');
  });
});

describe('the text that a build tool has', () => {
  test('counts instead of that on disk, until the disk changes', async () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    const before = await settledGraph(store);
    expect(store.update(join(root, 'src/b.js'), FILES['src/b.js'])).toBe(false);
    expect(store.graph()).toBe(before);

    expect(store.update(join(root, 'src/b.js'), 'import "./a.js"')).toBe(true);
    const overlaid = store.graph();
    expect(importsOf(overlaid, 'src/b.js')).toEqual({ './a.js': { kind: 'module', id: 'src/a.js' } });
    expect(overlaid.modules.get('src/a.js')).toBe(before.modules.get('src/a.js'));
    expect(store.refresh()).toBe(overlaid);
    expect(store.update(join(root, 'src/b.js'), 'import "./a.js"')).toBe(false);

    writeIn(root, 'src/b.js', 'export const b = "disk";');
    expect(store.refresh().modules.get('src/b.js')?.code).toBe('export const b = "disk";');
  });

  test('of a changed file makes the store look at all others', async () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    await settledGraph(store);
    writeIn(root, 'src/a.js', '"changed too"');
    store.update(join(root, 'src/b.js'), '"changed"');
    expect(store.graph().modules.get('src/a.js')?.code).toBe('"changed too"');
  });

  test('may be of a file that is new', async () => {
    const root = writeProject({ ...FILES, 'src/a.js': 'import "./new.js"' });
    const store = storeOf(root);
    await settledGraph(store);
    writeIn(root, 'src/new.js', 'export {}');
    expect(store.update(join(root, 'src/new.js'), 'export {}')).toBe(true);
    const graph = store.graph();
    expect(importsOf(graph, 'src/a.js')).toEqual({ './new.js': { kind: 'module', id: 'src/new.js' } });
    expect(store.refresh()).toBe(graph);
  });

  test('may be of a file on no disk', async () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    await settledGraph(store);
    expect(store.update(join(root, 'src/virtual.js'), 'import "./a.js"')).toBe(true);
    const graph = store.graph();
    expect(importsOf(graph, 'src/virtual.js')).toEqual({ './a.js': { kind: 'module', id: 'src/a.js' } });
    expect(store.refresh()).toBe(graph);
  });

  test('does not matter for files outside the program', async () => {
    const root = writeProject(FILES);
    const store = storeOf(root, { exclude: ['generated'] });
    const graph = await settledGraph(store);
    for (const path of ['generated/x.js', 'test/x.js', 'node_modules/x/x.js', 'README.md', '../x.js']) {
      expect(store.update(join(root, path), 'x')).toBe(false);
    }
    expect(store.refresh()).toBe(graph);
  });

  test('goes when the file does', async () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    await settledGraph(store);
    store.update(join(root, 'src/b.js'), '"changed"');
    expect(idsOf(store.graph())).toContain('src/b.js');
    rmSync(join(root, 'src/b.js'));
    const graph = store.refresh();
    expect(idsOf(graph)).toEqual(['src/a.js', 'src/c.js']);
    expect(codesOf(graph)).toEqual(['unresolved-import', 'unresolved-import']);
  });

  test('does not keep a module that is no longer imported', async () => {
    const root = writeProject({ ...FILES, 'src/a.js': 'import "../test/x.js"', 'test/x.js': '' });
    const store = storeOf(root);
    await settledGraph(store);
    store.update(join(root, 'test/x.js'), '"changed"');
    expect(store.graph().modules.get('test/x.js')?.code).toBe('"changed"');
    store.update(join(root, 'src/a.js'), '');
    expect(idsOf(store.graph())).not.toContain('test/x.js');
  });

  test('may come under a path through a link', () => {
    const root = writeProject(FILES);
    const elsewhere = writeProject({});
    symlinkSync(root, join(elsewhere, 'app'));
    const store = storeOf(root);
    expect(store.update(join(elsewhere, 'app/src/b.js'), '"linked"')).toBe(true);
    expect(store.graph().modules.get('src/b.js')?.code).toBe('"linked"');
  });

  test('may have a syntax error', () => {
    const root = writeProject(FILES);
    const store = storeOf(root);
    store.update(join(root, 'src/b.js'), 'let let');
    expect(codesOf(store.graph())).toContain('unparsable-module');
  });
});

describe('what it depends on', () => {
  test('its inputs', () => {
    const root = writeProject({ ...FILES, 'tsconfig.json': '{}', 'base.json': '{}' });
    const inputs = storeOf(root, { tsconfig: 'base.json' }).inputs();
    expect(inputs).toEqual(
      ['package.json', 'tsconfig.json', 'base.json', 'src/a.js', 'src/b.js', 'src/c.js'].map(path =>
        join(root, path),
      ),
    );
  });

  test('nothing but the sources: another place, another order of files, the same graph', () => {
    const files = {
      ...FILES,
      'src/bad.js': '(',
      'src/d.ts': 'import "./nowhere"',
      'lib/z.js': '',
      'src/deep/a.js': '',
    };
    const root = writeProject(files);
    const moved = writeProject(Object.fromEntries(Object.entries(files).reverse()));
    const copied = writeProject({});
    cpSync(root, copied, { recursive: true });
    const [graph, ...others] = [root, moved, copied].map(directory => {
      const { modules, diagnostics } = graphOf(directory);
      const plain = [...modules.values()].map(({ file: _, imports, ...module }) => ({
        ...module,
        imports: [...imports],
      }));
      return { text: JSON.stringify([plain, diagnostics]), fingerprint: storeOf(directory).fingerprint() };
    });
    expect(graph?.text.length).toBeGreaterThan(1000);
    for (const other of others) expect(other).toEqual(graph);
  });

  test('a module carries its text and the hash of it', () => {
    const root = writeProject(FILES);
    const module = graphOf(root).modules.get('src/a.js');
    expect(module).toMatchObject({
      id: 'src/a.js',
      file: join(root, 'src/a.js'),
      code: readFileSync(join(root, 'src/a.js'), 'utf8'),
      hash: 'd463e8bdb44ec390a5b7b5ea7d6130554dfd25ed26a4ded4d6c08d3b7ff7e3cb',
      format: 'esm',
    });
  });
});
