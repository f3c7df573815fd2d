/**
 * Stages: the functions that their authors have declared to be atomic units of their own, and where they are called.
 *
 * A call can be separated from its task if it leads to stages and to nothing else, by a plain call expression: what is
 * called otherwise (as a callback, through `bind`) runs in the task that calls it, as every function does.
 */

import { OPT_OUT } from '../conflicts/handlers.js';
import type { CallRecord, Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { reachableFrom } from '../effects/reachable.js';
import type { TokenId } from '../effects/solver.js';
import type { ModuleId } from '../graph/module-graph.js';
import type { CallOp, FunctionIR } from '../ir/ir.js';
import { NONE } from '../ir/ir.js';
import { byKeys } from '../order/by-keys.js';

export const STAGE = 'use stage';

/** A call expression that leads to stages. */
export interface StageCall {
  module: ModuleId;
  op: CallOp;
  /** The records of the call, one for each activation of the function that it stands in. */
  records: { instance: Instance; record: CallRecord }[];
}

/** Why the directive of a function has no effect. */
export type StageRefusal = 'generator' | 'accessor' | 'opted-out' | 'not-called';

export interface Stages {
  /** The stages that tasks call, with the activations in which they do. */
  called: ReadonlyMap<FunctionIR, readonly Instance[]>;
  /** The calls that can be separated from their tasks, in the order of the sources. */
  calls: readonly StageCall[];
  refused: readonly { module: ModuleId; fn: FunctionIR; reason: StageRefusal }[];
}

const NO_STAGES: Stages = { called: new Map(), calls: [], refused: [] };

export function findStages(program: PointsTo): Stages {
  const declared = new Map<FunctionIR, ModuleId>();
  for (const [id, { ir }] of program.modules)
    for (const fn of ir.functions) if (fn.directives.includes(STAGE)) declared.set(fn, id);
  if (declared.size === 0) return NO_STAGES;
  const possible = new Set([...declared.keys()].filter(fn => refusalOf(fn) === null));
  const running = reachableFrom(program.rootInstances());
  const calls = separableCalls(program, possible);
  const called = new Map<FunctionIR, Instance[]>();
  for (const { records } of calls)
    for (const { instance, record } of records) {
      if (!running.has(instance)) continue;
      for (const target of record.targets) {
        const known = called.get(target.fn);
        if (!known) called.set(target.fn, [target]);
        else if (!known.includes(target)) known.push(target);
      }
    }
  const refused = [...declared].flatMap(([fn, module]) => {
    const reason = refusalOf(fn) ?? (called.has(fn) ? null : 'not-called');
    return reason === null ? [] : [{ module, fn, reason }];
  });
  return { called, calls: calls.filter(call => isOf(call, called)), refused };
}

function refusalOf({ isGenerator, form, directives }: FunctionIR): StageRefusal | null {
  if (directives.includes(OPT_OUT)) return 'opted-out';
  if (isGenerator) return 'generator';
  return form === 'accessor' || form === 'constructor' || form === 'initializer' ? 'accessor' : null;
}

const isOf = ({ records }: StageCall, called: Stages['called']): boolean =>
  records.every(({ record }) => [...record.targets].every(({ fn }) => called.has(fn)));

function separableCalls(program: PointsTo, possible: ReadonlySet<FunctionIR>): StageCall[] {
  const found = new Map<string, StageCall>();
  const refused = new Set<string>();
  for (const instance of program.instances.all)
    for (const record of instance.calls.values()) {
      const { op, targets } = record;
      if (op.op !== 'call' || targets.size === 0) continue;
      const key = `${instance.moduleId} ${op.at} ${op.end}`;
      if (!isSeparable(program, instance, record, op, possible)) refused.add(key);
      const known = found.get(key);
      if (known) known.records.push({ instance, record });
      else found.set(key, { module: instance.moduleId, op, records: [{ instance, record }] });
    }
  return [...found]
    .filter(([key]) => !refused.has(key))
    .map(([, call]) => call)
    .sort(
      byKeys<StageCall>(
        c => c.module,
        c => c.op.at,
        c => c.op.end,
      ),
    );
}

function isSeparable(
  program: PointsTo,
  instance: Instance,
  { targets, rearranged, callbacks, later, models, externals }: CallRecord,
  { base, field, isNew, rewritable }: CallOp,
  possible: ReadonlySet<FunctionIR>,
): boolean {
  if (isNew || !rewritable || base === NONE || rearranged !== null) return false;
  if (callbacks.size > 0 || later.size > 0 || models.length > 0 || externals.size > 0) return false;
  if (targets.some(({ fn }) => !possible.has(fn))) return false;
  const { solver, heap } = program;
  // What a package makes of a function calls it, too, but by itself.
  const isStage = (id: TokenId): boolean => {
    const { kind, fn } = heap.get(id);
    return kind === 'function' && fn !== null && possible.has(fn);
  };
  const held = [...solver.tokens(instance.node(base))];
  if (field === null) return held.every(isStage);
  return held.every(id => [...solver.tokens(program.viewOf(heap.get(id), field))].every(isStage));
}
