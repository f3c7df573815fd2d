/**
 * The accesses of every handler as the plan tells them: by name and line, in order, without repetitions.
 *
 * Handlers that call the same functions share most of their accesses, so each is named, placed and ranked once, and a
 * handler's list is a selection.
 */
import type { Conflicts } from '../conflicts/classes.js';
import type { Access, Accesses } from '../effects/accesses.js';
import type { ModuleId } from '../graph/module-graph.js';
import { byKeys } from '../order/by-keys.js';
import type { Location, PlannedAccess } from './plan.js';

/** @returns by index of the handler */
export function planAccesses(
  { decisions }: Conflicts,
  accesses: Accesses,
  locate: (module: ModuleId, offset: number) => Location,
): PlannedAccess[][] {
  const byName = new Map<string, PlannedAccess>();
  const planned = new Map<Access, PlannedAccess>();
  for (const decision of decisions) {
    for (const { instance, access } of decision.accesses) {
      if (planned.has(access)) continue;
      const name = `${access.resource} ${access.write} ${access.at} ${instance.moduleId}`;
      let one = byName.get(name);
      if (!one) {
        one = {
          resource: accesses.resources[access.resource]?.name ?? '',
          mode: access.write ? 'write' : 'read',
          at: locate(instance.moduleId, access.at),
        };
        byName.set(name, one);
      }
      planned.set(access, one);
    }
  }
  const inOrder = [...byName.values()].sort(
    byKeys<PlannedAccess>(
      a => a.resource,
      a => a.at.module,
      a => a.at.line,
      a => a.at.column,
      a => a.mode,
    ),
  );
  const rank = new Map(inOrder.map((one, i) => [one, i]));
  return decisions.map(decision => {
    const ranks = new Set<number>();
    for (const { access } of decision.accesses)
      ranks.add(rank.get(planned.get(access) as PlannedAccess) as number);
    return [...ranks].sort((a, b) => a - b).map(i => inOrder[i] as PlannedAccess);
  });
}
