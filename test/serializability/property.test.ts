/**
 * The promise itself: whatever a program is and however its tasks interleave, results and state are those of some
 * serial order.
 *
 * ANYSPEED_PROGRAMS sets how many programs are tried, ANYSPEED_SEED which.
 */
import { expect, test } from '@jest/globals';
import { findCounterexample } from './property.js';

const PROGRAMS = Number(process.env.ANYSPEED_PROGRAMS ?? 3000);
const { ANYSPEED_SEED: seed } = process.env;

test('every interleaving equals some serial order', async () => {
  const found = await findCounterexample(PROGRAMS, seed === undefined ? undefined : Number(seed));
  expect(found ?? 'no counterexample').toBe('no counterexample');
}, 3_600_000);
