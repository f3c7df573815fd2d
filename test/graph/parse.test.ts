import { describe, expect, test } from '@jest/globals';
import { parseModule } from '../../src/graph/parse.js';

function parse(id: string, code: string, context: Partial<Parameters<typeof parseModule>[2]> = {}) {
  return parseModule(id, code, { packageType: undefined, parserPlugins: [], ...context });
}

function formatOf(id: string, code: string, packageType?: 'module' | 'commonjs') {
  const parsed = parse(id, code, { packageType });
  return 'format' in parsed ? parsed.format : parsed.failure.message;
}

describe('formats', () => {
  test.each([
    ['a.mjs', '', undefined, 'esm'],
    ['a.mts', '', 'commonjs', 'esm'],
    ['a.cjs', 'module.exports = 1', 'module', 'commonjs'],
    ['a.cts', 'const x = 1', 'module', 'commonjs'],
    ['a.cts', 'import x from "x"', 'module', 'esm'],
    ['a.js', 'const x = 1', 'module', 'esm'],
    ['a.js', 'const x = require("x")', undefined, 'commonjs'],
    ['a.js', 'export const x = 1', undefined, 'esm'],
    // Ends up as CommonJS, but what is analysed is written as an ES module.
    ['a.ts', 'import x from "x"', 'commonjs', 'esm'],
    ['a.ts', 'const x: number = 1', undefined, 'commonjs'],
    ['a.ts', 'import x = require("x"); export = x', undefined, 'commonjs'],
    ['a.js', 'await main()', undefined, 'esm'],
    ['a.js', 'console.log(import.meta.url)', undefined, 'esm'],
    ['a.js', 'import("x")', undefined, 'commonjs'],
  ] as const)('%s %j in a package of type %s is %s', (id, code, packageType, format) => {
    expect(formatOf(id, code, packageType)).toBe(format);
  });
});

describe('syntax', () => {
  test.each([
    ['a hashbang', 'a.js', '#!/usr/bin/env node\nmain()'],
    ['a byte order mark', 'a.js', '\uFEFFmain()'],
    ['return and new.target at the top of CommonJS', 'a.js', 'if (new.target) return'],
    ['sloppy mode', 'a.js', 'with (a) b = 010; delete c'],
    ['await as a name', 'a.js', 'const await = 1'],
    ['JSX in .js', 'a.js', 'const a = <p>{b}</p>'],
    ['JSX in .tsx', 'a.tsx', 'const a: X = <p>{b}</p>'],
    ['type assertions in .ts', 'a.ts', 'const a = <X>b; const f = <T>(x: T) => x'],
    ['parameter decorators', 'a.ts', 'class A { m(@Body() body: B) {} }'],
    ['decorators after export', 'a.ts', 'export @d class A {}'],
    ['decorators before export', 'a.js', '@d export class A { @x accessor y = 1 }'],
    ['old decorators in JavaScript', 'a.js', 'class A { m(@Body() body) {} }'],
    ['import attributes', 'a.js', 'import a from "./a.json" with { type: "json" }'],
    ['old import assertions', 'a.js', 'import a from "./a.json" assert { type: "json" }'],
    ['using', 'a.js', 'async function f() { using a = b; await using c = d }'],
    [
      'Flow behind its pragma',
      'a.js',
      '#!/usr/bin/env node\n// x\n/**\n * @flow strict\n */\nconst f = <T>(x: T): T => x',
    ],
    [
      'TypeScript-only exports',
      'a.ts',
      'export { T }; type T = 1; enum E { A } namespace N { export const x = 1 }',
    ],
  ])('%s', (_, id, code) => {
    expect(parse(id, code)).not.toHaveProperty('failure');
  });

  test('Flow is not read into files that do not ask for it', () => {
    const parsed = parse('a.js', 'f<T>(x); "@flow"');
    const statement = 'ast' in parsed ? parsed.ast.program.body[0] : undefined;
    expect(statement).toMatchObject({ expression: { type: 'BinaryExpression' } });
  });

  test('parserPlugins add syntax, and take the place of what they exclude', () => {
    const pipeline = 'const a = b |> f(%)';
    expect(parse('a.js', pipeline)).toHaveProperty('failure');
    const parserPlugins = [['pipelineOperator', { proposal: 'hack', topicToken: '%' }]] as const;
    expect(parse('a.js', pipeline, { parserPlugins: [...parserPlugins] as never })).not.toHaveProperty(
      'failure',
    );
    for (const plugin of ['decorators', 'decorators-legacy', 'flow', 'flowComments'] as const) {
      expect(parse('a.ts', '@d class A {}', { parserPlugins: [plugin] })).not.toHaveProperty('failure');
      expect(parse('a.js', '@d class A {}', { parserPlugins: [plugin] })).not.toHaveProperty('failure');
    }
    expect(parse('a.js', 'let a: number', { parserPlugins: ['typescript'] })).not.toHaveProperty('failure');
  });

  test('directives survive', () => {
    const parsed = parse('a.js', 'function f() { "use stage"; }');
    const statement = 'ast' in parsed ? parsed.ast.program.body[0] : undefined;
    expect(statement).toMatchObject({ body: { directives: [{ value: { value: 'use stage' } }] } });
  });
});

describe('syntax errors', () => {
  test('say where, with a frame', () => {
    const parsed = parse('src/a.ts', 'const a = 1;\nconst b = = 2;\nconst c = 3;\n');
    expect(parsed).toEqual({
      failure: {
        code: 'unparsable-module',
        severity: 'error',
        message: 'src/a.ts cannot be parsed: Unexpected token',
        hint: expect.stringContaining('parserPlugins'),
        module: 'src/a.ts',
        line: 2,
        column: 10,
        frame: [
          '  1 | const a = 1;',
          '> 2 | const b = = 2;',
          '    |           ^',
          '  3 | const c = 3;',
          '  4 |',
        ].join('\n'),
      },
    });
  });

  test('are reported in the reading that the file most likely means', () => {
    const parsed = parse('a.ts', 'class A { m(@Body() body) {} }\nlet let = 1');
    expect(parsed).toMatchObject({ failure: { line: 2 } });
  });

  test('have no frame where lines are too long to show', () => {
    const parsed = parse('a.js', `${'a();'.repeat(1000)}(`);
    expect(parsed).toMatchObject({ failure: { line: 1 } });
    expect(parsed).not.toHaveProperty('failure.frame');
  });

  test('include wrong options of parser plugins', () => {
    const parserPlugins = [['pipelineOperator', { proposal: 'nonsense' }]] as never;
    expect(parse('a.js', '', { parserPlugins })).toMatchObject({
      failure: { code: 'unparsable-module', message: expect.stringContaining('pipelineOperator') },
    });
  });
});
