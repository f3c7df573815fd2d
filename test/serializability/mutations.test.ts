/**
 * Whether the property would notice: code that was broken on purpose, in the ways in which a transform can be wrong,
 * must fail it.
 */
import { expect, test } from '@jest/globals';
import { configure } from '../../runtime/index.js';
import { BREAKAGES } from './breakages.js';
import { findCounterexample } from './property.js';

// Some of them wait for ever, and are not to be told of.
configure({ stallAfter: 0 });

const PROGRAMS = 3000;
const SEED = 1;
/** A search that goes on after its test has failed would take the time of those that follow. */
const LIMIT_MS = 240_000;

test.each(Object.entries(BREAKAGES))(
  'it is noticed when %s',
  async (_, breakage) => {
    const found = await findCounterexample({
      programs: PROGRAMS,
      seed: SEED,
      breakage,
      takesFirst: true,
      limit: LIMIT_MS,
    });
    expect(found).toEqual(expect.any(String));
  },
  300_000,
);
