/**
 * How much concurrency something costs: how many pairs of handlers wait for each other only because of it.
 *
 * It is found out by looking what the conflicts would be without the accesses in question. A handler counts as a pair with
 * itself, since two of its tasks may meet.
 */
import { type ClassOfResources, type Conflicts, findConflicts } from '../conflicts/classes.js';
import { type Access, withoutAccesses } from '../effects/accesses.js';
import type { Analysis } from './finding.js';

export class WaitingPairs {
  /** In the program as it is. */
  readonly all: number;

  constructor(private readonly analysis: Analysis) {
    this.all = countPairs(analysis.conflicts);
  }

  /** How many pairs wait only because of the accesses that are picked. */
  dueTo(isPicked: (access: Access) => boolean): number {
    const { handlers, accesses } = this.analysis;
    return this.all - countPairs(findConflicts(handlers, withoutAccesses(accesses, isPicked), new Set()));
  }
}

/** Pairs that wait for several classes count once. */
function countPairs({ classes, decisions }: Conflicts): number {
  const lockedOf = decisions.map((): { members: ClassOfResources['members']; write: boolean }[] => []);
  for (const { locked, members } of classes)
    if (locked) for (const { handler, write } of members) lockedOf[handler]?.push({ members, write });
  const isSection = (handler: number): boolean => decisions[handler]?.protection === 'section';
  /** By handler: the last section that it was found to wait for. */
  const seen = new Int32Array(decisions.length).fill(-1);
  let pairs = 0;
  lockedOf.forEach((own, handler) => {
    if (!isSection(handler)) return;
    for (const { members, write } of own)
      for (const other of members) {
        if ((!write && !other.write) || seen[other.handler] === handler) continue;
        seen[other.handler] = handler;
        // Of two sections, the first counts the pair.
        if (other.handler >= handler || !isSection(other.handler)) pairs++;
      }
  });
  return pairs;
}
