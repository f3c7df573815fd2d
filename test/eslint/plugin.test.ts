/** The ESLint plugin in the versions of ESLint that it is for, over real projects. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import type { Linter, Rule } from 'eslint';
import { defineConfig } from 'eslint/config';
import { catalog } from '../../src/diagnostics/catalog.js';
import anyspeed from '../../src/eslint/plugin.js';
import { programOf } from '../../src/eslint/program.js';
import type { Plan } from '../../src/plan/plan.js';
import { writeIn, writeProject } from '../graph/temporary-project.js';
import { eslintIn, found, foundIn, VERSIONS, type Version } from './linted.js';

jest.setTimeout(60_000);

const RECOMMENDED = defineConfig(anyspeed.configs.recommended);
const PACKAGE = '{ "type": "module" }';

/** An update of another module's variable that is lost, as the callback is a task of its own. */
const STALE = `import { left, setLeft } from './stock.js';

export function buy() {
  const before = left;
  setTimeout(() => setLeft(before - 1), 5000);
}
`;
const PROJECT = {
  'package.json': PACKAGE,
  'stock.js': 'export let left = 10;\nexport const setLeft = value => {\n  left = value;\n};\n',
  'buy.js': `let left = 10;

export function buy() {
  const before = left;
  setTimeout(() => {
    left = before - 1;
  }, 5000);
}
`,
};

describe.each(Object.keys(VERSIONS).map(Number) as Version[])('in ESLint %d', version => {
  test('finds what the analysis finds, where it is, with an end', async () => {
    const directory = writeProject(PROJECT);
    const eslint = eslintIn(directory, RECOMMENDED, version);
    expect(await found(eslint, '.')).toEqual(['buy.js:6:5 stale-value']);
    const [result] = await eslint.lintFiles('buy.js');
    expect(result?.messages).toMatchObject([
      {
        severity: 1,
        endLine: 6,
        endColumn: 23,
        message: expect.stringMatching(/^What is written here to `buy\.js#left` is computed from `before`/),
      },
    ]);
    expect(result?.messages[0]?.message).toContain('Read it again here');
  });

  test('shows what each handler shares, if it is asked to', async () => {
    const files = {
      'package.json': PACKAGE,
      'cart.js': `const carts = new Map();

export async function add(user, item) {
  const cart = carts.get(user);
  await null;
  carts.set(user, [...cart, item]);
}

export const see = user => carts.get(user);
export const version = () => 1;
`,
    };
    const config = (rule: Linter.RuleEntry): Linter.Config => ({
      plugins: { anyspeed },
      rules: { 'anyspeed/handlers': rule },
    });
    const directory = writeProject(files);
    const shown = await eslintIn(directory, [config('warn')], version).lintFiles('cart.js');
    expect(
      shown[0]?.messages.map(({ line, column, endLine, endColumn, message }) => ({
        place: [line, column, endLine, endColumn],
        message,
      })),
    ).toEqual([
      {
        place: [3, 8, 3, 13],
        message:
          '`cart.js#add` holds exclusive `cart.js#carts[]` by the key user. Its conflicting accesses lie in more than one segment. Its section begins at cart.js:4:3 and ends with the handler.',
      },
      {
        place: [9, 20, 9, 43],
        message: expect.stringMatching(
          /^`cart\.js#see` passes shared `cart\.js#carts\[\]` by the key user\. /,
        ),
      },
    ]);
    const chosen = eslintIn(directory, [config(['warn', { show: ['without conflict'] }])], version);
    const [result] = await chosen.lintFiles('cart.js');
    expect(result?.messages.map(({ message }) => message)).toEqual([
      '`cart.js#version` shares nothing that changes. It accesses nothing that another task could change under it.',
    ]);
  });

  test("takes the program's options from the settings", async () => {
    const directory = writeProject({
      'app/package.json': PACKAGE,
      'app/buy.js': PROJECT['buy.js'],
      'package.json': '{}',
    });
    const withOptions = (options: object) =>
      eslintIn(directory, [anyspeed.configs.recommended, { settings: { anyspeed: options } }], version);
    expect(await found(withOptions({ root: 'app' }), 'app/buy.js')).toEqual(['buy.js:6:5 stale-value']);
    expect(await found(withOptions({ root: 'app', exclude: ['buy.js'] }), 'app/buy.js')).toEqual([]);
    await expect(found(withOptions({ exlude: ['buy.js'] }), 'app/buy.js')).rejects.toThrow(
      /There is no option `exlude`\. Did you mean `exclude`\?/,
    );
  });

  test('reads TypeScript with the parser that is configured', async () => {
    const { default: parser } = await import('typescript-parser');
    const directory = writeProject({
      ...PROJECT,
      'typed.ts': `let left: number = 10;

export function buy(this: void): void {
  const before: number = left;
  setTimeout((): void => {
    left = (before as number) - 1;
  }, 5000);
}
`,
    });
    const config = [anyspeed.configs.recommended, { files: ['**/*.ts'], languageOptions: { parser } }];
    expect(await found(eslintIn(directory, config, version), 'typed.ts')).toEqual([
      'typed.ts:6:5 stale-value',
    ]);
  });
});

describe('the text', () => {
  test('is that of the editor, and what is found in other files is of it, too', async () => {
    const directory = writeProject({ ...PROJECT, 'buy.js': STALE });
    const eslint = eslintIn(directory, RECOMMENDED);
    expect(await found(eslint, '.')).toEqual([]);
    // What `setLeft` does decides what is wrong with its caller.
    const edited = PROJECT['stock.js'].replace('let left', 'let other = 0; export let left');
    expect(await foundIn(eslint, directory, 'stock.js', edited)).toEqual([]);
    const text = `\n\n${PROJECT['buy.js']}`;
    expect(await foundIn(eslint, directory, 'buy.js', text)).toEqual(['buy.js:8:5 stale-value']);
    expect(await foundIn(eslint, directory, 'buy.js', STALE)).toEqual([]);
  });

  test('of a new file that is on no disk yet is part of the program', async () => {
    const directory = writeProject(PROJECT);
    const text = PROJECT['buy.js'];
    expect(await foundIn(eslintIn(directory, RECOMMENDED), directory, 'new.js', text)).toEqual([
      'new.js:6:5 stale-value',
    ]);
  });

  test.each([
    ['with a byte order mark', '\uFEFF', (text: string) => text, 6],
    ['with the ends of lines of Windows', '', (text: string) => text.replaceAll('\n', '\r\n'), 6],
    ['in which ESLint sees more lines', '"\u2028";\n', (text: string) => text, 8],
  ])('%s: places are right', async (_, before, change, line) => {
    const directory = writeProject({ ...PROJECT, 'buy.js': before + change(PROJECT['buy.js']) });
    expect(await found(eslintIn(directory, RECOMMENDED), 'buy.js')).toEqual([`buy.js:${line}:5 stale-value`]);
  });

  test('with a byte order mark: the first line, too', async () => {
    const code = `let n = 0; export function f() { const m = n; setTimeout(() => { n = m + 1; }, 5000); }\n`;
    const column = code.indexOf('n = m') + 1;
    const directory = writeProject({ 'package.json': PACKAGE, 'a.js': code, 'b.js': `\uFEFF${code}` });
    expect(await found(eslintIn(directory, RECOMMENDED), '.')).toEqual([
      `a.js:1:${column} stale-value`,
      `b.js:1:${column} stale-value`,
    ]);
  });
});

describe('what is analysed', () => {
  /** A rule that notes the plan that the rules of the plugin see. */
  function watching(plans: Set<Plan | undefined>): Linter.Config {
    const rule: Rule.RuleModule = {
      create: context => ({ Program: () => void plans.add(programOf(context)?.plan) }),
    };
    return { plugins: { test: { rules: { plan: rule } } }, rules: { 'test/plan': 'warn' } };
  }

  test('a hundred files are analysed once, and again when one of them has changed', async () => {
    const files = Array.from({ length: 100 }, (_, i) => [`m${i}.js`, `export const f${i} = () => ${i};\n`]);
    const directory = writeProject({ ...PROJECT, ...Object.fromEntries(files) });
    const plans = new Set<Plan | undefined>();
    const eslint = eslintIn(directory, [...RECOMMENDED, watching(plans)]);
    expect(await eslint.lintFiles('.')).toHaveLength(102);
    expect(plans.size).toBe(1);
    await eslint.lintFiles('.');
    expect(plans.size).toBe(1);
    writeIn(directory, 'm5.js', 'export const f5 = () => 55;\n');
    await eslint.lintFiles('.');
    // It is noticed at once where ESLint comes with the new text, and otherwise at the next look at the files.
    expect(plans.size).toBe(2);
  });

  test('a file that is no part of the program, or a block in a document, is left alone', async () => {
    const plans = new Set<Plan | undefined>();
    const directory = writeProject(PROJECT);
    const outside = writeProject({ 'other.js': PROJECT['buy.js'] });
    const settings = { anyspeed: { root: directory } };
    const eslint = eslintIn(outside, [...RECOMMENDED, watching(plans), { settings }]);
    expect(await found(eslint, 'other.js')).toEqual([]);
    const markdown = {
      processor: {
        meta: { name: 'blocks' },
        preprocess: (text: string) => [{ text, filename: '0.js' }],
        postprocess: (messages: Linter.LintMessage[][]) => messages.flat(),
      },
    };
    const blocks = eslintIn(directory, [{ files: ['buy.js'], ...markdown }, ...RECOMMENDED, watching(plans)]);
    expect(await found(blocks, 'buy.js')).toEqual([]);
    expect([...plans]).toEqual([undefined]);
  });
});

describe('the rules', () => {
  const pages = Object.keys(catalog).filter(code => code in anyspeed.rules);

  test('are one for each finding, `program` and `handlers`, each with a page that is there', () => {
    expect(Object.keys(anyspeed.rules).sort()).toEqual([...pages, 'program', 'handlers'].sort());
    expect(pages.length).toBeGreaterThan(5);
    for (const { meta } of Object.values(anyspeed.rules)) {
      expect(meta?.docs?.description).toMatch(/^(Disallow|Suggest|Show) /);
      expect(existsSync(fileURLToPath(meta?.docs?.url ?? ''))).toBe(true);
    }
  });

  test('that show what is slow, or no fault, are not recommended', () => {
    const recommended = Object.keys(anyspeed.configs.recommended.rules ?? {});
    expect(recommended).toContain('anyspeed/stale-value');
    expect(recommended).not.toContain('anyspeed/handlers');
    expect(recommended).not.toContain('anyspeed/costly-assumption');
    expect(Object.keys(anyspeed.configs.all.rules ?? {})).toHaveLength(Object.keys(anyspeed.rules).length);
  });

  test('can be switched off for a line', async () => {
    const silenced = PROJECT['buy.js'].replace(
      '    left =',
      '    // eslint-disable-next-line anyspeed/stale-value\n    left =',
    );
    const directory = writeProject({ ...PROJECT, 'buy.js': silenced });
    expect(await found(eslintIn(directory, RECOMMENDED), 'buy.js')).toEqual([]);
  });

  test('`promised-value` is about exports if it is asked to be', async () => {
    const directory = writeProject({
      'package.json': PACKAGE,
      'a.js': `let left = 10;
export const buy = async () => { const l = left; await null; left = l - 1; };
export const see = () => left;
`,
    });
    expect(await found(eslintIn(directory, RECOMMENDED), 'a.js')).toEqual([]);
    const config: Linter.Config = { rules: { 'anyspeed/promised-value': ['warn', { exports: true }] } };
    expect(await found(eslintIn(directory, [...RECOMMENDED, config]), 'a.js')).toEqual([
      'a.js:3:20 promised-value',
    ]);
  });

  test('`program` says what the analysis cannot see', async () => {
    const directory = writeProject({
      ...PROJECT,
      'a.js': "import { gone } from './gone.js';\nexport const f = () => gone();\n",
      'broken.js': 'export function (',
    });
    const eslint = eslintIn(directory, RECOMMENDED);
    expect(await found(eslint, 'a.js')).toEqual(['a.js:1:22 program']);
    // What ESLint cannot parse it says itself; the rest is linted all the same.
    expect(await found(eslint, join(directory, 'buy.js'))).toEqual(['buy.js:6:5 stale-value']);
  });
});
