/** The calls of stages as the plan tells them: where they are, who comes by them, and what they are. */
import { reachableWithStages } from '../conflicts/footprint.js';
import type { Handler } from '../conflicts/handlers.js';
import type { ModuleId } from '../graph/module-graph.js';
import type { Separation } from '../stages/separate.js';
import type { Location, PlannedStage } from './plan.js';

/** @returns by index of the stage */
export function planStages(
  handlers: readonly Handler[],
  { calls, merged, late }: Separation,
  locate: (module: ModuleId, offset: number) => Location,
): Map<number, PlannedStage> {
  const planned = new Map<number, PlannedStage>();
  if (calls.length === 0) return planned;
  const reasons = new Map(merged.map(({ call, reason }) => [call, reason]));
  const reached = handlers.map(({ instances }) => reachableWithStages(instances));
  handlers.forEach(({ fn, isStage }, index) => {
    if (!isStage) return;
    const own = calls.filter(({ records }) =>
      records.some(({ record }) => (record.stages ?? record.targets).some(target => target.fn === fn)),
    );
    planned.set(index, {
      isLate: late.has(index),
      calls: own.map(call => {
        const reason = reasons.get(call);
        const by = handlers.flatMap(({ id }, i) =>
          call.records.some(({ instance }) => reached[i]?.has(instance)) ? [id] : [],
        );
        return { at: locate(call.module, call.op.at), by: by.sort(), ...(reason && { merged: reason }) };
      }),
    });
  });
  return planned;
}
