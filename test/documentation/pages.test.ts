/**
 * The README and the pages say what is so: the example is compiled and compared, and every link leads somewhere.
 * What `docs/report.md` and `docs/command-line.md` show is compared by the tests of the command.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import babel from '@babel/core';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { analyze } from '../../src/analyze.js';
import { createPlugin } from '../../src/babel/create-plugin.js';
import { buildPackage, install, remove } from '../cli/built-package.js';
import { writeProject } from '../graph/temporary-project.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(repository, path), 'utf8');

const README = read('README.md');
const [before = '', after = ''] = [...README.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);

describe('the example of the README', () => {
  const FILES = {
    'package.json': '{ "type": "module" }',
    'babel.config.js': "export default { plugins: ['anyspeed/babel'] };",
    'src/server.js': before,
  };
  let packageDirectory: string;

  jest.setTimeout(60_000);

  beforeAll(() => {
    packageDirectory = buildPackage();
  });

  afterAll(() => remove(packageDirectory));

  /** The example as a project with what it needs installed. */
  function exampleProject(): string {
    const root = writeProject(FILES);
    install(packageDirectory, root);
    symlinkSync(join(repository, 'node_modules/express'), join(root, 'node_modules/express'));
    return root;
  }

  test('is compiled to what stands beside it', () => {
    const root = exampleProject();
    const result = babel.transformSync(before, {
      filename: join(root, 'src/server.js'),
      cwd: root,
      babelrc: false,
      configFile: false,
      plugins: [createPlugin(analyze)],
    });
    expect(`${result?.code}\n`).toBe(after);
  });

  test('is reported as it says', () => {
    const root = exampleProject();
    const [, command = '', output] = README.match(/```console\n\$ npx anyspeed (.*)\n([\s\S]*?)```/) ?? [];
    const printed = execFileSync(
      process.execPath,
      [join(packageDirectory, 'dist/esm/cli.js'), ...command.split(' ')],
      { cwd: root, encoding: 'utf8' },
    );
    expect(printed).toBe(output);
  });
});

const PAGES = [
  'README.md',
  ...readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name))
    .sort(),
];

test.each(PAGES)('every link in %s leads to a file and a heading that exist', page => {
  const links = [...withoutCode(read(page)).matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, to]) => to ?? '');
  expect(links.filter(link => !leadsSomewhere(page, link))).toEqual([]);
});

function withoutCode(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```/gm, '');
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(repository, target))) return false;
  return anchor === undefined || anchorsOf(read(target)).includes(anchor);
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-'),
  );
}
