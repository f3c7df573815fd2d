/**
 * Conflict classes, and what each handler must do about them.
 *
 * A resource conflicts when some handler writes it: two tasks of that very handler conflict on it already. Resources
 * that the same handlers access in the same modes are one class. Whether a handler needs a section depends
 * on how its own conflicting accesses are spread over segments; whether a class needs a lock at all, on
 * whether any of its handlers has a section on it that is not through with it in one segment.
 */
import type { Accesses, ResourceId } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { reachableFrom } from '../effects/reachable.js';
import { byKeys } from '../order/by-keys.js';
import type { Protection, ProtectionReason } from '../plan/plan.js';
import { named } from './class-names.js';
import { type AccessIn, callersOf, Footprints, reachableWithStages } from './footprint.js';
import { entrancesOf, type Handler } from './handlers.js';
import { findMomentary } from './momentary.js';
import { Reentry, waitingAmong } from './reentry.js';
import { type KnownSegments, SegmentAnalysis, type Spread } from './segments.js';

export interface ClassOfResources {
  name: string;
  resources: ResourceId[];
  /** The strongest access of each handler, by its index. */
  members: { handler: number; write: boolean }[];
  locked: boolean;
}

export interface Decision {
  protection: Protection;
  reason: ProtectionReason;
  /** Index of each class that it passes or holds, and whether it writes there. */
  classes: { class: number; write: boolean }[];
  reached: ReadonlySet<Instance>;
  /** Its accesses of conflicting resources. */
  accesses: readonly AccessIn[];
}

export interface Conflicts {
  classes: ClassOfResources[];
  /** By index of the handler. */
  decisions: Decision[];
  segments: SegmentAnalysis;
  /** The accesses of conflicting resources. */
  footprints: Footprints;
  /** The resources of classes that need no lock although there are sections with accesses of them. */
  momentary: ReadonlySet<ResourceId>;
  /** Whether code outside may call handlers in the middle of a section, so that its task takes more, late. */
  mayTakeLate: boolean;
}

/** Who waits for whom. */
export interface Waiting {
  classes: Pick<ClassOfResources, 'members' | 'locked'>[];
  /** By index of the handler: whether it has a section. */
  sections: boolean[];
}

/** What follows from the accesses alone. */
interface Spreads
  extends Pick<Conflicts, 'classes' | 'segments' | 'footprints' | 'momentary' | 'mayTakeLate'> {
  /** By index of the handler. */
  spreads: Spread[];
  lockedOf: Decision['classes'][];
}

/** @param underOwnLock indices of the handlers whose accesses are left out, as the program has a lock of its own for them */
export function findConflicts(
  program: PointsTo,
  handlers: readonly Handler[],
  accesses: Accesses,
  underOwnLock: ReadonlySet<number>,
): Conflicts {
  const reached = handlers.map(h => reachableFrom(h.instances));
  const callers = callersOf(program.instances.all);
  const found = findSpreads(handlers, accesses, reached, null, callers, (spreads, segments) =>
    mayTakeLate(program, handlers, reached, spreads, segments, callers),
  );
  const { spreads, lockedOf, ...rest } = found;
  const decisions = handlers.map((handler, i): Decision => {
    const own = lockedOf[i] as Decision['classes'];
    const [protection, reason] = underOwnLock.has(i)
      ? (['untouched', 'own-lock'] as const)
      : protect(handler, spreads[i] as Spread, own.length > 0);
    return {
      protection,
      reason,
      classes: protection === 'untouched' ? [] : own,
      reached: reached[i] as Set<Instance>,
      accesses: rest.footprints.accessesOf(reached[i] as Set<Instance>, entrancesOf(handler)),
    };
  });
  return { ...rest, decisions };
}

/** Whether code outside may call a handler in the middle of a section. */
function mayTakeLate(
  program: PointsTo,
  handlers: readonly Handler[],
  reached: readonly ReadonlySet<Instance>[],
  spreads: readonly Spread[],
  segments: SegmentAnalysis,
  callers: KnownSegments['callers'],
): boolean {
  const waiting = waitingAmong(handlers.filter((_, index) => spreads[index] !== 'none'));
  const running = new Set<Instance>();
  for (const [index, instances] of reached.entries())
    if (spreads[index] === 'several') for (const instance of instances) running.add(instance);
  const reentry = new Reentry(program, waiting, segments, reachableWithStages(running), callers);
  return reentry.mayCallIn(running);
}

/**
 * Who would wait for whom if there were only some of the accesses.
 * @param all the conflicts with all of them
 * @param callers by function: those that run it
 */
export function findWaiting(
  handlers: readonly Handler[],
  some: Accesses,
  all: Conflicts,
  callers: KnownSegments['callers'],
): Waiting {
  const reached = all.decisions.map(decision => decision.reached);
  const known = { segments: all.segments, callers };
  const { classes, spreads, lockedOf } = findSpreads(
    handlers,
    some,
    reached,
    known,
    callers,
    () => all.mayTakeLate,
  );
  const sections = handlers.map(
    (handler, i) => protect(handler, spreads[i] as Spread, lockedOf[i]?.length !== 0)[0] === 'section',
  );
  return { classes, sections };
}

function findSpreads(
  handlers: readonly Handler[],
  accesses: Accesses,
  reached: readonly ReadonlySet<Instance>[],
  known: KnownSegments | null,
  callers: KnownSegments['callers'],
  isTakingLate: (spreads: readonly Spread[], segments: SegmentAnalysis) => boolean,
): Spreads {
  const written = new Set<ResourceId>();
  for (const list of accesses.of.values()) for (const a of list) if (a.write) written.add(a.resource);
  // What nobody writes can be left out at once; what only module evaluation writes turns out below.
  const all = new Footprints(accesses, resource => written.has(resource));
  const touched = handlers.map((h, i) =>
    h.isOptedOut || h.isMerged
      ? new Map<ResourceId, boolean>()
      : all.touchedBy(reached[i] as ReadonlySet<Instance>, entrancesOf(h)),
  );
  const conflicting = new Set<ResourceId>();
  for (const map of touched) for (const [resource, write] of map) if (write) conflicting.add(resource);

  const whole = partition(touched, conflicting, accesses);
  const isConflicting = (resource: ResourceId): boolean => conflicting.has(resource);
  const segments = new SegmentAnalysis(new Footprints(accesses, isConflicting), known);
  const spreads = handlers.map(
    (h, i): Spread =>
      touchesAny(touched[i], conflicting) ? segments.spreadOf(h.instances, h.isEntrance) : 'none',
  );
  const hasSections = spreads.includes('several');
  const mayTakeLate = hasSections && isTakingLate(spreads, segments);
  const momentary =
    hasSections && !mayTakeLate
      ? findMomentary({ handlers, accesses, classes: whole, spreads, callers })
      : new Set<ResourceId>();
  const classes = divide(whole, momentary, accesses);
  for (const c of classes)
    c.locked =
      !momentary.has(c.resources[0] as ResourceId) && c.members.some(m => spreads[m.handler] === 'several');
  const lockedOf = handlers.map((): Decision['classes'] => []);
  classes.forEach((c, index) => {
    if (c.locked)
      for (const { handler, write } of c.members) lockedOf[handler]?.push({ class: index, write });
  });
  const footprints = new Footprints(accesses, isConflicting, momentary);
  return { classes, segments, footprints, momentary, mayTakeLate, spreads, lockedOf };
}

function protect(handler: Handler, spread: Spread, hasLockedClass: boolean): [Protection, ProtectionReason] {
  if (handler.isOptedOut) return ['untouched', 'opted-out'];
  if (handler.isMerged) return ['untouched', 'inside-callers'];
  if (spread === 'none') return ['untouched', 'no-conflict'];
  if (!hasLockedClass) return ['untouched', 'atomic-by-itself'];
  if (spread === 'several') return ['section', 'several-segments'];
  return spread === 'first' ? ['gate', 'one-segment'] : ['section', 'one-later-segment'];
}

function touchesAny(
  touched: Map<ResourceId, boolean> | undefined,
  conflicting: ReadonlySet<ResourceId>,
): boolean {
  for (const resource of touched?.keys() ?? []) if (conflicting.has(resource)) return true;
  return false;
}

/** Resources that exactly the same handlers access in exactly the same modes, together. */
function partition(
  touched: readonly Map<ResourceId, boolean>[],
  conflicting: ReadonlySet<ResourceId>,
  accesses: Accesses,
): ClassOfResources[] {
  const bySignature = new Map<string, ClassOfResources>();
  const membersOf = new Map<ResourceId, ClassOfResources['members']>();
  for (const resource of conflicting) membersOf.set(resource, []);
  touched.forEach((map, handler) => {
    for (const [resource, write] of map) membersOf.get(resource)?.push({ handler, write });
  });
  for (const [resource, members] of membersOf) {
    const signature = members.map(m => `${m.handler}${m.write ? 'w' : 'r'}`).join(' ');
    const known = bySignature.get(signature);
    if (known) known.resources.push(resource);
    else bySignature.set(signature, { name: '', resources: [resource], members, locked: false });
  }
  return inOrder([...bySignature.values()], accesses);
}

/** Momentary resources are classes of their own. */
function divide(
  classes: readonly ClassOfResources[],
  momentary: ReadonlySet<ResourceId>,
  accesses: Accesses,
): ClassOfResources[] {
  const parts = classes.flatMap(whole => {
    const isMomentary = (id: ResourceId): boolean => momentary.has(id);
    const [some, others] = [
      whole.resources.filter(isMomentary),
      whole.resources.filter(id => !isMomentary(id)),
    ];
    return [some, others].filter(part => part.length > 0).map(resources => ({ ...whole, resources }));
  });
  return inOrder(parts, accesses);
}

function inOrder(classes: readonly ClassOfResources[], accesses: Accesses): ClassOfResources[] {
  return classes
    .map(c => ({ ...c, ...named(c.resources, accesses) }))
    .sort(byKeys<ClassOfResources>(c => c.name));
}
