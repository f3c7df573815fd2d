/**
 * Stages that are worth a thought: functions that a handler calls in its section, and that access nothing of what the rest of
 * it accesses. As a stage, such a function would be a unit of its own, and the section would be open over fewer suspensions:
 * of the handler, or of a service that makes all other accesses, whose own section would then do.
 *
 * Whether what it does need be one with the rest, only the author knows: nothing is changed.
 */

import { callersOf } from '../conflicts/footprint.js';
import type { Handler } from '../conflicts/handlers.js';
import type { ResourceId } from '../effects/accesses.js';
import type { CallRecord, Instance } from '../effects/instances.js';
import { reachableFrom } from '../effects/reachable.js';
import { type Block, type FunctionIR, firstOperations } from '../ir/ir.js';
import { Touching } from '../sections/touching.js';
import { spanOf } from '../stages/span.js';
import type { Analysis, Spot } from './finding.js';

export interface PossibleStage extends Spot {
  /** The function that could be one. */
  fn: string;
  handler: string;
  /** Over how many suspensions, of the handler and the service that it leaves the rest to, the section is open, and would be. */
  before: number;
  after: number;
}

/** At most one for each handler: the one that shortens its section most. */
export function findPossibleStages(analysis: Analysis): PossibleStage[] {
  const { program, handlers, conflicts } = analysis;
  if (!conflicts.decisions.some(({ protection }) => protection === 'section')) return [];
  const { all } = program.instances;
  const touching = new Touching(all, callersOf(all), conflicts.footprints, conflicts.segments.floating);
  const services = servicesIn(analysis);
  return handlers.flatMap((handler, index) => {
    const { protection, reason } = conflicts.decisions[index] ?? {};
    if (protection !== 'section' || reason !== 'several-segments' || !handler.fn.isAsync) return [];
    const best = bestOf(analysis, handler, touching, services);
    return best ? [best] : [];
  });
}

/** The functions with a section of their own that handlers may leave all accesses to. */
function servicesIn({ handlers, conflicts }: Analysis): Set<FunctionIR> {
  return new Set(
    handlers.flatMap(({ fn, isReachableInside, isStage }, index) =>
      conflicts.decisions[index]?.protection === 'section' && fn.isAsync && isReachableInside && !isStage
        ? [fn]
        : [],
    ),
  );
}

function bestOf(
  analysis: Analysis,
  handler: Handler,
  touching: Touching,
  services: ReadonlySet<FunctionIR>,
): PossibleStage | undefined {
  const [root, ...others] = handler.instances;
  // What is right for one activation need not be so for another.
  if (!root || others.length > 0) return undefined;
  const operations = touching.operationsOf(root);
  const ofOwn = suspensionsHeld(root.fn, operations);
  if (ofOwn === 0) return undefined;
  let best: PossibleStage | undefined;
  for (const [fn, calls] of candidatesIn(analysis, root, operations)) {
    const rest = new Set([...operations].filter(operation => !calls.has(operation)));
    // With all that it accesses in the stage, it would be the stage's section that is as long.
    if (rest.size === 0 || meets(analysis, root, calls, rest)) continue;
    const service = serviceOf(root, rest, services);
    const before = ofOwn + (service ? suspensionsIn(service.fn) : 0);
    const after = service
      ? suspensionsHeld(service.fn, touching.operationsOf(service))
      : suspensionsHeld(root.fn, rest);
    // The awaits of the calls themselves would be in the section of the stage.
    const own = [...calls].filter(operation => root.calls.get(operation)?.op.join !== 'none').length;
    if (before - after <= own || (best && before - after <= best.before - best.after)) continue;
    const at = root.calls.get(Math.min(...calls))?.op.at ?? root.fn.start;
    best = { module: root.moduleId, at, fn: fn.name, handler: handler.id, before, after };
  }
  return best;
}

/** The function with a section of its own that makes all of some accesses, by one call. */
function serviceOf(
  root: Instance,
  rest: ReadonlySet<number>,
  services: ReadonlySet<FunctionIR>,
): Instance | undefined {
  const [operation = -1, ...others] = rest;
  const record = root.calls.get(operation);
  if (others.length > 0 || !record || !isPlain(record) || record.op.join === 'none') return undefined;
  const [target, ...more] = record.targets;
  const isOnly = target !== undefined && more.length === 0 && services.has(target.fn);
  return isOnly && spanOf(root.fn, rest).sole.has(operation) ? target : undefined;
}

/** The functions to which the accesses of some calls belong that could be units of their own, each with all calls of it. */
function candidatesIn(
  analysis: Analysis,
  root: Instance,
  operations: ReadonlySet<number>,
): Map<FunctionIR, Set<number>> {
  const found = new Map<FunctionIR, Set<number>>();
  const refused = new Set<FunctionIR>();
  for (const operation of operations) {
    const record = root.calls.get(operation);
    const called = record && [...record.targets].map(({ fn }) => fn);
    const [fn, ...others] = new Set(called);
    const isUnit = record && isPlain(record) && (record.op.join !== 'none' || needsNoTurn(analysis, record));
    if (isUnit && fn && others.length === 0 && !fn.isGenerator) {
      const calls = found.get(fn);
      if (calls) calls.add(operation);
      else found.set(fn, new Set([operation]));
    } else for (const one of called ?? []) refused.add(one);
  }
  for (const fn of refused) found.delete(fn);
  return found;
}

function isPlain({ op, rearranged, callbacks, later, models, externals }: CallRecord): boolean {
  if (op.op !== 'call' || !op.rewritable || op.isNew || rearranged !== null) return false;
  return callbacks.size === 0 && later.size === 0 && models.length === 0 && externals.size === 0;
}

/** Whether a sync function accesses nothing that is locked: as a stage it would never wait, and need not be awaited. */
function needsNoTurn({ conflicts: { classes, footprints } }: Analysis, { targets }: CallRecord): boolean {
  const reached = reachableFrom(targets);
  for (const { fn } of reached) if (fn.isAsync || fn.isGenerator) return false;
  const touched = footprints.touchedBy(reached, []);
  return classes.every(({ locked, resources }) => !locked || !resources.some(id => touched.has(id)));
}

/** Whether the calls access something that the other operations access as well. */
function meets(
  { conflicts: { footprints } }: Analysis,
  root: Instance,
  calls: ReadonlySet<number>,
  rest: ReadonlySet<number>,
): boolean {
  const resourcesOf = (operations: ReadonlySet<number>): Set<ResourceId> => {
    const run = [...operations].flatMap(operation => {
      const record = root.calls.get(operation);
      return record ? [...record.targets, ...record.callbacks, ...record.later] : [];
    });
    return new Set(footprints.touchedBy(reachableFrom(run), []).keys());
  };
  const own = resourcesOf(calls);
  const ofRoot = footprints.accessesOf([root], [root]).map(({ access }) => access.resource);
  return [...resourcesOf(rest), ...ofRoot].some(resource => own.has(resource));
}

function suspensionsIn({ blocks }: FunctionIR): number {
  return blocks.flatMap(({ ops }) => ops.filter(({ op }) => op === 'suspend')).length;
}

/** How many suspensions come in the midst of the operations, or belong to one of them. */
function suspensionsHeld(fn: FunctionIR, operations: ReadonlySet<number>): number {
  const { inside } = spanOf(fn, operations);
  const firstOp = firstOperations(fn.blocks);
  let count = 0;
  fn.blocks.forEach(({ ops }: Block, block) => {
    ops.forEach((op, i) => {
      const index = (firstOp[block] as number) + i;
      if (op.op !== 'suspend') return;
      const isOfOwn = operations.has(index) || (operations.has(index - 1) && i > 0);
      if (inside.has(index) || isOfOwn) count++;
    });
  });
  return count;
}
