/**
 * The edits of every module: where handlers are wrapped, where calls inside the program must reach the author's
 * own function, and where work that nobody awaits is tied to its task.
 */
import type { Conflicts, Decision } from '../conflicts/classes.js';
import type { Handler } from '../conflicts/handlers.js';
import type { CallRecord, Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { TokenId } from '../effects/solver.js';
import type { ModuleId } from '../graph/module-graph.js';
import { NONE } from '../ir/ir.js';
import { byKeys } from '../order/by-keys.js';
import type { Edit } from './plan.js';

export interface Edits {
  byModule: Map<ModuleId, Edit[]>;
  /** Indices of the handlers whose task must be found again across suspensions. */
  carriers: Set<number>;
}

export function planEdits(program: PointsTo, handlers: readonly Handler[], conflicts: Conflicts): Edits {
  const edits = new Map<ModuleId, Map<string, Edit>>();
  const add = (module: ModuleId, edit: Edit): void => {
    const own = edits.get(module) ?? new Map<string, Edit>();
    own.set(`${edit.start}:${edit.end}:${edit.kind}`, edit);
    edits.set(module, own);
  };

  /** Functions that are scheduled, and those of them that the program itself may come by in that form. */
  const scheduled = new Set<TokenId>();
  const scheduledInside = new Set<TokenId>();
  const needed = new Set<Instance>();
  handlers.forEach((handler, i) => {
    const decision = conflicts.decisions[i] as Decision;
    if (decision.protection === 'untouched') return;
    for (const token of handler.tokens) {
      scheduled.add(token);
      if (handler.isReachableInside) scheduledInside.add(token);
    }
    for (const { kind, module, span } of handler.sites)
      add(module, { kind: `wrap-${kind}`, start: span.start, end: span.end, handler: handler.id });
    for (const instance of decision.reached) needed.add(instance);
  });

  for (const instance of program.instances.all) {
    for (const [index, record] of instance.calls) {
      const { op } = record;
      if (op.op === 'call' && op.rewritable && hasAny(record.callees, scheduledInside))
        add(instance.moduleId, { kind: 'call-unscheduled', start: op.at, end: op.end });
      if (needed.has(instance) && conflicts.segments.floating.get(instance)?.has(index) && op.op === 'call')
        add(instance.moduleId, { kind: 'float', start: op.at, end: op.end });
    }
  }

  // Most functions are run by many handlers.
  const reentering = new Map<Instance, boolean>();
  const carriers = new Set<number>();
  handlers.forEach((_, i) => {
    const decision = conflicts.decisions[i] as Decision;
    if (decision.protection !== 'section') return;
    for (const instance of decision.reached) {
      let reenters = reentering.get(instance);
      if (reenters === undefined) {
        reenters = mayReenter(program, instance, scheduled, scheduledInside, conflicts);
        reentering.set(instance, reenters);
      }
      if (reenters) {
        carriers.add(i);
        break;
      }
    }
  });
  const order = byKeys<Edit>(
    e => e.start,
    e => -e.end,
    e => e.kind,
  );
  return {
    byModule: new Map([...edits].map(([module, own]) => [module, [...own.values()].sort(order)])),
    carriers,
  };
}

/** True when a scheduled function may be called from here by code that no edit can reach. */
function mayReenter(
  program: PointsTo,
  instance: Instance,
  scheduled: ReadonlySet<TokenId>,
  scheduledInside: ReadonlySet<TokenId>,
  conflicts: Conflicts,
): boolean {
  if (conflicts.segments.floating.has(instance)) return true;
  for (const record of instance.calls.values()) {
    const { op } = record;
    if (callsInput(program, record)) return true;
    if (op.op === 'call' && record.models.some(m => m.model.continues)) return true;
    if (op.op !== 'call' || !op.rewritable) {
      if (hasAny(record.callees, scheduledInside)) return true;
    }
    if (
      record.callbacks.size > 0 ||
      record.later.size > 0 ||
      record.externals.size > 0 ||
      record.models.length > 0
    ) {
      for (const arg of record.args) if (hasAny(program.solver.tokens(arg), scheduled)) return true;
      for (const id of record.externals) {
        const outside = program.heap.get(id);
        // Code that was handed handlers before may call them now; a request's own objects only what they were handed.
        if (outside.kind === 'input' && hasAny(program.solver.tokens(outside.contents), scheduled))
          return true;
      }
      for (const { self } of record.models)
        for (const id of program.solver.tokens(self)) {
          const listeners = program.heap.get(id).fields.get('<listeners>');
          if (listeners !== undefined && hasAny(program.solver.tokens(listeners), scheduled)) return true;
        }
    }
  }
  return false;
}

/** Calling what one was handed (`next()`) runs whatever the framework has to run next. */
function callsInput(program: PointsTo, record: CallRecord): boolean {
  const { op } = record;
  if (op.op !== 'call' || op.field !== null || op.base === NONE) return false;
  for (const id of record.externals) if (program.heap.get(id).kind === 'input') return true;
  return false;
}

function hasAny(tokens: Iterable<TokenId>, wanted: ReadonlySet<TokenId>): boolean {
  for (const token of tokens) if (wanted.has(token)) return true;
  return false;
}
