/**
 * Packages whose source is analysed (option `packages`): what they leave alone costs nothing, what they keep is protected, and
 * one in which something would have to be changed counts as unknown.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import babel from '@babel/core';
import { describe, expect, test } from '@jest/globals';
import { analyze } from '../../src/analyze.js';
import { buildModuleGraph } from '../../src/graph/build.js';
import { normalizeOptions } from '../../src/options.js';
import type { Plan } from '../../src/plan/plan.js';
import { buildPackage, remove } from '../cli/built-package.js';
import { writeProject } from '../graph/temporary-project.js';

/** The plan of a module that imports the packages `acme` and `other`. */
function planOf(files: Record<string, string>, packages: string[]): Plan {
  const root = writeProject({
    'package.json': '{ "type": "module", "dependencies": { "acme": "1", "other": "1" } }',
    'node_modules/acme/package.json': '{ "name": "acme", "type": "module", "exports": "./index.js" }',
    'node_modules/other/package.json': '{ "name": "other", "main": "lib/other.js" }',
    ...files,
  });
  const options = normalizeOptions({ root, packages }, root);
  return analyze(buildModuleGraph(options), { ...options, costs: true });
}

const protection = ({ handlers }: Plan): Record<string, string> =>
  Object.fromEntries(handlers.map(h => [h.id.replace(/^.*#/, ''), h.protection]));

const HANDED_OVER = {
  'app.js': `import { total } from 'acme';
    const prices = { tea: 2, rice: 3 };
    export async function sum(ids) { const some = total(prices, ids); await null; return some + total(prices, []); }`,
  'node_modules/acme/index.js': `import { add } from './add.js';
    export const total = (prices, ids) => ids.reduce((sum, id) => add(sum, prices[id]), 0);`,
  'node_modules/acme/add.js': 'export const add = (a, b) => a + b;',
};

describe('what a package leaves alone', () => {
  test('is not known without its source', () => {
    expect(protection(planOf(HANDED_OVER, []))).toMatchObject({ sum: 'section' });
  });

  test('costs nothing with it', () => {
    const plan = planOf(HANDED_OVER, ['acme']);
    expect(protection(plan)).toEqual({ sum: 'untouched' });
    expect(plan.assumptions).toEqual([]);
    expect(plan.modules.map(({ path }) => path)).toContain('node_modules/acme/add.js');
  });

  test('is looked for by name, and in packages of packages only if they are named, too', () => {
    const files = {
      'app.js': HANDED_OVER['app.js'],
      'node_modules/acme/index.js': `import { sum } from 'other'; export const total = (prices, ids) => sum(prices, ids);`,
      'node_modules/other/lib/other.js': 'exports.sum = (all, ids) => ids.reduce((s, id) => s + all[id], 0);',
    };
    expect(protection(planOf(files, ['acme']))).toMatchObject({ sum: 'section' });
    expect(protection(planOf(files, ['acme', 'ot*']))).toMatchObject({ sum: 'untouched' });
  });
});

test('what a package keeps is protected where handlers change it', () => {
  const files = {
    'app.js': `import { get, set } from 'acme';
      export async function buy(id) { const left = get(id); await null; set(id, left - 1); }`,
    'node_modules/acme/index.js': `const all = new Map();
      export const get = id => all.get(id) ?? 0;
      export const set = (id, value) => { all.set(id, value); };`,
  };
  expect(protection(planOf(files, []))).toEqual({ buy: 'untouched' });
  const plan = planOf(files, ['acme']);
  expect(protection(plan)).toEqual({ buy: 'section' });
  expect(plan.classes.map(({ name }) => name)).toEqual(['node_modules/acme/index.js#all[]']);
});

describe('a package that would have to be changed', () => {
  const CHANGING: Record<string, string> = {
    'a timer of its own': `const all = new Map(); let swept = 0;
      setInterval(async () => { const seen = swept; await null; swept = seen + 1; all.clear(); }, 1000);
      export const total = cart => { swept += 1; return cart.lines.length; };`,
    'a call of a handler': `import { setTimeout as pause } from 'node:timers/promises';
      export async function total(cart, handler) { await pause(1); return handler(cart); }`,
  };

  test.each(Object.entries(CHANGING))('%s: is unknown, as without the option, which is said', (_, code) => {
    const files = {
      'app.js': `import { total } from 'acme';
        const carts = new Map();
        export async function put(id, cart) { const n = carts.size; await null; carts.set(id, cart); return n; }
        export async function sum(id) { const before = await total(carts.get(id), put); await null; return before; }`,
      'node_modules/acme/index.js': code,
    };
    const { diagnostics, ...plan } = planOf(files, ['acme']);
    const { diagnostics: assumed, ...same } = planOf(files, []);
    const said = diagnostics.filter(({ code }) => code === 'package-not-analysed');
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ module: 'node_modules/acme/index.js', severity: 'info' });
    expect(diagnostics.filter(d => !said.includes(d))).toEqual(assumed);
    expect(plan).toEqual(same);
  });
});

test('imports that packages make in vain are their own business', () => {
  const files = {
    'app.js': `import { size } from 'acme'; export const f = list => size(list);`,
    'node_modules/acme/index.js': `let fast; try { fast = require('not-there'); } catch {} export const size = list => list.length;`,
  };
  expect(planOf(files, ['acme']).diagnostics).toEqual([]);
});

test('a real build protects what a package keeps, and leaves its files as they are', async () => {
  const packageDirectory = buildPackage();
  try {
    const acme = `let left = 5; export const look = () => left; export const put = value => { left = value; };`;
    const root = writeProject({
      'package.json': '{ "type": "module", "dependencies": { "acme": "1" } }',
      'app.js': `import { look, put } from 'acme';
        export async function take() { const seen = look(); await null; put(seen - 1); }`,
      'node_modules/acme/package.json': '{ "name": "acme", "type": "module", "exports": "./index.js" }',
      'node_modules/acme/index.js': acme,
    });
    symlinkSync(packageDirectory, join(root, 'node_modules/anyspeed'));
    const takenBy = async (options: object | null): Promise<unknown> => {
      const result = await babel.transformFileAsync(join(root, 'app.js'), {
        babelrc: false,
        configFile: false,
        cwd: root,
        plugins: options ? [[join(packageDirectory, 'dist/cjs/babel.js'), { root, ...options }]] : [],
      });
      const file = join(root, `dist-${options ? Object.keys(options).join() : 'plain'}.mjs`);
      writeFileSync(file, result?.code ?? '');
      const code = `const { take } = await import(process.argv[1]); const { look } = await import('acme');
        await Promise.all([take(), take(), take()]); console.log(look());`;
      const out = execFileSync(process.execPath, ['--input-type=module', '--eval', code, file], {
        cwd: root,
      });
      return Number(out.toString());
    };
    expect(await takenBy(null)).toBe(4);
    expect(await takenBy({ packages: ['acme'] })).toBe(2);
    expect(readFileSync(join(root, 'node_modules/acme/index.js'), 'utf8')).toBe(acme);
  } finally {
    remove(packageDirectory);
  }
}, 60_000);
