/** Names of conflict classes: readable, and the same from build to build. */
import type { Accesses, ResourceId } from '../effects/accesses.js';
import { byKeys } from '../order/by-keys.js';
import type { ClassOfResources } from './classes.js';

/** What a class is named after only if it has nothing better: what functions without names hold, or are called with. */
const IS_OBSCURE = /<|\(\d+\)/;

/** Resources in the order in which people are told of them, and the name of their class: that of the first. */
export function named(
  resources: readonly ResourceId[],
  accesses: Accesses,
): Pick<ClassOfResources, 'name' | 'resources'> {
  const nameOf = (id: ResourceId): string => accesses.resources[id]?.name ?? '';
  const ordered = [...resources].sort(
    byKeys<ResourceId>(id => (IS_OBSCURE.test(nameOf(id)) ? 1 : 0), nameOf),
  );
  return { name: nameOf(ordered[0] as ResourceId), resources: ordered };
}
