/**
 * Soundness: one small program for every construct through which a value, an alias, a call or an effect can
 * flow, each with a race that flows through it. The plan must protect every one of them.
 */
import { describe, expect, test } from '@jest/globals';
import { MISSED_RACES, NEEDLESS_WAITS } from './known-faults.js';
import { planOf, programsOf } from './programs.js';
import { missedRaces, needlessWaits } from './verdicts.js';

const programs = programsOf('conflict');

test('there are at least 150 programs, and every known fault is one of them', () => {
  expect(programs.length).toBeGreaterThanOrEqual(150);
  const names = new Set(programs.map(({ name }) => name));
  const listed = [...Object.keys(MISSED_RACES), ...Object.keys(NEEDLESS_WAITS)];
  expect(listed.filter(name => !names.has(name))).toEqual([]);
});

describe('a race is protected that flows through', () => {
  test.each(programs)('$name', program => {
    const { name, expectations } = program;
    const plan = planOf(program);
    const missed = missedRaces(plan, expectations);
    if (name in MISSED_RACES) expect(missed).not.toEqual([]);
    else expect(missed).toEqual([]);
    const needless = needlessWaits(plan, expectations);
    if (name in NEEDLESS_WAITS) expect(needless).not.toEqual([]);
    else expect(needless).toEqual([]);
  });
});
