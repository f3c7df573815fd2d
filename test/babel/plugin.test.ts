/** The plugin as Babel sees it: what it rewrites, what it leaves alone, and what it reports. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createPlugin } from '../../src/babel/create-plugin.js';
import type { Options } from '../../src/options.js';
import { writeIn, writeProject } from '../graph/temporary-project.js';
import { BABELS, type Babel } from '../transform/babels.js';
import { planAsyncFunctions } from './stand-in-analysis.js';

const CART = `export async function add(item) {
  await item;
}
`;

afterEach(() => {
  jest.restoreAllMocks();
});

/** A program in a directory of its own, and what Babel makes of its files. */
function program(babel: Babel, files: Record<string, string>, options: Options = {}) {
  const root = writeProject({ 'package.json': '{ "type": "module" }', ...files });
  const analyze = jest.fn(planAsyncFunctions);
  const plugin = createPlugin(analyze);
  const config = (file: string) => ({
    filename: join(root, file),
    cwd: root,
    babelrc: false,
    highlightCode: false,
    configFile: false as const,
    plugins: [[plugin, options] as [typeof plugin, Options]],
  });
  return {
    root,
    analyze,
    config,
    write: (file: string, code: string) => writeIn(root, file, code),
    compile: (file: string, code = files[file] ?? '', more: object = {}) =>
      babel.transformSync(code, { ...config(file), ...more }),
  };
}

describe.each(BABELS)('%s', (_, babel) => {
  test('rewrites the handlers of a file and analyses the program once for all its files', () => {
    const { analyze, compile } = program(babel, { 'a.js': CART, 'b.js': CART, 'c.js': CART });
    for (const file of ['a.js', 'b.js', 'c.js']) {
      expect(compile(file)?.code).toContain(
        `add = _schedule("${file}#add", add, {\n  exclusive: ["state"]\n});`,
      );
    }
    expect(analyze).toHaveBeenCalledTimes(1);
  });

  test('emits a file without edits as Babel alone does, without an import', () => {
    const code = '// 1\nexport const  x = 1';
    const { compile, config } = program(babel, { 'a.js': CART, 'x.js': code });
    expect(compile('x.js')?.code).toBe(babel.transformSync(code, { ...config('x.js'), plugins: [] })?.code);
  });

  test('leaves alone what is no module of the program, and text without a file name', () => {
    const { compile } = program(babel, { 'src/a.js': CART }, { include: ['src'] });
    expect(compile('other.js', CART)?.code).not.toContain('schedule');
    expect(compile('../outside.js', CART)?.code).not.toContain('schedule');
    expect(compile('src/a.js', CART, { filename: undefined })?.code).not.toContain('schedule');
    expect(compile('src/a.js')?.code).toContain('schedule');
  });

  test("changes nothing in the mode 'report', not even when there are errors", () => {
    const { analyze, compile } = program(babel, { 'a.js': `${CART}// error: wrong` }, { mode: 'report' });
    jest.spyOn(console, 'warn').mockReturnValue();
    expect(compile('a.js')?.code).not.toContain('schedule');
    expect(analyze).toHaveBeenCalledTimes(1);
  });

  test('imports the runtime from where the options say', () => {
    const { compile } = program(babel, { 'a.js': CART }, { runtime: '#runtime' });
    expect(compile('a.js')?.code).toContain('from "#runtime"');
  });

  test('requires the runtime in CommonJS, although Babel takes every file for a module by default', () => {
    const { compile } = program(babel, {
      'package.json': '{}',
      'a.js': 'module.exports = { add };\nasync function add() {}\n',
      'b.js': CART,
    });
    expect(compile('a.js')?.code).toMatch(/schedule: _schedule\s+} = require\("anyspeed\/runtime"\)/);
    expect(compile('b.js')?.code).toContain('import { schedule as _schedule }');
  });

  test('refuses wrong options with the reason', () => {
    const compile = (options: object) => () => program(babel, { 'a.js': CART }, options).compile('a.js');
    expect(compile({ incldue: [] })).toThrow(/There is no option `incldue`. Did you mean `include`\?/);
    expect(compile({ mode: 'fast' })).toThrow(/`mode` must be/);
    expect(compile({ root: 'missing' })).toThrow(/missing" is not a directory/);
  });

  test('resolves the root from the directory of the configuration', () => {
    const { compile } = program(babel, { 'server/a.js': CART }, { root: 'server' });
    expect(compile('server/a.js')?.code).toContain('_schedule("a.js#add"');
  });

  test('knows a file by a path through a symbolic link', () => {
    const { compile, root } = program(babel, { 'src/a.js': CART });
    symlinkSync(join(root, 'src'), join(root, 'link'));
    expect(compile('link/a.js', CART)?.code).toContain('_schedule("src/a.js#add"');
  });

  test('an error in a file fails the build of that file, with the place', () => {
    jest.spyOn(console, 'warn').mockReturnValue();
    const { compile } = program(babel, { 'a.js': `${CART}// error: wrong\n`, 'b.js': CART });
    expect(() => compile('a.js')).toThrow(
      /a\.js: The test says wrong\. \[test-wrong\]\nNothing to do\.\n[\s\S]*> 2 \|\s+await item;/,
    );
    expect(compile('b.js')?.code).toContain('schedule');
  });

  test('says each warning once, however many files are compiled', () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue();
    const { compile, write } = program(babel, { 'a.js': `${CART}// warning: careful\n`, 'b.js': CART });
    compile('a.js');
    compile('b.js');
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('The test says careful.');
    const changed = `${CART}// warning: careful\n// warning: again\n`;
    write('a.js', changed);
    compile('a.js', changed);
    expect(warn).toHaveBeenCalledTimes(2);
    expect(warn.mock.calls[1]?.[0]).not.toContain('careful');
    expect(warn.mock.calls[1]?.[0]).toContain('The test says again.');
  });

  test('works on the text that Babel was given, also if another is on disk', () => {
    const { compile } = program(babel, { 'a.js': CART });
    const code = `// longer\n${CART}export async function remove() {}\n`;
    const output = compile('a.js', code)?.code;
    expect(output).toContain('_schedule("a.js#add"');
    expect(output).toContain('_schedule("a.js#remove"');
  });

  test('works on a syntax tree that comes without its text', () => {
    const { config } = program(babel, { 'a.js': CART });
    const { parseSync, transformFromAstSync } = babel as unknown as typeof import('@babel/core');
    const ast = parseSync(CART, { ...config('a.js'), plugins: [] });
    if (!ast) throw new Error('Not parsed.');
    expect(transformFromAstSync(ast, undefined, config('a.js'))?.code).toContain('_schedule("a.js#add"');
  });

  test('sees the program before any visitor of any plugin does', () => {
    const { compile, config } = program(babel, { 'a.js': CART });
    const rewriter = ({ types }: { types: typeof import('@babel/types') }) => ({
      visitor: {
        // Replaces every function by one that has no place in the source.
        Program(path: { node: { body: unknown[] } }) {
          path.node.body = path.node.body.map(node => types.cloneNode(node as never, true, true));
        },
      },
    });
    const { plugins } = config('a.js');
    const code = compile('a.js', CART, { plugins: [rewriter, ...plugins] })?.code;
    expect(code).toContain('_schedule("a.js#add"');
  });

  test('refuses a tree that is not that of the text, rather than leave a handler unprotected', () => {
    const { compile, config } = program(babel, { 'a.js': CART });
    const mover = () => ({
      pre(file: { ast: { program: { body: { declaration: { start: number } }[] } } }) {
        for (const { declaration } of file.ast.program.body) declaration.start += 1;
      },
      visitor: {},
    });
    const { plugins } = config('a.js');
    expect(() => compile('a.js', CART, { plugins: [mover, ...plugins] })).toThrow(
      /a\.js: The syntax tree is not that of the source text[\s\S]*\[rewritten-before\][\s\S]*> 1 \|/,
    );
  });
});

describe.each(BABELS)('%s: when files change', (_, babel) => {
  test('the files of the program are dependencies of every result', () => {
    const { compile, root } = program(babel, { 'a.js': CART, 'b.js': CART });
    const { externalDependencies } = compile('a.js') as unknown as { externalDependencies: Set<string> };
    expect([...externalDependencies].sort()).toEqual(
      ['a.js', 'b.js', 'package.json'].map(file => join(root, file)),
    );
  });

  test('a file is compiled to its new plan after another one changed', async () => {
    const { compile, write } = program(babel, { 'a.js': CART, 'b.js': '// class: carts\n' });
    expect(compile('a.js')?.code).toContain('exclusive: ["carts"]');
    write('b.js', '// class: orders\n');
    await untilTrue(() => compile('a.js')?.code?.includes('exclusive: ["orders"]') === true);
  });

  test('a new file becomes a dependency', async () => {
    const { compile, root, write } = program(babel, { 'a.js': CART });
    const dependencies = () =>
      (compile('a.js') as unknown as { externalDependencies: Set<string> }).externalDependencies;
    expect(dependencies().has(join(root, 'b.js'))).toBe(false);
    write('b.js', CART);
    await untilTrue(() => dependencies().has(join(root, 'b.js')));
  });
});

/** Looks at files are rationed, so a change need not be seen at once; but it must be seen soon. */
async function untilTrue(condition: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('It did not become true within five seconds.');
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
