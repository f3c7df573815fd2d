/**
 * What changed between a snapshot and a plan, and whether somebody should look at it: a handler that waits for more than
 * before has lost concurrency; one that no longer holds what it held has lost protection, unless it needs none.
 *
 * Classes are compared by their resources, since a class is renamed when another resource joins it.
 */
import { byKeys } from '../order/by-keys.js';
import type { LockMode, Plan } from '../plan/plan.js';
import {
  type Snapshot,
  type SnapshotForm,
  type SnapshotHandler,
  type SnapshotHold,
  snapshotOf,
} from './snapshot.js';

/** A resource in a mode that a handler holds or passes. */
export interface Held {
  resource: string;
  mode: LockMode;
}

/** A class of which a handler takes more entries than before. */
export interface Widened {
  resource: string;
  /** The keys that it took before. */
  before: string[];
  /** Null if it takes the class as a whole. */
  after: string[] | null;
}

/** Why a handler is no longer protected on a resource. */
export type ProtectionLoss =
  /** It is no handler any more. */
  | 'gone'
  | 'opted-out'
  /** The analysis sees no access of the resource by it. */
  | 'not-accessed'
  /** The analysis sees no handler write the resource: it may have another name. */
  | 'not-written';

export interface HandlerChange {
  id: string;
  before: SnapshotHandler | null;
  after: SnapshotHandler | null;
  /** What it was called before, if its name changed. */
  renamedFrom: string | null;
  /** It waits for others, or makes them wait, where it did not, or for longer. */
  lostConcurrency: boolean;
  /** What it waits for in addition, and what in a stronger mode. */
  gained: Held[];
  /** What it is no longer protected on. */
  lost: (Held & { why: ProtectionLoss })[];
  /** Its section is given up in between, and was not before: what it reads before and after need not fit together. */
  isSplit: boolean;
  /** What it waited for under some keys only, and under more now. */
  widened: Widened[];
  /** What it took in a later step of its section, and takes where that begins now. */
  sooner: Held[];
  /** What it does not wait for any longer, or only under some keys or in a later step, and needs not. */
  freed: Held[];
}

export interface Comparison {
  /** In the order of their ids; handlers that did not change are missing. */
  handlers: HandlerChange[];
  /** Resources that have another name. */
  renamed: { before: string; after: string }[];
  /** Functions that could run in other threads and stay in theirs now; missing where there is none. */
  bound?: string[];
}

/** How much a handler keeps others waiting. What waits inside of another handler's section waits for all of that one. */
const weights: Record<SnapshotForm, number> = {
  'no-conflict': 0,
  'opted-out': 0,
  'atomic-by-itself': 0,
  'own-lock': 0,
  gate: 1,
  delegated: 2,
  section: 3,
  'whole section': 4,
  // Whoever waits for it waits for its callers' sections.
  'inside-callers': 5,
};

const strengths: Record<LockMode, number> = { shared: 0, update: 1, exclusive: 2 };

/** Whether a handler lost something. */
export const isLoss = (change: HandlerChange): boolean => change.lostConcurrency || losesProtection(change);

/** Whether a handler is protected less than before. */
export const losesProtection = ({ lost, isSplit }: HandlerChange): boolean => lost.length > 0 || isSplit;

/** Whether somebody should have a look: only its author knows whether a resource with another name is the same one. */
export const needsReview = ({ handlers, renamed, bound }: Comparison): boolean =>
  renamed.length > 0 || bound !== undefined || handlers.some(isLoss);

/** What changed since a snapshot was taken. */
export function compareWith(before: Snapshot, plan: Plan): Comparison {
  const after = snapshotOf(plan);
  const renamedHandlers = renamedHandlersOf(before, after);
  const conflicting = new Set(plan.classes.flatMap(({ resources }) => resources));
  const [heldBefore, heldAfter] = [heldBy(before), heldBy(after)];
  const renamedResources = renamedResourcesOf(heldBefore, heldAfter, renamedHandlers, conflicting);
  const accessed = accessedBy(plan);
  const olds = new Map(before.handlers.map(handler => [handler.id, handler]));
  const news = new Map(after.handlers.map(handler => [handler.id, handler]));
  const oldNames = new Map([...renamedHandlers].map(([old, id]) => [id, old]));

  const ids = [...olds.keys()].filter(id => !renamedHandlers.has(id));
  const changes = [...new Set([...ids, ...news.keys()])].map((id): HandlerChange | null => {
    const renamedFrom = oldNames.get(id) ?? null;
    const old = olds.get(renamedFrom ?? id) ?? null;
    const now = news.get(id) ?? null;
    const held = new Map(
      [...(heldBefore.get(renamedFrom ?? id) ?? [])].map(([resource, hold]) => [
        renamedResources.get(resource) ?? resource,
        hold,
      ]),
    );
    const change: HandlerChange = {
      id,
      before: old,
      after: now,
      renamedFrom,
      ...changedHolds(held, now, heldAfter.get(id) ?? new Map(), accessed.get(id) ?? new Set(), conflicting),
      isSplit: old?.isGivenUp === false && now?.isGivenUp === true,
      lostConcurrency: false,
    };
    if (old === null) change.gained = [];
    // A new handler has nothing that it could lose.
    else
      change.lostConcurrency =
        now !== null &&
        (weighsMore(old, now) ||
          (old.isGivenUp && !now.isGivenUp && isSection(now)) ||
          change.gained.length + change.widened.length + change.sooner.length > 0);
    return isChange(change) ? change : null;
  });
  return {
    handlers: changes.filter(change => change !== null).sort(byKeys<HandlerChange>(({ id }) => id)),
    renamed: [...renamedResources].map(([old, now]) => ({ before: old, after: now })),
    ...boundBy(before, after),
  };
}

function boundBy(
  { parallel: before = [] }: Snapshot,
  { parallel = [] }: Snapshot,
): Pick<Comparison, 'bound'> {
  const bound = before.filter(id => !parallel.includes(id));
  return bound.length > 0 ? { bound } : {};
}

const isSection = ({ form }: SnapshotHandler): boolean => form === 'section' || form === 'whole section';

const weighsMore = (old: SnapshotHandler, now: SnapshotHandler): boolean =>
  weights[now.form] > weights[old.form];

function isChange(change: HandlerChange): boolean {
  const { before, after, renamedFrom, gained, lost, widened, sooner, freed } = change;
  return (
    before?.form !== after?.form ||
    before?.whole !== after?.whole ||
    before?.isGivenUp !== after?.isGivenUp ||
    renamedFrom !== null ||
    gained.length + lost.length + widened.length + sooner.length + freed.length > 0
  );
}

function changedHolds(
  before: ReadonlyMap<string, SnapshotHold>,
  now: SnapshotHandler | null,
  after: ReadonlyMap<string, SnapshotHold>,
  accessed: ReadonlySet<string>,
  conflicting: ReadonlySet<string>,
): Pick<HandlerChange, 'gained' | 'lost' | 'widened' | 'sooner' | 'freed'> {
  const gained: Held[] = [];
  const widened: Widened[] = [];
  const sooner: Held[] = [];
  const freed: Held[] = [];
  for (const [resource, { mode, keys, isLater }] of after) {
    const old = before.get(resource);
    if (old === undefined || strengths[mode] > strengths[old.mode]) gained.push({ resource, mode });
    // What a key is called is the author's business; how many there are is that of others.
    else if (old.keys && (keys === null || keys.length > old.keys.length))
      widened.push({ resource, before: old.keys, after: keys });
    else if (keys && (old.keys === null || keys.length < old.keys.length)) freed.push({ resource, mode });
    else if (isLater && !old.isLater) freed.push({ resource, mode });
    if (old?.isLater && !isLater) sooner.push({ resource, mode });
  }
  const lost: HandlerChange['lost'] = [];
  for (const [resource, { mode }] of before) {
    if (after.has(resource)) continue;
    if (now === null) lost.push({ resource, mode, why: 'gone' });
    else if (now.form === 'opted-out') lost.push({ resource, mode, why: 'opted-out' });
    else if (accessed.has(resource)) freed.push({ resource, mode });
    else lost.push({ resource, mode, why: conflicting.has(resource) ? 'not-accessed' : 'not-written' });
  }
  return { gained, lost, widened, sooner, freed };
}

/** By handler: the resources of the classes that it holds or passes. */
function heldBy({ classes, handlers }: Snapshot): Map<string, Map<string, SnapshotHold>> {
  const resourcesOf = new Map(classes.map(({ name, resources }) => [name, resources]));
  return new Map(
    handlers.map(({ id, classes: own }) => [
      id,
      new Map(
        own.flatMap(hold =>
          (resourcesOf.get(hold.class) ?? [hold.class]).map(resource => [resource, hold] as const),
        ),
      ),
    ]),
  );
}

/** By handler: the resources that it accesses and somebody writes, whether or not it holds them. */
function accessedBy({ handlers, ownLocks }: Plan): Map<string, Set<string>> {
  const accessed = new Map(
    handlers.map(({ id, accesses }) => [id, new Set(accesses.map(({ resource }) => resource))]),
  );
  for (const { handlers: ids, resources } of ownLocks)
    for (const id of ids) for (const resource of resources) accessed.get(id)?.add(resource);
  return accessed;
}

/** Handlers that only moved or changed their name: old id to new id. */
function renamedHandlersOf(before: Snapshot, after: Snapshot): Map<string, string> {
  const [known, there] = [idsOf(before), idsOf(after)];
  const added = after.handlers.filter(({ id }) => !known.has(id));
  const renamed = new Map<string, string>();
  for (const old of before.handlers) {
    if (there.has(old.id)) continue;
    const candidates = added.filter(now => isAlike(old, now) && sharePartOfId(old.id, now.id));
    const [only] = candidates;
    if (candidates.length !== 1 || only === undefined) continue;
    renamed.set(old.id, only.id);
    added.splice(added.indexOf(only), 1);
  }
  return renamed;
}

const idsOf = ({ handlers }: Snapshot): Set<string> => new Set(handlers.map(({ id }) => id));

/** The same but for names. */
const isAlike = (a: SnapshotHandler, b: SnapshotHandler): boolean =>
  a.form === b.form &&
  a.whole === b.whole &&
  a.classes.map(({ mode }) => mode).join() === b.classes.map(({ mode }) => mode).join();

function sharePartOfId(a: string, b: string): boolean {
  const [moduleA, nameA] = splitId(a);
  const [moduleB, nameB] = splitId(b);
  return moduleA === moduleB || nameA === nameB;
}

function splitId(id: string): [string, string] {
  const hash = id.indexOf('#');
  return [id.slice(0, hash), id.slice(hash + 1)];
}

/**
 * Resources that are not there any more while new ones are held by exactly the same handlers in the same modes: old name to
 * new name. If nobody held them, or it is not clear which became which, they count as gone.
 */
function renamedResourcesOf(
  heldBefore: ReadonlyMap<string, ReadonlyMap<string, SnapshotHold>>,
  heldAfter: ReadonlyMap<string, ReadonlyMap<string, SnapshotHold>>,
  renamedHandlers: ReadonlyMap<string, string>,
  conflicting: ReadonlySet<string>,
): Map<string, string> {
  const before = signatures(heldBefore, id => renamedHandlers.get(id) ?? id);
  const after = signatures(heldAfter, id => id);
  const renamed = new Map<string, string>();
  const bySignature = new Map<string, string[]>();
  for (const [resource, signature] of after)
    if (!before.has(resource)) bySignature.set(signature, [...(bySignature.get(signature) ?? []), resource]);
  for (const [resource, signature] of before) {
    if (conflicting.has(resource)) continue;
    const candidates = (bySignature.get(signature) ?? []).filter(name => sharePartOfId(resource, name));
    const [only] = candidates;
    if (candidates.length !== 1 || only === undefined) continue;
    renamed.set(resource, only);
    bySignature.delete(signature);
  }
  return renamed;
}

/** By resource: who holds it in which mode. */
function signatures(
  held: ReadonlyMap<string, ReadonlyMap<string, SnapshotHold>>,
  nameOf: (id: string) => string,
): Map<string, string> {
  const holders = new Map<string, string[]>();
  for (const [id, own] of held)
    for (const [resource, { mode }] of own) {
      const known = holders.get(resource);
      if (known) known.push(`${mode} ${nameOf(id)}`);
      else holders.set(resource, [`${mode} ${nameOf(id)}`]);
    }
  return new Map([...holders].map(([resource, list]) => [resource, list.sort().join('\n')]));
}
