/**
 * Programs with sections in bodies, with keys and with stages, under audit. A stage that is a unit of its own is a task of its
 * own for the audit, too: what its caller accesses before and after it need not be one with what it does.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Compiled, compile, type Damage, workspace } from './compiled.js';
import { type Driven, drive } from './driven.js';

const sections = fileURLToPath(new URL('../fixtures/sections/', import.meta.url));
const fixtures = readdirSync(sections).sort();

const ADD = (name: string): string =>
  `async function add_${name}() { 'use stage'; const n = ${name}; await pause(1); ${name} = n + 1; }`;
const STAGES = {
  'in the midst of sections': `
    let a = 0, b = 0; ${ADD('b')}
    exports.first = async function first() { const n = a; await add_b(); a = n + 1; }
    exports.second = async function second() { const n = [a, b]; await pause(1); a = n[0] + 1; b = n[1] + 1; }
    exports.third = async function third() { await add_b(); await add_b(); }`,
  'merged, as their orders would deadlock': `
    let a = 0, b = 0; ${ADD('a')} ${ADD('b')}
    exports.first = async function first() { const n = a; await add_b(); a = n + 1; }
    exports.second = async function second() { const n = b; await add_a(); b = n + 1; }`,
  'called by stages, in parallel and without anybody waiting': `
    let a = 0, b = 0; const log = []; ${ADD('b')}
    async function note(line) { 'use stage'; const at = log.length; await pause(1); log[at] = line; }
    async function outer() { 'use stage'; const n = a; await add_b(); a = n + 1; await note('outer'); }
    exports.first = async function first() { for (let i = 0; i < 2; i++) await outer(); }
    exports.second = async function second() { await Promise.all([add_b(), outer(), note('all')]); }
    exports.third = async function third() { note('floating'); const later = add_b; await later(); }`,
  'with keys, and gates': `
    const rows = new Map(); let total = 0;
    async function put(key) { 'use stage'; const n = rows.get(key) ?? 0; await pause(1); rows.set(key, n + 1); }
    async function count() { 'use stage'; total += rows.size; }
    exports.first = async function first(key) { await put(key); await count(); return total; }
    exports.second = async function second(key) { await put(key); await put('other'); await count(); }`,
};

const space = workspace();
let driven: Record<string, Driven> = {};

/** Compiles a program of one module, which is CommonJS as the fixtures are. */
function compiled(name: string, code: string, damage?: Damage): Compiled {
  const root = join(space.directory, 'sources', name);
  for (const directory of [root, join(space.directory, name)]) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'package.json'), '{ "type": "commonjs" }');
  }
  writeFileSync(join(root, 'main.js'), code);
  return compile({ root, include: ['main.js'], name }, space.directory, damage);
}

const withoutLocks: Damage = plan => ({
  ...plan,
  modules: plan.modules.map(module => ({ ...module, edits: [] })),
});

beforeAll(() => {
  const programs = [
    ...fixtures.map(name => [name, readFileSync(join(sections, name, 'input.js'), 'utf8')] as const),
    ...Object.entries(STAGES).map(
      ([name, code]) =>
        [name, `const { setTimeout: pause } = require('node:timers/promises');\n${code}`] as const,
    ),
  ];
  const all = programs.flatMap(([name, code]) => [
    compiled(name, code),
    compiled(`bare ${name}`, code, withoutLocks),
  ]);
  driven = drive(all, space.directory);
}, 120_000);
afterAll(space.remove);

function foundIn(name: string): string[] {
  const { failed, functions, accesses, violations } = driven[name] as Driven;
  expect(failed).toBeUndefined();
  expect(functions).toBeGreaterThan(0);
  expect(accesses).toBeGreaterThan(0);
  return violations.map(({ message }) => message);
}

describe('the audit finds nothing in', () => {
  test.each(fixtures)('sections/%s', name => expect(foundIn(name)).toEqual([]));
  test.each(Object.keys(STAGES))('stages %s', name => expect(foundIn(name)).toEqual([]));
});

test('with the locks left out, it finds races in all that have stages, and in most of the others', () => {
  const isFound = (name: string): boolean => driven[`bare ${name}`]?.violations.length !== 0;
  expect(Object.keys(STAGES).filter(name => !isFound(name))).toEqual([]);
  expect(fixtures.filter(isFound).length / fixtures.length).toBeGreaterThan(0.8);
});
