/**
 * Handlers that the program keeps apart itself.
 *
 * A handler needs nothing of ours if all its conflicting accesses lie in one run of a callback under one of the program's own
 * locks, and whoever else accesses any of that does so under the same lock and in the same way: then these handlers
 * exclude each other where it matters. Half of that would not do. A handler that enters its lock twice may be interleaved with in
 * between; and one that held classes of ours for the rest of its accesses would have to be looked at together with its lock.
 * So a handler either is left to its lock, or is protected as if there was none, and never waits for the one
 * while it holds the other in an order that could close a circle.
 */
import { Footprints } from '../conflicts/footprint.js';
import type { Handler } from '../conflicts/handlers.js';
import { SegmentAnalysis } from '../conflicts/segments.js';
import { type Access, type Accesses, type ResourceId, withoutAccesses } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { FunctionModel } from '../effects/models/model.js';
import type { PointsTo } from '../effects/points-to.js';
import { reachableFrom } from '../effects/reachable.js';
import { byKeys } from '../order/by-keys.js';
import { AcquiredLocks } from './acquired.js';
import { HeldLocks } from './held.js';
import { type OwnLock, OwnLocks } from './locks.js';

/** A lock of the program's own, and what is left to it. */
export interface Recognized {
  lock: OwnLock;
  /** Indices. */
  handlers: number[];
  resources: ResourceId[];
}

export interface OwnSynchronization {
  recognized: Recognized[];
  /** The accesses that are left to protect. */
  rest: Accesses;
  /** Indices of the handlers that need nothing of ours. */
  handlers: ReadonlySet<number>;
}

export function findOwnSynchronization(
  program: PointsTo,
  handlers: readonly Handler[],
  accesses: Accesses,
): OwnSynchronization {
  const none = { recognized: [], rest: accesses, handlers: new Set<number>() };
  // Of what cannot be told apart, it is not known whether two places mean the same lock.
  return !program.tangle && hasLocks(program)
    ? (new Search(program, handlers, accesses).find() ?? none)
    : none;
}

function hasLocks({ instances }: PointsTo): boolean {
  return instances.all.some(mayHoldOwnLock);
}

/** Whether a function takes a lock of the program's own, or has callbacks run under one. */
export function mayHoldOwnLock({ calls }: Instance): boolean {
  for (const { models } of calls.values()) if (models.some(({ model }) => isLock(model))) return true;
  return false;
}

const isLock = ({ locks, calls }: FunctionModel): boolean =>
  locks !== undefined || calls?.some(({ excludes }) => excludes !== undefined) === true;

class Search {
  private readonly reached: ReadonlySet<Instance>[];
  private readonly footprints: Footprints;
  private readonly held: HeldLocks;
  /** By conflicting resource: the handlers that access it. */
  private readonly users = new Map<ResourceId, number[]>();

  constructor(
    program: PointsTo,
    private readonly handlers: readonly Handler[],
    private readonly accesses: Accesses,
  ) {
    this.reached = handlers.map(h =>
      h.isOptedOut || h.isMerged ? new Set<Instance>() : reachableFrom(h.instances),
    );
    const running = new Set<Instance>();
    const roots = new Set<Instance>();
    handlers.forEach(({ instances, isOptedOut, isMerged }, i) => {
      if (isOptedOut || isMerged) return;
      for (const instance of instances) roots.add(instance);
      for (const instance of this.reached[i] ?? []) running.add(instance);
    });
    const locks = new OwnLocks(program);
    this.held = new HeldLocks(locks, new AcquiredLocks(program, locks), running, roots);
    const all = new Footprints(accesses, () => true);
    const written = new Set<ResourceId>();
    handlers.forEach(({ instances }, i) => {
      for (const [resource, write] of all.touchedBy(this.reached[i] as Set<Instance>, instances)) {
        if (write) written.add(resource);
        const users = this.users.get(resource);
        if (users) users.push(i);
        else this.users.set(resource, [i]);
      }
    });
    for (const resource of this.users.keys()) if (!written.has(resource)) this.users.delete(resource);
    this.footprints = new Footprints(accesses, resource => written.has(resource));
  }

  find(): OwnSynchronization | null {
    const lockOf = new Map<number, string>();
    this.handlers.forEach((handler, i) => {
      const lock = this.lockOf(handler, this.reached[i] as Set<Instance>);
      if (lock !== null) lockOf.set(i, lock);
    });
    this.agree(lockOf);
    if (lockOf.size === 0) return null;
    const left = new Map<string, Recognized>();
    for (const [handler, id] of lockOf) {
      const entry = left.get(id);
      if (entry) entry.handlers.push(handler);
      else left.set(id, { lock: this.entryOf(id).lock, handlers: [handler], resources: [] });
    }
    const resources = new Set<ResourceId>();
    for (const [resource, users] of this.users) {
      const id = lockOf.get(users[0] as number);
      if (id === undefined) continue;
      left.get(id)?.resources.push(resource);
      resources.add(resource);
    }
    return {
      recognized: [...left.values()],
      rest: withoutAccesses(this.accesses, ({ resource }) => resources.has(resource)),
      handlers: new Set(lockOf.keys()),
    };
  }

  private entryOf(id: string): { lock: OwnLock; at: { instance: Instance; op: number }[] } {
    return this.held.entries.get(id) as { lock: OwnLock; at: { instance: Instance; op: number }[] };
  }

  /** The lock that keeps all conflicting accesses of a handler together; the first, if there are several. */
  private lockOf({ instances }: Handler, reached: ReadonlySet<Instance>): string | null {
    const accesses = this.footprints.accessesOf(reached, instances);
    const [first] = accesses;
    if (!first || accesses.some(({ access }) => access.isByCaller || access.assumed !== null)) return null;
    const candidates = [...this.held.at(first.instance, first.access.op)].sort(byKeys<string>(id => id));
    const isHeld = (id: string): boolean =>
      accesses.every(({ instance, access }) => this.held.at(instance, access.op).has(id));
    return candidates.find(id => isHeld(id) && this.isEnteredOnce(id, instances)) ?? null;
  }

  /** Whether no run of the handler enters the lock twice: all that is done under it counts as one access. */
  private isEnteredOnce(id: string, roots: readonly Instance[]): boolean {
    const of = new Map<Instance, Access[]>();
    const entering = { resource: 0, write: true, at: 0, isByCaller: false, assumed: null };
    for (const { instance, op } of this.entryOf(id).at)
      of.set(instance, [...(of.get(instance) ?? []), { ...entering, op }]);
    const footprints = new Footprints({ ...this.accesses, of }, () => true);
    return new SegmentAnalysis(footprints).spreadOf(roots) !== 'several';
  }

  /** Leaves only handlers all of whose resources are accessed by handlers under the same lock alone. */
  private agree(lockOf: Map<number, string>): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const users of this.users.values()) {
        const locks = new Set(users.map(user => lockOf.get(user)));
        if (locks.size === 1 && !locks.has(undefined)) continue;
        for (const user of users) changed = lockOf.delete(user) || changed;
      }
    }
  }
}
