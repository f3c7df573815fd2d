/**
 * Classes with keys: those containers that are worth it get classes of their own, in which every handler has its keys or
 * takes the whole.
 *
 * A class is held by its keys only if all of its resources are, and by the same ones. So resources that would otherwise be one
 * class are told apart by how each handler accesses them.
 */
import { named } from '../conflicts/class-names.js';
import type { ClassOfResources, Conflicts, Decision } from '../conflicts/classes.js';
import type { Accesses, ResourceId } from '../effects/accesses.js';
import { byKeys } from '../order/by-keys.js';
import { textOf } from './expression.js';
import type { KeyedAccess, Keys } from './find-keys.js';

/** What a handler holds or passes of a class, besides the mode: by handler, by class. */
export type ClassKeys = readonly ReadonlyMap<number, KeyedAccess>[];

export function refineClasses(
  conflicts: Conflicts,
  accesses: Accesses,
  keys: Keys,
): { conflicts: Conflicts; keys: ClassKeys } {
  const finer: { of: ClassOfResources; keyed: ResourceId | null }[] = [];
  for (const whole of conflicts.classes) {
    const parts = new Map<string, ResourceId[]>();
    for (const id of whole.resources) {
      const how = isWorthIt(whole, id, conflicts.decisions, keys) ? signatureOf(whole, id, keys) : '';
      const part = parts.get(how);
      if (part) part.push(id);
      else parts.set(how, [id]);
    }
    for (const [how, resources] of parts) {
      const [first] = resources as [ResourceId];
      finer.push({ of: { ...whole, ...named(resources, accesses) }, keyed: how === '' ? null : first });
    }
  }
  finer.sort(byKeys<(typeof finer)[number]>(({ of }) => of.name));

  const held = conflicts.decisions.map((): Decision['classes'] => []);
  const ofClass = conflicts.decisions.map(() => new Map<number, KeyedAccess>());
  finer.forEach(({ of, keyed }, index) => {
    for (const { handler, write } of of.members) {
      if (!of.locked || conflicts.decisions[handler]?.protection === 'untouched') continue;
      held[handler]?.push({ class: index, write });
      const access = keyed === null ? undefined : keys[handler]?.get(keyed);
      if (!access) continue;
      const moments = of.resources.flatMap(id => momentsOf(keys[handler]?.get(id)));
      ofClass[handler]?.set(index, access.keys ? { ...access, moments } : access);
    }
  });
  return {
    conflicts: {
      ...conflicts,
      classes: finer.map(({ of }) => of),
      decisions: conflicts.decisions.map((decision, i) => ({
        ...decision,
        classes: held[i] as Decision['classes'],
      })),
    },
    keys: ofClass,
  };
}

const momentsOf = (access: KeyedAccess | undefined) => (access?.keys ? access.moments : []);

/** Whether two tasks can run beside each other because of the keys: of one handler with a section, and of another or itself. */
function isWorthIt(
  { members, locked }: ClassOfResources,
  id: ResourceId,
  decisions: readonly Decision[],
  keys: Keys,
): boolean {
  if (!locked) return false;
  const keyed = members.filter(({ handler }) => keys[handler]?.get(id)?.keys);
  const holding = keyed.filter(({ handler }) => decisions[handler]?.protection === 'section');
  return holding.some(one => keyed.some(other => one.write || other.write));
}

function signatureOf({ members }: ClassOfResources, id: ResourceId, keys: Keys): string {
  return members
    .map(({ handler }) => {
      const access = keys[handler]?.get(id);
      return access?.keys ? `${access.kind} ${access.keys.map(textOf).join(' ')}` : 'whole';
    })
    .join(' | ');
}
