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

test.each(Object.entries(BREAKAGES))(
  'it is noticed when %s',
  async (_, breakage) => {
    const found = await findCounterexample({ programs: PROGRAMS, seed: SEED, breakage, takesFirst: true });
    expect(found).toEqual(expect.any(String));
  },
  120_000,
);
