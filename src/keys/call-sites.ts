/**
 * Call sites: by function, the calls that hand it its arguments, and those who have it run in another way, with arguments
 * that are not known.
 *
 * Of the whole program, looked for once: each task makes some of the calls.
 */
import type { CallRecord, Instance } from '../effects/instances.js';

export interface CallSite {
  caller: Instance;
  record: CallRecord;
}

export class CallSites {
  private readonly sites = new Map<Instance, CallSite[]>();
  private readonly handedBy = new Map<Instance, Instance[]>();

  constructor(instances: Iterable<Instance>) {
    for (const caller of instances)
      for (const record of caller.calls.values()) {
        const isCall = record.op.op === 'call';
        for (const target of record.targets) {
          if (isCall && !record.rearranged?.has(target)) note(this.sites, target, { caller, record });
          else note(this.handedBy, target, caller);
        }
        for (const target of record.callbacks) note(this.handedBy, target, caller);
        for (const target of record.later) note(this.handedBy, target, caller);
      }
  }

  /** The calls of a function by some others. */
  of(target: Instance, callers: ReadonlySet<Instance>): CallSite[] {
    return (this.sites.get(target) ?? []).filter(({ caller }) => callers.has(caller));
  }

  /** Whether one of some others has the function run with arguments that are not known. */
  isHanded(target: Instance, callers: ReadonlySet<Instance>): boolean {
    return this.handedBy.get(target)?.some(caller => callers.has(caller)) === true;
  }
}

function note<T>(lists: Map<Instance, T[]>, target: Instance, one: T): void {
  const known = lists.get(target);
  if (known) known.push(one);
  else lists.set(target, [one]);
}
