/**
 * What is not understood, and how many handlers wait for that.
 *
 * An assumption counts with all the places that force it: as long as one of ten calls of a package is not understood,
 * the handlers wait all the same.
 */
import type { Access, ResourceId } from '../effects/accesses.js';
import type { Assumed } from '../effects/touches.js';
import { byKeys } from '../order/by-keys.js';
import { type Analysis, keyOfAssumed, type Spot } from './finding.js';
import type { WaitingPairs } from './waiting-pairs.js';

/** Each is measured by looking for all conflicts again, so only those that are made most often are. */
const MAX_MEASURED = 6;
/** In large programs fewer are: as many as there are with this number of accesses to look at. */
const MAX_ACCESSES = 3_000_000;

export interface CostlyAssumption extends Spot {
  assumed: Assumed;
  /** Pairs of handlers that wait for each other only because of it. */
  pairs: number;
}

/** The assumptions behind what handlers wait for, the most expensive first. `at` is the first place of each. */
export function costlyAssumptions(analysis: Analysis, pairs: WaitingPairs): CostlyAssumption[] {
  let accesses = 1;
  for (const decision of analysis.conflicts.decisions) accesses += decision.accesses.length;
  const most = Math.min(MAX_MEASURED, Math.max(1, Math.floor(MAX_ACCESSES / accesses)));
  const candidates = assumptionsThatLock(analysis).slice(0, most);
  return candidates
    .map(({ count: _, ...candidate }) => {
      const key = keyOfAssumed(candidate.assumed);
      const isDue = ({ assumed }: Access): boolean => assumed !== null && keyOfAssumed(assumed) === key;
      return { ...candidate, pairs: pairs.dueTo(isDue) };
    })
    .sort(
      byKeys<CostlyAssumption>(
        c => -c.pairs,
        c => keyOfAssumed(c.assumed),
      ),
    );
}

/** The assumptions by which handlers access something locked, the most frequent first. */
function assumptionsThatLock({ conflicts }: Analysis): (Spot & { assumed: Assumed; count: number })[] {
  const locked = new Set<ResourceId>();
  for (const c of conflicts.classes) if (c.locked) for (const resource of c.resources) locked.add(resource);
  const found = new Map<string, Spot & { assumed: Assumed; count: number }>();
  const counted = new Set<Access>();
  for (const { accesses } of conflicts.decisions)
    for (const { instance, access } of accesses) {
      const { assumed, at, resource } = access;
      if (assumed === null || !locked.has(resource) || counted.has(access)) continue;
      counted.add(access);
      const spot = { module: instance.moduleId, at };
      const key = keyOfAssumed(assumed);
      const known = found.get(key);
      if (!known) found.set(key, { ...spot, assumed, count: 1 });
      else {
        known.count++;
        if (inOrder(spot, known) < 0) Object.assign(known, spot);
      }
    }
  return [...found.values()].sort(
    byKeys<Spot & { assumed: Assumed; count: number }>(
      f => -f.count,
      f => keyOfAssumed(f.assumed),
    ),
  );
}

const inOrder = byKeys<Spot>(
  s => s.module,
  s => s.at,
);
