/**
 * The promise itself: whatever a program is and however its tasks interleave, results and state are those of some
 * serial order.
 *
 * ANYSPEED_PROGRAMS sets how many programs are tried, ANYSPEED_SEED which. If nobody asks for a number, it is three
 * thousand, or as many as two minutes allow.
 */
import { expect, test } from '@jest/globals';
import { findCounterexample } from './property.js';

const { ANYSPEED_PROGRAMS: programs, ANYSPEED_SEED: seed } = process.env;

test('every interleaving equals some serial order', async () => {
  const found = await findCounterexample({
    programs: Number(programs ?? 3000),
    seed: seed === undefined ? undefined : Number(seed),
    limit: programs === undefined ? 120_000 : undefined,
  });
  expect(found ?? 'no counterexample').toBe('no counterexample');
}, 3_600_000);
