/**
 * The edits of every module: where handlers are wrapped or get a section in their own body, where calls inside the
 * program must reach the author's own function, where work that nobody awaits is tied to its task, and where a task gives up what it
 * holds.
 */
import type { Conflicts, Decision } from '../conflicts/classes.js';
import type { Handler } from '../conflicts/handlers.js';
import { type Lasting, lastingAt } from '../conflicts/lasting.js';
import { hasAny } from '../conflicts/reentry.js';
import type { Waits } from '../conflicts/waits.js';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { TokenId } from '../effects/solver.js';
import type { ModuleId } from '../graph/module-graph.js';
import type { CallOp, FunctionIR, Op, ReactOp, Span } from '../ir/ir.js';
import { byKeys } from '../order/by-keys.js';
import type { FoundParallel } from '../parallel/find-parallel.js';
import type { SectionForm } from '../sections/forms.js';
import type { SectionPlacement } from '../sections/place.js';
import type { Edit } from './edit.js';

export function planEdits(
  program: PointsTo,
  handlers: readonly Handler[],
  conflicts: Conflicts,
  forms: readonly SectionForm[],
  waits: Waits,
  parallel: readonly FoundParallel[],
): Map<ModuleId, Edit[]> {
  const edits = new Map<ModuleId, Map<string, Edit>>();
  const add = (module: ModuleId, edit: Edit): void => {
    const own = edits.get(module) ?? new Map<string, Edit>();
    own.set(`${edit.start}:${edit.end}:${edit.kind}`, edit);
    edits.set(module, own);
  };

  /** Functions that the program itself may come by in their scheduled form. */
  const scheduledInside = new Set<TokenId>();
  const needed = new Set<Instance>();
  const delegating = new Map<FunctionIR, ReadonlySet<number>>();
  handlers.forEach((handler, i) => {
    const form = forms[i] as SectionForm;
    switch (form.form) {
      case 'whole':
        if (handler.isReachableInside) for (const token of handler.tokens) scheduledInside.add(token);
        for (const { kind, module, span } of handler.sites)
          add(module, { kind: `wrap-${kind}`, start: span.start, end: span.end, handler: handler.id });
        for (const instance of (conflicts.decisions[i] as Decision).reached) needed.add(instance);
        break;
      case 'body': {
        const module = (handler.instances[0] as Instance).moduleId;
        add(module, placeSectionEdit(handler, form.placement));
        break;
      }
      case 'delegated':
        for (const [fn, calls] of form.calls) delegating.set(fn, calls);
    }
  });

  for (const [instance, own] of waits)
    if (needed.has(instance))
      for (const index of own.keys()) {
        const { at, end } = instance.opAt(index) as Extract<Op, { op: 'suspend' }>;
        add(instance.moduleId, { kind: 'stand-aside', start: at, end });
      }
  for (const instance of program.instances.all) {
    for (const [index, record] of instance.calls) {
      const { op } = record;
      if (needed.has(instance))
        for (const lasting of lastingAt(program, conflicts.segments, instance, index))
          for (const edit of lastingEdits(op, lasting)) add(instance.moduleId, edit);
      if (op.op !== 'call') continue;
      const isDelegating = delegating.get(instance.fn)?.has(index) === true;
      const isSeparate = record.stages !== null;
      if (op.rewritable && !isDelegating && !isSeparate && hasAny(record.callees, scheduledInside))
        add(instance.moduleId, { kind: 'call-unscheduled', start: op.at, end: op.end });
    }
  }
  for (const { parallel: found, slice, problems, calls } of parallel) {
    if (slice === null || problems.length > 0) continue;
    const { id, module, fn } = found;
    const kind = fn.form === 'declaration' ? 'parallel-declaration' : 'parallel-expression';
    add(module.id, { kind, start: fn.start, end: fn.end, parallel: id });
    for (const { module: caller, op, moved } of calls)
      if (moved.length > 0) add(caller.id, { kind: 'moving', start: op.at, end: op.end, moved: [...moved] });
  }
  const order = byKeys<Edit>(
    e => e.start,
    e => -e.end,
    e => e.kind,
  );
  return new Map([...edits].map(([module, own]) => [module, [...own.values()].sort(order)]));
}

function* lastingEdits({ at, end }: CallOp | ReactOp, lasting: Lasting): Iterable<Edit> {
  if (lasting.by === 'promise') {
    yield { kind: 'float', start: at, end };
    return;
  }
  for (const [i, leaf] of lasting.callbacks.entries()) {
    const span = { start: leaf.start, end: leaf.end };
    if (lasting.by === 'results') yield { kind: 'float-results', ...span };
    else if (lasting.by === 'itself') yield { kind: 'belonging', ...span };
    else yield { kind: 'continuation', ...span, isAlternative: i > 0 };
  }
}

function placeSectionEdit({ id, fn }: Handler, placement: SectionPlacement): Edit {
  const spans = (indices: readonly number[]): Span[] =>
    indices.map(index => {
      const { start, end } = fn.statements[index] as Span;
      return { start, end };
    });
  return {
    kind: 'place-section',
    start: fn.start,
    end: fn.end,
    handler: id,
    isGate: placement.isGate,
    enters: spans(placement.enters),
    leaves: placement.isGate ? [] : spans(placement.leaves),
    writes: spans(placement.writes),
    ...(placement.grows && { grows: placement.grows.map(({ before }) => spans(before)) }),
    asides: placement.asides,
    settling: spans(placement.settling),
  };
}
