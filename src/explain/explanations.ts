/**
 * Explanations: why one handler waits for another, in the terms of the plan and with all calls between.
 *
 * They are made of what the analysis knew when it made the plan, for one question at a time; the plan itself, which every
 * build carries, has none of it.
 */
import { LineIndex } from '../diagnostics/line-index.js';
import type { Access } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { Assumed } from '../effects/touches.js';
import type { Analysis } from '../findings/finding.js';
import type { ModuleGraph, ModuleId } from '../graph/module-graph.js';
import { byKeys } from '../order/by-keys.js';
import { isParallel, type ParallelFunction } from '../parallel/parallel.js';
import type { ConflictClass, Location, Plan, PlannedAccess, PlannedHandler } from '../plan/plan.js';
import { CallTree, type Relation, type Step } from './call-paths.js';
import { type ExplainedParallel, explainParallel, functionsIn } from './parallel.js';

/** One call on the way from a handler to an access. */
export interface CallStep {
  at: Location;
  relation: Relation;
  /** The function that runs, by its name in its module. */
  callee: string;
}

/** How a handler comes to access a resource. */
export interface AccessPath {
  steps: CallStep[];
  access: PlannedAccess;
  /** What is not understood, if that is all that makes it an access. */
  assumed: Assumed | null;
  /** It is made by whoever called the handler, on what that returned. */
  isByCaller: boolean;
}

/** Two accesses of one resource that cannot be made at the same time, at least one of them a write. */
export interface Conflict {
  own: AccessPath;
  other: AccessPath;
}

/** A handler that another one meets in a locked class. */
export interface Meeting {
  handler: PlannedHandler;
  /** The one that is asked about may have to wait for it, as it has a section. */
  isWaitedFor: boolean;
  /** It may have to wait for the one that is asked about, as that has a section. */
  waits: boolean;
}

/** Paths with assumptions are shown only if there are no others. */
const ASSUMED_COST = 1000;
const CALLER_COST = 500;

interface Candidate {
  instance: Instance;
  access: Access;
  cost: number;
}

export class Explanations {
  private readonly trees = new Map<number, CallTree>();
  private readonly lines = new Map<ModuleId, LineIndex>();
  private found: readonly ParallelFunction[] | undefined;
  private readonly indexOf: ReadonlyMap<string, number>;

  constructor(
    private readonly graph: ModuleGraph,
    private readonly analysis: Analysis,
    private readonly plan: Plan,
  ) {
    this.indexOf = new Map(analysis.handlers.map(({ id }, index) => [id, index]));
  }

  /** Whom a handler meets in a class such that one of them may wait, itself included; ordered by id. */
  meetings({ id }: PlannedHandler, { name, members, locked }: ConflictClass): Meeting[] {
    if (!locked) return [];
    const handlers = new Map(this.plan.handlers.map(handler => [handler.id, handler]));
    const holds = (handler: PlannedHandler | undefined): boolean =>
      handler?.protection === 'section' && handler.classes.some(c => c.class === name);
    const isScheduled = (handler: PlannedHandler | undefined): boolean =>
      handler?.classes.some(c => c.class === name) === true;
    const own = members.find(({ handler }) => handler === id);
    const self = handlers.get(id);
    if (!own || !isScheduled(self)) return [];
    const found: Meeting[] = [];
    for (const { handler: otherId, mode } of members) {
      const handler = handlers.get(otherId);
      if (!handler || !isScheduled(handler) || (mode === 'read' && own.mode === 'read')) continue;
      const [isWaitedFor, waits] = [holds(handler), holds(self)];
      if (isWaitedFor || waits) found.push({ handler, isWaitedFor, waits });
    }
    return found.sort(byKeys<Meeting>(({ handler }) => handler.id));
  }

  /** The conflict of two handlers in a class that is easiest to see: with the shortest paths, and without assumptions if there is one. */
  conflict(ownId: string, otherId: string, { resources }: ConflictClass): Conflict | undefined {
    const names = new Set(resources);
    const owns = this.cheapest(ownId, names);
    const others = this.cheapest(otherId, names);
    let best: { own: Candidate; other: Candidate } | undefined;
    for (const name of resources) {
      for (const [mode, otherModes] of [
        ['write', ['write', 'read']],
        ['read', ['write']],
      ] as const) {
        for (const otherMode of otherModes) {
          const own = owns.get(`${mode} ${name}`);
          const other = others.get(`${otherMode} ${name}`);
          if (!own || !other || (best && own.cost + other.cost >= best.own.cost + best.other.cost)) continue;
          best = { own, other };
        }
      }
    }
    return best && { own: this.pathTo(ownId, best.own), other: this.pathTo(otherId, best.other) };
  }

  /** How a handler comes to access a class, in its strongest mode. */
  accessTo(id: string, { resources }: ConflictClass): AccessPath | undefined {
    const cheapest = this.cheapest(id, new Set(resources));
    for (const mode of ['write', 'read']) {
      const candidates = resources.flatMap(name => cheapest.get(`${mode} ${name}`) ?? []);
      const [first] = candidates.sort(byKeys<Candidate>(({ cost }) => cost));
      if (first) return this.pathTo(id, first);
    }
    return undefined;
  }

  /** The handlers that access something at a line, each with its paths to all of that, to what it writes first. */
  accessesAt(module: ModuleId, line: number): { handler: PlannedHandler; paths: AccessPath[] }[] {
    return this.plan.handlers.flatMap((handler, index) => {
      const found = new Map<string, Candidate>();
      for (const { instance, access } of this.analysis.conflicts.decisions[index]?.accesses ?? []) {
        if (instance.moduleId !== module || this.locate(module, access.at).line !== line) continue;
        const candidate = this.candidate(index, instance, access);
        const key = `${access.at} ${access.write} ${access.resource}`;
        if (candidate.cost < (found.get(key)?.cost ?? Number.POSITIVE_INFINITY)) found.set(key, candidate);
      }
      const paths = [...found.values()]
        .sort(
          byKeys<Candidate>(
            ({ access }) => (access.write ? 0 : 1),
            ({ access }) => access.at,
            ({ access }) => this.nameOf(access),
          ),
        )
        .map(candidate => this.pathTo(handler.id, candidate));
      return paths.length === 0 ? [] : [{ handler, paths }];
    });
  }

  /** The handler whose function a line lies in, the innermost if there are several. */
  handlerAt(module: ModuleId, line: number): PlannedHandler | undefined {
    let best: { handler: PlannedHandler; size: number } | undefined;
    this.analysis.handlers.forEach(({ fn, instances }, index) => {
      const handler = this.plan.handlers[index];
      if (!handler || instances[0]?.moduleId !== module) return;
      const [first, last] = [this.locate(module, fn.start).line, this.locate(module, fn.end).line];
      const isInside = first <= line && line <= last;
      if (isInside && (!best || fn.end - fn.start < best.size)) best = { handler, size: fn.end - fn.start };
    });
    return best?.handler;
  }

  /** The functions that can be asked whether they may run in another thread. */
  get functions(): readonly ParallelFunction[] {
    this.found ??= functionsIn(this.analysis);
    return this.found;
  }

  /** Why a function may run in another thread, or may not. */
  parallel(asked: ParallelFunction): ExplainedParallel {
    return explainParallel(this.analysis, asked);
  }

  /** The function with "use parallel" that a line lies in. */
  functionAt(module: ModuleId, line: number): ParallelFunction | undefined {
    return this.functions.find(
      found =>
        isParallel(found) &&
        found.module.id === module &&
        this.locate(module, found.fn.start).line <= line &&
        line <= this.locate(module, found.fn.end).line,
    );
  }

  /** The text of a module. */
  textOf(module: ModuleId): string {
    return this.graph.modules.get(module)?.code ?? '';
  }

  has(module: ModuleId): boolean {
    return this.graph.modules.has(module);
  }

  /** By mode and resource, of those that are named: the access that is easiest to come to. */
  private cheapest(id: string, names: ReadonlySet<string>): Map<string, Candidate> {
    const best = new Map<string, Candidate>();
    const index = this.indexOf.get(id);
    if (index === undefined) return best;
    for (const { instance, access } of this.analysis.conflicts.decisions[index]?.accesses ?? []) {
      const name = this.nameOf(access);
      if (!names.has(name)) continue;
      const candidate = this.candidate(index, instance, access);
      const key = `${access.write ? 'write' : 'read'} ${name}`;
      const known = best.get(key);
      if (!known || inOrder(candidate, known) < 0) best.set(key, candidate);
    }
    return best;
  }

  private candidate(index: number, instance: Instance, access: Access): Candidate {
    const steps = this.treeOf(index).to(instance)?.length ?? 0;
    const cost = steps + (access.assumed === null ? 0 : ASSUMED_COST) + (access.isByCaller ? CALLER_COST : 0);
    return { instance, access, cost };
  }

  private treeOf(index: number): CallTree {
    let tree = this.trees.get(index);
    if (!tree) {
      tree = new CallTree(this.analysis.handlers[index]?.instances ?? []);
      this.trees.set(index, tree);
    }
    return tree;
  }

  private pathTo(id: string, { instance, access }: Candidate): AccessPath {
    const steps = this.treeOf(this.indexOf.get(id) as number).to(instance) ?? [];
    return {
      steps: steps.map(step => this.stepOf(step)),
      access: {
        resource: this.nameOf(access),
        mode: access.write ? 'write' : 'read',
        at: this.locate(instance.moduleId, access.at),
      },
      assumed: access.assumed,
      isByCaller: access.isByCaller,
    };
  }

  private stepOf({ caller, op, relation, callee }: Step): CallStep {
    const operation = caller.opAt(op);
    const offset = operation && 'at' in operation ? operation.at : caller.fn.start;
    return { at: this.locate(caller.moduleId, offset), relation, callee: callee.fn.name };
  }

  private nameOf({ resource }: Access): string {
    return this.analysis.accesses.resources[resource]?.name ?? '';
  }

  private locate(module: ModuleId, offset: number): Location {
    let index = this.lines.get(module);
    if (!index) {
      index = new LineIndex(this.textOf(module));
      this.lines.set(module, index);
    }
    return { module, ...index.locate(offset) };
  }
}

const inOrder = byKeys<Candidate>(
  ({ cost }) => cost,
  ({ instance }) => instance.moduleId,
  ({ access }) => access.at,
);
