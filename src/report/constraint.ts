/**
 * How much each conflict class constrains the program.
 *
 * What costs concurrency is a task that waits for another one's section. So a class is measured by the pairs of
 * handlers of which one may have to wait for the other, counting a handler with itself, as two tasks of it may
 * meet too. A class that many handlers only pass costs little; one that many hold for long costs much.
 */
import { byKeys } from '../order/by-keys.js';
import type { ConflictClass, LockMode, Plan, PlannedHandler } from '../plan/plan.js';

export interface ClassConstraint {
  conflictClass: ConflictClass;
  /** Scheduled handlers that hold or pass it. */
  scheduled: { handler: PlannedHandler; mode: LockMode }[];
  /** How many of them hold it while a section is open. */
  sections: number;
  /** How many pairs of handlers it lets wait. */
  pairs: number;
}

/** All classes of a plan, the most constraining first. */
export function rankClasses(plan: Plan): ClassConstraint[] {
  const scheduledBy = new Map<string, ClassConstraint['scheduled']>();
  for (const handler of plan.handlers) {
    for (const { class: name, mode } of handler.classes) {
      const known = scheduledBy.get(name);
      if (known) known.push({ handler, mode });
      else scheduledBy.set(name, [{ handler, mode }]);
    }
  }
  return plan.classes
    .map(conflictClass => measure(conflictClass, scheduledBy.get(conflictClass.name) ?? []))
    .sort(
      byKeys<ClassConstraint>(
        c => -c.pairs,
        c => -c.scheduled.length,
        c => c.conflictClass.name,
      ),
    );
}

function measure(conflictClass: ConflictClass, scheduled: ClassConstraint['scheduled']): ClassConstraint {
  const counts = { section: { shared: 0, exclusive: 0 }, gate: { shared: 0, exclusive: 0 } };
  for (const { handler, mode } of scheduled) {
    // Who will write still excludes all who write, and in the end all who read.
    const counted = mode === 'shared' ? 'shared' : 'exclusive';
    if (handler.protection !== 'untouched') counts[handler.protection][counted]++;
  }
  const { section, gate } = counts;
  const sections = section.shared + section.exclusive;
  const pairs =
    (section.exclusive * (section.exclusive + 1)) / 2 +
    section.exclusive * (section.shared + gate.shared + gate.exclusive) +
    section.shared * gate.exclusive;
  return { conflictClass, scheduled, sections, pairs };
}
