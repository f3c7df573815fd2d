/** Coarse analyses of programs that cannot be followed exactly: less is told apart, and every race is still found. */
import { describe, expect, test } from '@jest/globals';
import { CALLERS_TOGETHER, EXACT, type Precision } from '../../src/effects/precision.js';
import { MISSED_RACES } from './known-faults.js';
import { planOf, programsOf } from './programs.js';
import { missedRaces } from './verdicts.js';

/** Two routes of one factory, which are one handler when all calls of the factory are one. */
const JOINED = 'factories/two-products';

const all = programsOf('conflict');
const programs = all.filter(({ name }) => !(name in MISSED_RACES) && name !== JOINED);

/** As if there were too many touches in every program, and two objects were a bunch. */
const MERGING = { touches: { base: 0, perOperation: 0 }, bunch: 1 };

const COARSE: Record<string, Precision> = {
  'functions count as the same for all callers': CALLERS_TOGETHER,
  'objects that are used in the same places count as one': { ...EXACT, ...MERGING },
  'both do': { ...CALLERS_TOGETHER, ...MERGING },
};

describe.each(Object.entries(COARSE))('when %s, a race is protected that flows through', (_, precision) => {
  test.each(programs)('$name', program => {
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
