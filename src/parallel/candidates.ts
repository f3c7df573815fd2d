/**
 * Functions that could have the directive "use parallel": all that is asked of one that has it holds of them already.
 */
import { callersOf, reachableWithStages, reachedFrom } from '../conflicts/footprint.js';
import type { Accesses, ResourceId } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { SourceModule } from '../graph/module-graph.js';
import type { FunctionIR } from '../ir/ir.js';
import { byKeys } from '../order/by-keys.js';
import type { ProfiledTimes } from '../profile/times.js';
import { callsOf, isAwaited, isProvable } from './find-parallel.js';
import { PARALLEL } from './parallel.js';
import { Prover } from './proof.js';
import { Work, type WorkOf } from './work.js';

/** A function that is proven to do the same in another thread, without its author having asked for it. */
export interface Candidate {
  module: SourceModule;
  fn: FunctionIR;
  work: WorkOf;
  /** How many calls of it take its value as it is: it is not async. */
  unawaited: number;
}

/** Says of functions whether they do enough for their author to be asked. */
export type IsWorth = (module: SourceModule, fn: FunctionIR, work: WorkOf) => boolean;

/** Without anything measured: what is known to take long, and loops in loops. */
export const isHeavy: IsWorth = (_module, _fn, { heavy, depth }) => heavy.length > 0 || depth >= 2;

/** Less of all work than that is not worth a line. */
const LEAST_SHARE = 0.01;

/** Of what was measured: what takes its part of all work. */
export const longIn =
  (times: ProfiledTimes): IsWorth =>
  (_module, fn) =>
    times.of(fn).total >= times.busy * LEAST_SHARE;

/**
 * The candidates, those that seem to do most first; not those that only other candidates call.
 */
export function findCandidates(program: PointsTo, accesses: Accesses, isWorth: IsWorth): Candidate[] {
  const running = reachableWithStages(program.rootInstances());
  const functions = new Set([...running].map(({ fn }) => fn));
  // Nothing of what cannot be told apart can be proven to run in other threads.
  if (program.tangle) return [];
  const bound = boundToState(program, accesses, running);
  const work = new Work(program);
  const prover = new Prover(program);
  const found: Candidate[] = [];
  for (const { source: module, ir } of program.modules.values())
    for (const fn of ir.functions) {
      if (!functions.has(fn) || bound.has(fn) || fn.parent !== 0 || fn.directives.includes(PARALLEL))
        continue;
      const own = work.of(fn);
      if (!isWorth(module, fn, own)) continue;
      const calls = callsOf(program, fn);
      if (!isProvable(program, prover, { id: fn.name, module, fn }, calls)) continue;
      const unawaited = fn.isAsync ? 0 : calls.filter(call => !isAwaited(call)).length;
      found.push({ module, fn, work: own, unawaited });
    }
  return withoutInner(program, found).sort(
    byKeys<Candidate>(
      c => -c.work.heavy.length,
      c => -c.work.depth,
      c => c.module.id,
      c => c.fn.start,
    ),
  );
}

/**
 * The functions that access what tasks write, themselves or in what they call. Most do, and a proof takes much longer than to
 * see that it would fail.
 */
function boundToState(
  program: PointsTo,
  { of }: Accesses,
  running: ReadonlySet<Instance>,
): ReadonlySet<FunctionIR> {
  const written = new Set<ResourceId>();
  for (const [instance, accesses] of of)
    if (running.has(instance)) for (const { resource, write } of accesses) if (write) written.add(resource);
  const touching = [...of].flatMap(([instance, accesses]) =>
    accesses.some(({ resource }) => written.has(resource)) ? [instance] : [],
  );
  return new Set([...reachedFrom(touching, callersOf(program.instances.all))].map(({ fn }) => fn));
}

/** What nobody but other candidates calls runs in their threads with them. */
function withoutInner(program: PointsTo, candidates: readonly Candidate[]): Candidate[] {
  const found = new Set(candidates.map(({ fn }) => fn));
  const inside = new Set(
    [...reachableWithStages(program.instances.all.filter(({ fn }) => found.has(fn)))].map(({ fn }) => fn),
  );
  return candidates.filter(({ fn }) => {
    const callers = program.instances.all.filter(caller => caller.runs.some(target => target.fn === fn));
    const others = callers.filter(caller => caller.fn !== fn);
    return others.length === 0 || others.some(caller => !inside.has(caller.fn));
  });
}
