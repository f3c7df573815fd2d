/**
 * What the stage of findings looks at, and what it gives.
 *
 * A finding is something that the author should know and no lock can do: a race that a task has with itself, a promise
 * where a value was expected, a construct that costs the concurrency of others. Findings change nothing about the plan.
 */
import type { File, Node } from '@babel/types';
import type { Conflicts } from '../conflicts/classes.js';
import type { Handler } from '../conflicts/handlers.js';
import type { Waits } from '../conflicts/waits.js';
import type { Place } from '../diagnostics/catalog.js';
import { placeIn } from '../diagnostics/place.js';
import type { Accesses, ResourceId } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { reachableFrom } from '../effects/reachable.js';
import type { ModuleId } from '../graph/module-graph.js';
import { nodesAround } from '../graph/syntax.js';
import type { CallOp } from '../ir/ir.js';
import type { FoundParallel } from '../parallel/find-parallel.js';
import type { Stages } from '../stages/find-stages.js';
import type { Separation } from '../stages/separate.js';

/** All that is known of the program once its conflicts are. */
export interface Analysis {
  program: PointsTo;
  handlers: readonly Handler[];
  accesses: Accesses;
  conflicts: Conflicts;
  stages: Stages;
  /** Those in sections. */
  waits: Waits;
  separation: Separation;
  parallel: readonly FoundParallel[];
}

/** A place in the analysed text. */
export interface Spot {
  module: ModuleId;
  /** Offset. */
  at: number;
}

/** A spot as diagnostics name it. */
export function placeOf({ program }: Analysis, { module, at }: Spot): Place {
  const source = program.graph.modules.get(module);
  return source ? placeIn(source, at) : { module };
}

/** Two assumptions with one key are made about the same thing, wherever it is used. */
export const keyOfAssumed = ({ code, detail }: { code: string; detail: string }): string =>
  `${code} ${detail}`;

/** What some handler writes. */
export function conflictingResources({ conflicts }: Analysis): Set<ResourceId> {
  return new Set(conflicts.classes.flatMap(({ resources }) => resources));
}

/** What is called, as it stands in the source. */
export function calleeOf(file: File, { at, end }: CallOp): Pick<Node, 'start' | 'end'> {
  const call = nodesAround(file, at, end).at(-1);
  return call && 'callee' in call ? call.callee : { start: at, end };
}

/** A resource that the functions write, or read if they write none. */
export function resourceOf(analysis: Analysis, targets: Iterable<Instance>): string | null {
  const { accesses } = analysis;
  const conflicting = conflictingResources(analysis);
  const names: { name: string; write: boolean }[] = [];
  for (const instance of reachableFrom(targets))
    for (const { resource, write, isByCaller } of accesses.of.get(instance) ?? [])
      if (conflicting.has(resource) && !isByCaller)
        names.push({ name: accesses.resources[resource]?.name ?? '', write });
  names.sort((a, b) => Number(b.write) - Number(a.write) || (a.name < b.name ? -1 : 1));
  return names[0]?.name ?? null;
}
