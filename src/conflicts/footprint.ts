/**
 * Footprints: all that a task may run, and all that it may access on the way.
 *
 * Most functions are run by many handlers, so what each function contributes is summed up once.
 */
import type { Access, Accesses, ResourceId } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';

/** Every function instance that a task starting with `roots` may run. */
export function reachableFrom(roots: Iterable<Instance>): Set<Instance> {
  const reached = new Set(roots);
  for (const instance of reached) for (const target of instance.runs) reached.add(target);
  return reached;
}

export class Footprints {
  /** By instance, as a function that is called and as the one that a task starts with. */
  private readonly called = new Map<Instance, Access[]>();
  private readonly started = new Map<Instance, Access[]>();

  constructor(
    accesses: Accesses,
    /** Which resources count. */
    counts: (resource: ResourceId) => boolean,
  ) {
    for (const [instance, all] of accesses.of) {
      const own = all.filter(access => counts(access.resource));
      if (own.length === 0) continue;
      this.started.set(instance, own);
      this.called.set(instance, own.some(a => a.isByCaller) ? own.filter(a => !a.isByCaller) : own);
    }
  }

  /** The accesses of a task that starts with `roots`, with the instance that makes each. */
  accessesOf(
    reached: Iterable<Instance>,
    roots: readonly Instance[],
  ): { instance: Instance; access: Access }[] {
    const found: { instance: Instance; access: Access }[] = [];
    for (const instance of reached)
      for (const access of this.ownOf(instance, roots)) found.push({ instance, access });
    return found;
  }

  /** The resources that such a task accesses, and whether it writes them. */
  touchedBy(reached: Iterable<Instance>, roots: readonly Instance[]): Map<ResourceId, boolean> {
    const touched = new Map<ResourceId, boolean>();
    for (const instance of reached)
      for (const { resource, write } of this.ownOf(instance, roots))
        if (write || !touched.has(resource)) touched.set(resource, write || touched.get(resource) === true);
    return touched;
  }

  private ownOf(instance: Instance, roots: readonly Instance[]): readonly Access[] {
    return (roots.includes(instance) ? this.started : this.called).get(instance) ?? [];
  }

  /** The operations of a function that write. */
  writesOf(instance: Instance): ReadonlySet<number> {
    const own = this.called.get(instance)?.filter(access => access.write);
    return new Set(own?.map(access => access.op));
  }

  /** The operations of a function that make an access. */
  operationsOf(instance: Instance, isRoot: boolean): ReadonlySet<number> {
    return new Set((isRoot ? this.started : this.called).get(instance)?.map(access => access.op));
  }
}
