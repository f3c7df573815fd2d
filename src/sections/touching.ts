/**
 * Touching: which operations access conflicting state, themselves or through what they call; and whether all that they
 * start is over when they are.
 */
import { type Footprints, reachedFrom } from '../conflicts/footprint.js';
import { type CallRecord, type Instance, isAnyRunBy, isFollowed } from '../effects/instances.js';
import type { Op } from '../ir/ir.js';

export class Touching {
  /** Functions that access conflicting state, themselves or through what they call. */
  private readonly touching: ReadonlySet<Instance>;
  /** Functions that write conflicting state, themselves or through what they call. */
  private readonly writing: ReadonlySet<Instance>;
  /** Functions whose accesses may come after a suspension of their own, or that hand on promises of such. */
  private readonly lasting: ReadonlySet<Instance>;

  private readonly own = new Map<Instance, ReadonlySet<number>>();

  constructor(
    instances: readonly Instance[],
    callers: ReadonlyMap<Instance, readonly Instance[]>,
    private readonly footprints: Footprints,
    /** Calls whose work goes on beside what follows. */
    private readonly floating: ReadonlyMap<Instance, ReadonlySet<number>>,
  ) {
    this.touching = reachedFrom(
      instances.filter(instance => this.ownOf(instance).size > 0),
      callers,
    );
    this.writing = reachedFrom(
      instances.filter(instance => footprints.writesOf(instance).size > 0),
      callers,
    );
    this.lasting = reachedFrom(
      instances.filter(
        instance => this.touching.has(instance) && (instance.fn.isAsync || this.hasReactions(instance)),
      ),
      callers,
    );
  }

  private ownOf(instance: Instance): ReadonlySet<number> {
    let own = this.own.get(instance);
    if (!own) {
      own = this.footprints.operationsOf(instance, false);
      this.own.set(instance, own);
    }
    return own;
  }

  private hasReactions(instance: Instance): boolean {
    for (const record of instance.calls.values())
      if (record.externals.size > 0 || record.later.size > 0 || record.models.some(m => m.model.isAsync))
        return true;
    return false;
  }

  isTouching(instance: Instance): boolean {
    return this.touching.has(instance);
  }

  /** Whether the operation accesses something itself. */
  hasOwn(instance: Instance, index: number): boolean {
    return this.ownOf(instance).has(index);
  }

  /** Whether whoever calls the function as a handler accesses something through what it returns. */
  ofCaller(instance: Instance): boolean {
    return this.footprints.operationsOf(instance, true).size > this.ownOf(instance).size;
  }

  /** The operations that access something, themselves or through what they call. */
  operationsOf(instance: Instance): Set<number> {
    const ops = new Set(this.ownOf(instance));
    for (const [index, record] of instance.calls) if (this.some(record, this.touching)) ops.add(index);
    return ops;
  }

  /** The operations that write something, themselves or through what they call. */
  writesOf(instance: Instance): Set<number> {
    const ops = new Set(this.footprints.writesOf(instance));
    for (const [index, record] of instance.calls) if (this.some(record, this.writing)) ops.add(index);
    return ops;
  }

  /** Whether the accesses of a touching operation may come after it has been left for the first time. */
  lasts(instance: Instance, index: number, op: Op): boolean {
    // A `then` of the program's own runs after the suspension.
    if (op.op === 'suspend') return true;
    const record = instance.calls.get(index);
    if (!record) return false;
    if (this.some(record, this.lasting)) return true;
    if (record.externals.size === 0 && !record.models.some(m => m.model.isAsync)) return false;
    return this.ownOf(instance).has(index);
  }

  /** Whether something that the function starts may go on accessing when nobody waits for it any more. */
  startsOutliving(instance: Instance): boolean {
    if (!this.touching.has(instance)) return false;
    if (this.floating.has(instance)) return true;
    for (const record of instance.calls.values()) {
      if (record.callbacks.some(target => this.lasting.has(target))) return true;
      const isJoined = record.op.join !== 'none' && isFollowed(record);
      if (!isJoined && record.later.some(target => this.touching.has(target))) return true;
    }
    return false;
  }

  private some(record: CallRecord, wanted: ReadonlySet<Instance>): boolean {
    return isAnyRunBy(record, target => wanted.has(target));
  }
}
