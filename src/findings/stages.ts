/** Stages that are not what their authors meant them to be: the directive has no effect, or not where they are called. */
import type { MergeReason } from '../plan/plan.js';
import type { StageRefusal } from '../stages/find-stages.js';
import type { Analysis, Spot } from './finding.js';

export interface MergedStage extends Spot {
  stage: string;
  reason: string;
}

/** A stage that runs inside of a section which holds all that it needs is not among them: that is what it is for. */
export function findMergedStages({ handlers, separation }: Analysis): MergedStage[] {
  return separation.merged.flatMap(({ call, reason, caller, stage }) => {
    if (reason === 'covered') return [];
    const by = caller === null ? '' : (handlers[caller]?.id ?? '');
    const why = whyMerged[reason](`\`${by}\``);
    return [{ module: call.module, at: call.op.at, stage: handlers[stage]?.id ?? '', reason: why }];
  });
}

const whyMerged: Record<Exclude<MergeReason, 'covered'>, (caller: string) => string> = {
  overlap: caller => `${caller} accesses some of the same before and after it, and does not hold all of it`,
  order: caller => `${caller} would wait for it while it holds what others may hold who wait for ${caller}`,
  'not-awaited': () => 'it is not async, so that it cannot wait, and nobody awaits the call',
  'own-lock': caller => `${caller} may hold a lock of the program's own when it calls it`,
  whole: caller => `it is called while ${caller} holds something, and one of the two is protected as a whole`,
  reentered: caller =>
    `it is called while ${caller} holds something, and may call other handlers through code outside`,
};

export interface IgnoredStage extends Spot {
  name: string;
  reason: string;
}

export function findIgnoredStages({ stages }: Analysis): IgnoredStage[] {
  return stages.refused.map(({ module, fn, reason }) => ({
    module,
    at: fn.start,
    name: fn.name,
    reason: whyIgnored[reason],
  }));
}

const whyIgnored: Record<StageRefusal, string> = {
  generator: 'a generator runs whenever its caller asks for the next value',
  accessor: 'no accessor or constructor can be one',
  'opted-out': 'it has "use unscheduled" as well',
  'not-called': 'no handler of the program calls it by a plain call',
};
