/**
 * Waits for other tasks in sections: there what a handler holds is given up, and what it has read may have changed afterwards.
 */
import type { Op } from '../ir/ir.js';
import type { Analysis, Spot } from './finding.js';

export interface WaitInSection extends Spot {
  /** Where what settles the promise is kept. */
  keeper: string;
}

/** One for each `await`. */
export function findWaitsInSections({ waits }: Analysis): WaitInSection[] {
  const found = new Map<string, WaitInSection>();
  for (const [instance, own] of waits)
    for (const [index, { keeper }] of own) {
      const { at } = instance.opAt(index) as Extract<Op, { op: 'suspend' }>;
      found.set(`${instance.moduleId} ${at}`, { module: instance.moduleId, at, keeper });
    }
  return [...found.values()];
}
