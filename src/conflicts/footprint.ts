/** Footprints: all that a task may run, and all that it may access on the way. */
import type { Access, Accesses } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';

/** Every function instance that a task starting with `roots` may run. */
export function reachableFrom(roots: Iterable<Instance>): Set<Instance> {
  const reached = new Set(roots);
  for (const instance of reached) {
    for (const record of instance.calls.values()) {
      for (const target of record.targets) reached.add(target);
      for (const target of record.callbacks) reached.add(target);
      for (const target of record.later) reached.add(target);
    }
  }
  return reached;
}

/** The accesses of a task that starts with `roots`, with the instance that makes each. */
export function* accessesOf(
  reached: Iterable<Instance>,
  roots: readonly Instance[],
  accesses: Accesses,
): Iterable<{ instance: Instance; access: Access }> {
  for (const instance of reached) {
    const isRoot = roots.includes(instance);
    for (const access of accesses.of.get(instance) ?? [])
      if (isRoot || !access.isByCaller) yield { instance, access };
  }
}
