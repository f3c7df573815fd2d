/** Coarse analyses of programs that cannot be followed exactly: less is told apart, and every race is still found. */
import { describe, expect, test } from '@jest/globals';
import { CALLERS_TOGETHER, EXACT, type Precision, TANGLED } from '../../src/effects/precision.js';
import { writeProject } from '../graph/temporary-project.js';
import { MISSED_RACES } from './known-faults.js';
import { planOf, programsOf } from './programs.js';
import { missedRaces } from './verdicts.js';

/** Two routes of one factory, which are one handler when all calls of the factory are one. */
const JOINED = 'factories/two-products';

const all = programsOf('conflict');
const programs = all.filter(({ name }) => !(name in MISSED_RACES) && name !== JOINED);

/** Programs whose routes and listeners are called otherwise when it is not known what they are handed to. */
const RENAMED = new Set([
  'classes/leaks-this',
  'events/per-connection-listener',
  'events/per-connection-state',
  'globals/request-app',
  'handlers/plugin-function',
]);

/** As if there were too many touches in every program, and two objects were a bunch. */
const MERGING = { touches: { base: 0, perOperation: 0 }, bunch: 1 };

const COARSE: Record<string, Precision> = {
  'functions count as the same for all callers': CALLERS_TOGETHER,
  'objects that are used in the same places count as one': { ...EXACT, ...MERGING },
  'both do': { ...CALLERS_TOGETHER, ...MERGING },
  'nothing that holds more than two objects is told apart': { ...TANGLED, width: 2 },
  'nothing that holds more than one object is told apart': { ...TANGLED, width: 1 },
};

describe.each(Object.entries(COARSE))('when %s, a race is protected that flows through', (_, precision) => {
  const named = precision.width === 1 ? programs.filter(({ name }) => !RENAMED.has(name)) : programs;
  test.each(named)('$name', program => {
    expect(missedRaces(planOf(program, [precision]), program.expectations)).toEqual([]);
  });
});

test('routes that a factory makes are one handler, which is protected wherever it is registered', () => {
  const joined = all.find(({ name }) => name === JOINED) as (typeof all)[number];
  const plan = planOf(joined, [CALLERS_TOGETHER]);
  const routes = plan.handlers.filter(({ kind }) => kind === 'route');
  expect(routes.map(({ protection }) => protection)).toEqual(['section']);
  // In its body: so in every closure of it.
  expect(plan.modules.flatMap(({ edits }) => edits.map(({ kind }) => kind))).toEqual(['place-section']);
});

const [program] = programs as [(typeof programs)[number]];
const NO_WORK = { base: 0, perOperation: 0 };

const codesOf = (precisions: readonly Precision[]): string[] =>
  planOf(program, precisions).diagnostics.map(({ code }) => code);

test('routes whose names are lost are protected all the same', () => {
  for (const program of programs.filter(({ name }) => RENAMED.has(name))) {
    const { handlers } = planOf(program, [{ ...TANGLED, width: 1 }]);
    const sections = handlers.filter(({ protection }) => protection === 'section');
    expect([program.name, sections.length > 0]).toEqual([program.name, true]);
  }
});

test('functions that call each other in a very long chain do not end the build', () => {
  const links = Array.from(
    { length: 3000 },
    (_, i) => `const step${i} = async () => { await step${i + 1}(); };`,
  );
  const code = `let left = 10;
    const step3000 = async () => { const n = left; await null; left = n - 1; };
    ${links.join('\n')}
    export async function take() { await step0(); }`;
  const root = writeProject({ 'app.js': code });
  const { handlers } = planOf({ name: '', root, include: ['app.js'], expectations: [] });
  expect(handlers.map(({ protection }) => protection)).toEqual(['section']);
});

test('the next precision is tried when one takes too much work, and the plan says so', () => {
  expect(codesOf([EXACT])).not.toContain('coarse-analysis');
  expect(codesOf([{ ...EXACT, work: NO_WORK }, CALLERS_TOGETHER])).toContain('coarse-analysis');
});

test('the analysis is given up when all take too much work', () => {
  expect(
    codesOf([
      { ...EXACT, work: NO_WORK },
      { ...CALLERS_TOGETHER, work: NO_WORK },
    ]),
  ).toEqual(['program-too-tangled']);
});
