/**
 * Footprints: all that a task may run, and all that it may access on the way.
 *
 * Most functions are run by many handlers, so what each function contributes is summed up once.
 */
import type { Access, Accesses, ResourceId } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';

/** Every function instance that a task starting with `roots` may run, or a stage that such a task calls as a unit of its own. */
export function reachableWithStages(roots: Iterable<Instance>): Set<Instance> {
  const reached = new Set(roots);
  for (const instance of reached) {
    for (const target of instance.runs) reached.add(target);
    for (const { stages } of instance.calls.values())
      if (stages !== null) for (const stage of stages) reached.add(stage);
  }
  return reached;
}

/** By function: those that run it. */
export function callersOf(instances: readonly Instance[]): Map<Instance, Instance[]> {
  const callers = new Map<Instance, Instance[]>();
  for (const instance of instances)
    for (const target of instance.runs) {
      const known = callers.get(target);
      if (known) known.push(instance);
      else callers.set(target, [instance]);
    }
  return callers;
}

/** All that is reached from `start` by going on to `next`, any number of times. */
export function reachedFrom(
  start: readonly Instance[],
  next: ReadonlyMap<Instance, readonly Instance[]>,
): Set<Instance> {
  const reached = new Set(start);
  for (const instance of reached) for (const other of next.get(instance) ?? []) reached.add(other);
  return reached;
}

/** An access, and the function that makes it. */
export interface AccessIn {
  instance: Instance;
  access: Access;
}

export class Footprints {
  /** By instance, as a function that is called and as the one that a task starts with. */
  private readonly called = new Map<Instance, readonly Access[]>();
  private readonly started = new Map<Instance, readonly Access[]>();
  /** The same with the function beside each: most are in the lists of many handlers. */
  private readonly withInstance = new Map<readonly Access[], readonly AccessIn[]>();

  constructor(
    accesses: Accesses,
    /** Which resources count. */
    counts: (resource: ResourceId) => boolean,
    /** Those of them of which a section that reads them goes on to writing. */
    private readonly momentary: ReadonlySet<ResourceId> = new Set(),
  ) {
    for (const [instance, all] of accesses.of) {
      const own = all.filter(access => counts(access.resource));
      if (own.length === 0) continue;
      this.started.set(instance, own);
      this.called.set(instance, own.some(a => a.isByCaller) ? own.filter(a => !a.isByCaller) : own);
    }
  }

  /** The accesses of a task that starts with `roots`, with the instance that makes each. */
  accessesOf(reached: Iterable<Instance>, roots: readonly Instance[]): AccessIn[] {
    const found: AccessIn[] = [];
    for (const instance of reached)
      for (const each of this.pairsOf(instance, this.ownOf(instance, roots))) found.push(each);
    return found;
  }

  /** The functions that make fewer accesses here than in `more`, which has all that are here. */
  differencesFrom(more: Footprints): Instance[] {
    return [...more.started.keys()].filter(
      instance => this.started.get(instance)?.length !== more.started.get(instance)?.length,
    );
  }

  /** The functions that make an access. */
  instances(): Instance[] {
    return [...this.started.keys()];
  }

  private pairsOf(instance: Instance, own: readonly Access[]): readonly AccessIn[] {
    if (own.length === 0) return [];
    let known = this.withInstance.get(own);
    if (!known) {
      known = own.map(access => ({ instance, access }));
      this.withInstance.set(own, known);
    }
    return known;
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

  /** The operations of a function before which a section that began by reading goes on to writing. */
  writesOf(instance: Instance): ReadonlySet<number> {
    const own = this.called
      .get(instance)
      ?.filter(({ write, resource }) => write || this.momentary.has(resource));
    return new Set(own?.map(access => access.op));
  }

  /** The operations of a function that make an access. */
  operationsOf(instance: Instance, isRoot: boolean): ReadonlySet<number> {
    return new Set((isRoot ? this.started : this.called).get(instance)?.map(access => access.op));
  }
}
