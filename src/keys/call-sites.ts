/**
 * Call sites: by function, the calls that hand it its arguments, and those who have it run in another way, with arguments
 * that are not known.
 *
 * Of the whole program, looked for once: each task makes some of the calls.
 */
import type { CallRecord, Instance } from '../effects/instances.js';
import { isPseudo } from '../effects/tokens.js';
import type { Op } from '../ir/ir.js';

export interface CallSite {
  caller: Instance;
  /** Of the operation in its function. */
  index: number;
  /** An access, if the function is an accessor. */
  op: Extract<Op, { op: 'call' | 'load' | 'store' }>;
}

export class CallSites {
  private readonly sites = new Map<Instance, CallSite[]>();
  private readonly handedBy = new Map<Instance, Instance[]>();

  constructor(instances: Iterable<Instance>) {
    for (const caller of instances)
      for (const [index, record] of caller.calls) {
        const { op } = record;
        for (const target of record.targets) {
          if (op.op === 'call' && !record.rearranged?.has(target))
            note(this.sites, target, { caller, index, op });
          else note(this.handedBy, target, caller);
        }
        const access = record.callbacks.size > 0 ? accessOf(caller, index, record) : null;
        for (const target of record.callbacks) {
          if (access) note(this.sites, target, { caller, index, op: access });
          else note(this.handedBy, target, caller);
        }
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

/** The access that calls an accessor, if that is what a record is about. */
function accessOf(caller: Instance, index: number, { op }: CallRecord): CallSite['op'] | null {
  const access = op.op === 'react' ? caller.opAt(index) : undefined;
  return (access?.op === 'load' || access?.op === 'store') && !isPseudo(access.field) ? access : null;
}

function note<T>(lists: Map<Instance, T[]>, target: Instance, one: T): void {
  const known = lists.get(target);
  if (known) known.push(one);
  else lists.set(target, [one]);
}
