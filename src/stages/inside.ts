/**
 * Which stages does a task call in the midst of its own accesses?
 *
 * Two answers are needed for each unit. While it *holds* something, a stage that it calls may have to wait for others. And
 * between its first access and its last, a stage that accesses the same would come in between, whether anything is held or not.
 *
 * A call that nobody awaits directly may be waited for at any time later. So whatever is started by such a call counts as
 * called in the midst, wherever the call is. Not so in a unit whose accesses all lie in its first segment: what comes behind an `await`,
 * in whatever function it calls, comes when that segment is over.
 */
import { type CallRecord, type Instance, isFollowed } from '../effects/instances.js';
import type { FunctionIR } from '../ir/ir.js';
import { comesBehindSuspension, spanOf } from './span.js';

/**
 * How a function is run, as seen from the unit.
 * - `apart`: outside of its accesses, and its caller waits until it is over
 * - `dangling`: the same, but nobody waits for what it returns
 * - `inside`: in the midst, or at an unknown time
 */
type Way = 'apart' | 'dangling' | 'inside';

/** What is known of the unit's own accesses. */
export interface UnitExtent {
  /** The functions that it begins with. */
  roots: readonly Instance[];
  /**
   * Of the function that it begins with, the operations in the course of which it holds something; 'all' if all of them
   * are; null if it holds nothing.
   */
  held: ReadonlySet<number> | 'all' | null;
  /** Whether all its accesses lie in its first segment. */
  isInFirstSegment: boolean;
  /** The operations of a function that access something, themselves or in what they call. */
  touchingIn(instance: Instance): ReadonlySet<number>;
}

/** The records of calls of stages that the unit makes in the midst of its accesses. */
export function stagesInside(extent: UnitExtent): Set<CallRecord> {
  const visit = new Visit(extent);
  for (const root of extent.roots) visit.ofRoot(root);
  return visit.found;
}

class Visit {
  readonly found = new Set<CallRecord>();
  private readonly seen = {
    apart: new Set<Instance>(),
    dangling: new Set<Instance>(),
    inside: new Set<Instance>(),
  };
  private readonly parts = new Set<Instance>();
  private readonly rootFunctions: ReadonlySet<FunctionIR>;

  constructor(private readonly extent: UnitExtent) {
    this.rootFunctions = new Set(extent.roots.map(({ fn }) => fn));
  }

  ofRoot(root: Instance): void {
    const { held } = this.extent;
    if (held === 'all') this.of(root, 'inside');
    else if (held === null) this.ofPart(root);
    else this.operations(root, 'apart', index => held.has(index));
  }

  /** A function that makes all accesses of the unit: what is in their midst is found in it, or in one that it calls. */
  private ofPart(instance: Instance): void {
    if (this.parts.has(instance)) {
      this.of(instance, 'inside');
      return;
    }
    this.parts.add(instance);
    const { inside, sole } = spanOf(instance.fn, this.extent.touchingIn(instance));
    this.operations(
      instance,
      'apart',
      index => inside.has(index),
      index => sole.has(index),
    );
  }

  private of(instance: Instance, asked: Way): void {
    // A task that calls the function again makes any of its accesses before and after.
    const way = this.rootFunctions.has(instance.fn) ? 'inside' : asked;
    if (this.seen[way].has(instance) || this.seen.inside.has(instance)) return;
    this.seen[way].add(instance);
    this.operations(instance, way, () => way === 'inside');
  }

  /** @param isPart whether all accesses of the unit are made in the course of the operation */
  private operations(
    instance: Instance,
    way: Way,
    isInside: (index: number) => boolean,
    isPart: (index: number) => boolean = () => false,
  ): void {
    for (const [index, record] of instance.calls) {
      const { op, targets, callbacks, later, stages } = record;
      const own: Way = isInside(index) ? 'inside' : waitedFor(instance, way, op.join);
      for (const target of targets) {
        if (own === 'apart' && isPart(index)) this.ofPart(target);
        else this.of(target, wayOf(target.fn, own));
      }
      for (const target of callbacks) this.of(target, wayOf(target.fn, own === 'inside' ? own : 'dangling'));
      const isJoined = own === 'apart' && isFollowed(record);
      for (const target of later) this.of(target, isJoined ? own : 'inside');
      if (stages === null) continue;
      const isApart =
        own === 'apart' || (this.extent.isInFirstSegment && comesBehindSuspension(instance.fn, index));
      if (!isApart) this.found.add(record);
      for (const stage of stages) this.of(stage, isApart ? 'apart' : 'inside');
    }
  }
}

function waitedFor({ fn }: Instance, way: Way, join: 'await' | 'return' | 'none'): Way {
  if (join === 'none') return 'dangling';
  // What an async function returns has settled when the function has.
  return join === 'await' || fn.isAsync ? 'apart' : way;
}

/** What a function does after its first suspension is over only when its promise has settled. */
function wayOf({ isAsync, isGenerator }: FunctionIR, way: Way): Way {
  return way === 'dangling' && (isAsync || isGenerator) ? 'inside' : way;
}
