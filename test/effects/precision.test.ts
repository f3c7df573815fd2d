/**
 * Precision: programs that look like those of the soundness suite but have no conflict, or none that lasts
 * longer than a segment. Nothing in them may be locked.
 */
import { describe, expect, test } from '@jest/globals';
import { NEEDLESS_LOCKS } from './known-faults.js';
import { planOf, programsOf } from './programs.js';
import { handlerNamed, locked } from './verdicts.js';

const programs = programsOf('no-conflict');

test('there are at least 100 programs, and every known fault is one of them', () => {
  expect(programs.length).toBeGreaterThanOrEqual(100);
  const names = new Set(programs.map(({ name }) => name));
  expect(Object.keys(NEEDLESS_LOCKS).filter(name => !names.has(name))).toEqual([]);
});

describe('nothing is locked in', () => {
  test.each(programs)('$name', program => {
    const { name, expectations } = program;
    const plan = planOf(program);
    const unexpected = expectations.flatMap(expectation => {
      if (expectation.kind !== 'untouched') return [`${expectation.kind} is no expectation here`];
      const handler = handlerNamed(plan, expectation.handler);
      return typeof handler === 'string' ? [handler] : [];
    });
    expect(unexpected).toEqual([]);
    if (name in NEEDLESS_LOCKS) expect(locked(plan)).not.toEqual([]);
    else expect(locked(plan)).toEqual([]);
  });
});
