import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '../../src/diagnostics/configuration-error.js';
import { normalizeOptions } from '../../src/options.js';

let project: string;

beforeAll(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'anyspeed-options-')));
  mkdirSync(join(project, 'src/deep'), { recursive: true });
  for (const path of ['package.json', 'tsconfig.build.json', 'src/models.js']) {
    writeFileSync(join(project, path), '{}');
  }
});

afterAll(() => rmSync(project, { recursive: true }));

/** The diagnostic that options are refused with. */
function refusal(options: unknown, cwd = project) {
  try {
    normalizeOptions(options, cwd);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.diagnostic;
    throw error;
  }
  throw new Error('The options were accepted.');
}

describe('defaults', () => {
  test('are all filled in', () => {
    expect(normalizeOptions({}, project)).toEqual({
      root: project,
      include: ['**/*'],
      exclude: [],
      handlers: { exports: 'all', callbacks: true, include: ['**'], exclude: [] },
      mode: 'transform',
      models: [],
      packages: [],
      audit: false,
      runtime: 'anyspeed/runtime',
      parserPlugins: [],
      tsconfig: 'auto',
    });
  });

  test('an audit build imports what audits', () => {
    expect(normalizeOptions({ audit: true }, project)).toMatchObject({ runtime: 'anyspeed/runtime/audit' });
    expect(normalizeOptions({ audit: true, runtime: 'own' }, project)).toMatchObject({ runtime: 'own' });
  });

  test('hold for options that are undefined, as configurations in JavaScript often leave them', () => {
    const options = { include: undefined, handlers: { exports: undefined }, tsconfig: undefined };
    expect(normalizeOptions(options, project)).toEqual(normalizeOptions({}, project));
    expect(normalizeOptions(undefined, project)).toEqual(normalizeOptions({}, project));
  });
});

describe('the root', () => {
  test('is the nearest directory upward with a package.json', () => {
    expect(normalizeOptions({}, join(project, 'src/deep')).root).toBe(project);
  });

  test('is relative to the working directory when given', () => {
    expect(normalizeOptions({ root: '..' }, join(project, 'src/deep')).root).toBe(join(project, 'src'));
    expect(normalizeOptions({ root: project }, '/').root).toBe(project);
  });

  test('is what a link leads to', () => {
    symlinkSync('src', join(project, 'link'));
    expect(normalizeOptions({ root: 'link' }, project).root).toBe(join(project, 'src'));
  });

  test.each(['missing', 'package.json'])('must be a directory, which %s is not', root => {
    expect(refusal({ root })).toMatchObject({
      code: 'missing-root',
      severity: 'error',
      message: `The project's root "${join(project, root)}" is not a directory.`,
    });
  });
});

describe('paths', () => {
  test('of patterns are relative to the root, whatever way they are written', () => {
    const include = ['src', './src/', 'src/**/*.ts', `${project}/src/a.ts`, '.', './'];
    expect(normalizeOptions({ include, exclude: ['./a'] }, project)).toMatchObject({
      include: ['src', 'src', 'src/**/*.ts', 'src/a.ts', '**/*', '**/*'],
      exclude: ['a'],
    });
  });

  test.each(['../other', '..', '/elsewhere/**'])('of patterns stay inside the root: %s', pattern => {
    expect(refusal({ include: ['src', pattern] })).toMatchObject({
      code: 'invalid-option',
      message: `The option \`include[1]\` must be a pattern inside the project's root, not "${pattern}".`,
    });
  });

  test('of files are absolute in the end', () => {
    const options = { models: ['src/models.js'], tsconfig: 'tsconfig.build.json' };
    expect(normalizeOptions(options, join(project, 'src'))).toMatchObject({
      models: [join(project, 'src/models.js')],
      tsconfig: join(project, 'tsconfig.build.json'),
    });
  });

  test.each([
    ['models[0]', { models: ['nope.js'] }],
    ['models[1]', { models: ['src/models.js', 'src'] }],
    ['tsconfig', { tsconfig: 'nope.json' }],
  ])('of files that do not exist are refused: %s', (option, options) => {
    expect(refusal(options)).toMatchObject({
      code: 'missing-option-file',
      message: expect.stringContaining(`the option \`${option}\` names does not exist`),
    });
  });
});

describe('unknown options', () => {
  test.each([
    [{ inclde: [] }, 'inclde', 'include'],
    [{ Root: '.' }, 'Root', 'root'],
    [{ handlers: { export: 'all' } }, 'handlers.export', 'handlers.exports'],
    [{ parserplugin: [] }, 'parserplugin', 'parserPlugins'],
  ])('%j', (options, name, meant) => {
    expect(refusal(options)).toMatchObject({
      code: 'unknown-option',
      severity: 'error',
      message: `There is no option \`${name}\`. Did you mean \`${meant}\`?`,
    });
  });

  test('of which nobody can say what was meant', () => {
    expect(refusal({ frobnicate: 1 }).message).toBe('There is no option `frobnicate`.');
    expect(refusal({ toString: 1 }).message).toBe('There is no option `toString`.');
    expect(refusal(JSON.parse('{"__proto__":1}')).code).toBe('unknown-option');
  });
});

describe('wrong types', () => {
  test.each([
    [5, 'options', 'an object, not 5'],
    [[], 'options', 'an object, not an array'],
    ['src', 'options', 'an object, not "src"'],
    [{ root: 5 }, 'root', 'a non-empty string, not 5'],
    [{ root: '' }, 'root', 'a non-empty string, not ""'],
    [{ root: null }, 'root', 'a non-empty string, not null'],
    [{ include: 'src' }, 'include', 'an array, not "src"'],
    [{ include: ['src', 5] }, 'include[1]', 'a non-empty string, not 5'],
    [{ exclude: {} }, 'exclude', 'an array, not an object'],
    [{ handlers: true }, 'handlers', 'an object, not true'],
    [{ handlers: { exports: 'some' } }, 'handlers.exports', 'one of "all", "entry", "none", not "some"'],
    [{ handlers: { callbacks: 'yes' } }, 'handlers.callbacks', '`true` or `false`, not "yes"'],
    [{ handlers: { include: [[]] } }, 'handlers.include[0]', 'a non-empty string, not an array'],
    [{ mode: 'dry' }, 'mode', 'one of "transform", "report", not "dry"'],
    [{ models: () => [] }, 'models', 'an array, not a function'],
    [
      { runtime: './runtime.js' },
      'runtime',
      'a package or an absolute path or URL, the same for every file, not "./runtime.js"',
    ],
    [
      { parserPlugins: [5] },
      'parserPlugins[0]',
      'the name of a Babel parser plugin or a pair of its name and its options, not 5',
    ],
    [{ tsconfig: true }, 'tsconfig', 'a non-empty string or `false`, not true'],
    [{ mode: 'x'.repeat(100) }, 'mode', 'one of "transform", "report", not a long string'],
  ])('%j', (options, name, rest) => {
    expect(refusal(options)).toMatchObject({
      code: 'invalid-option',
      severity: 'error',
      message: `The option \`${name}\` must be ${rest}.`,
    });
  });
});

test('the error can be told from others, and says everything where only its message is shown', () => {
  const error = (() => {
    try {
      return normalizeOptions({ inclde: [] }, project);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'ConfigurationError',
    code: 'ERR_ANYSPEED_OPTIONS',
    message: expect.stringMatching(/There is no option `inclde`[\s\S]*docs\/options\.md/),
  });
});

test('docs/options.md has a section for every option, with its type and an example', () => {
  const page = readFileSync(new URL('../../docs/options.md', import.meta.url), 'utf8');
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map(section => [/^`(.+?)`/.exec(section)?.[1] ?? '', section]),
  );
  const { handlers, ...others } = normalizeOptions({}, project);
  const names = [...Object.keys(others), ...Object.keys(handlers).map(name => `handlers.${name}`)];
  expect([...sections.keys()].sort()).toEqual(names.sort());
  for (const section of sections.values()) {
    expect(section).toMatch(/^Type: `.+`\. Default: .+\.$/m);
    expect(section).toMatch(/^```js$/m);
  }
});
