/** The functions that could run in another thread as the plan tells them, with what a profile says of them. */
import type { ModuleId } from '../graph/module-graph.js';
import { byKeys } from '../order/by-keys.js';
import type { Candidate } from '../parallel/candidates.js';
import type { ProfiledTimes } from '../profile/times.js';
import type { Location, ParallelCandidate } from './plan.js';

/** @param times what was measured, if anything was: those that would free most come first then */
export function planCandidates(
  candidates: readonly Candidate[],
  times: ProfiledTimes | null,
  locate: (module: ModuleId, offset: number) => Location,
): ParallelCandidate[] {
  const planned = candidates.map(({ module, fn, work, unawaited }): ParallelCandidate => {
    const { self, total } = times?.of(fn) ?? { self: 0, total: 0 };
    return {
      id: `${module.id}#${fn.name}`,
      at: locate(module.id, fn.start),
      isAsync: fn.isAsync,
      unawaited,
      heavy: [...work.heavy],
      loops: work.depth,
      ...(times && { measured: { self, total, share: times.busy > 0 ? total / times.busy : 0 } }),
    };
  });
  return times ? planned.sort(byKeys<ParallelCandidate>(({ measured }) => -(measured?.total ?? 0))) : planned;
}
