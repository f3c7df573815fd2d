/**
 * All fixture programs under audit. What the plan says of each is tested elsewhere; here they run, several tasks at once, and
 * nothing that they do may contradict the plan, or come in an order that whole tasks could not have come in.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AUDIT_FINDINGS, MISSED_RACES } from '../effects/known-faults.js';
import { programsOf } from '../effects/programs.js';
import { type Compiled, compile, workspace } from './compiled.js';
import { type Driven, drive } from './driven.js';

/** Syntax that the Node or the Babel of the tests does not run. */
const NOT_RUNNABLE = new Set([
  'accessors/auto-accessor',
  'promises/await-using',
  'typescript/class-decorator',
  'typescript/import-equals',
  'typescript/jsx-component',
  'typescript/namespace-variable',
  'typescript/package-decorator',
]);

const programs = (['conflict', 'no-conflict'] as const).flatMap(suite =>
  programsOf(suite)
    .filter(({ name }) => !NOT_RUNNABLE.has(name))
    .map(program => ({ ...program, suite })),
);
const space = workspace();
let protectedOnes: Record<string, Driven> = {};
let bareOnes: Record<string, Driven> = {};

beforeAll(() => {
  const all: Compiled[] = [];
  const bare: Compiled[] = [];
  for (const [index, { suite, ...program }] of programs.entries()) {
    all.push(compile({ ...program, name: `${suite}/${program.name}` }, space.directory));
    if (index % 3 === 0 && suite === 'conflict' && !(program.name in MISSED_RACES))
      bare.push(
        compile({ ...program, name: `bare/${program.name}` }, space.directory, plan => ({
          ...plan,
          modules: plan.modules.map(module => ({ ...module, edits: [] })),
        })),
      );
  }
  protectedOnes = drive(all, space.directory);
  bareOnes = drive(bare, space.directory);
}, 240_000);
afterAll(space.remove);

describe('the audit finds nothing in', () => {
  test.each(programs)('$suite/$name', ({ name, suite }) => {
    const { failed, violations } = protectedOnes[`${suite}/${name}`] as Driven;
    const messages = violations.map(({ message }) => message);
    expect(failed).toBeUndefined();
    const isFaulty = name in AUDIT_FINDINGS || name in MISSED_RACES;
    if (isFaulty && suite === 'conflict') expect(messages).not.toEqual([]);
    else expect(messages).toEqual([]);
  });
});

test('with the locks left out, it finds most of the races', () => {
  const all = Object.values(bareOnes);
  const found = all.filter(({ violations }) => violations.length > 0);
  expect(all.length).toBeGreaterThan(130);
  expect(found.length / all.length).toBeGreaterThan(0.8);
});
