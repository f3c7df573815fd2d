/**
 * Separation: which calls of stages are units of their own, and which are part of what calls them.
 *
 * At first all are their own. That is wrong for a call in the midst of accesses to the same resources, where the stage would
 * come between them: there it runs inside of its caller, whose section then covers what the stage needs. And it is wrong
 * where waiting for the stage's classes could close a circle. Each call that is merged changes what its callers access, so
 * the conflicts are found anew, until all that is left can be separate.
 */
import { type ClassOfResources, type Conflicts, type Decision, findConflicts } from '../conflicts/classes.js';
import { reachableWithStages } from '../conflicts/footprint.js';
import { entrancesOf, type Handler } from '../conflicts/handlers.js';
import { type Waits, waitsInSections } from '../conflicts/waits.js';
import type { Accesses } from '../effects/accesses.js';
import type { CallRecord, Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { FunctionIR } from '../ir/ir.js';
import { findOwnSynchronization, mayHoldOwnLock } from '../own-locks/find.js';
import type { MergeReason } from '../plan/plan.js';
import { BodyFlow } from '../sections/flow.js';
import { Forms, type SectionForm } from '../sections/forms.js';
import type { StageCall, Stages } from './find-stages.js';
import { stagesInside, type UnitExtent } from './inside.js';
import { isInOrder, type LateStep } from './order.js';

export interface MergedCall {
  call: StageCall;
  reason: MergeReason;
  /** Indices of the handlers that it is about: one that calls, and the stage. */
  caller: number | null;
  stage: number;
}

export interface Separation {
  /** The handlers, of which those stages are marked that are none in effect. */
  handlers: readonly Handler[];
  calls: readonly StageCall[];
  merged: readonly MergedCall[];
  /** Indices of the stages that are called while something is held, and may have to wait there. */
  late: ReadonlySet<number>;
  /** Which handlers call them so. */
  lateCalls: readonly { caller: number; stage: number }[];
  /** These, and those that call them. */
  mayWaitLate: ReadonlySet<number>;
}

/** Separates calls of stages from their tasks, in the records of the program. */
export function separateStages(
  program: PointsTo,
  stages: Stages,
  handlers: readonly Handler[],
  accesses: Accesses,
  waits: Waits,
): Separation {
  if (stages.calls.length === 0)
    return { handlers, calls: [], merged: [], late: new Set(), lateCalls: [], mayWaitLate: new Set() };
  for (const { records } of stages.calls)
    for (const { instance, record } of records) instance.separate(record);
  const separating = new Separating(program, stages.calls, handlers, waits);
  separating.mergeUnderLocks();
  for (;;) {
    const units = separating.units();
    const own = findOwnSynchronization(program, units, accesses);
    const late = separating.round(units, findConflicts(program, units, own.rest, own.handlers));
    if (late === null) continue;
    return { handlers: units, calls: stages.calls, merged: [...separating.merged.values()], ...late };
  }
}

/** A stage that is called while something is held. */
interface LateCall {
  call: StageCall;
  caller: number;
  stage: number;
}

class Separating {
  readonly merged = new Map<StageCall, MergedCall>();
  private readonly callOf = new Map<CallRecord, StageCall>();
  private readonly stageOf = new Map<FunctionIR, number>();

  constructor(
    private readonly program: PointsTo,
    private readonly calls: readonly StageCall[],
    private readonly handlers: readonly Handler[],
    private readonly waits: Waits,
  ) {
    for (const call of calls) for (const { record } of call.records) this.callOf.set(record, call);
    handlers.forEach(({ fn, isStage, isOptedOut }, index) => {
      if (isStage && !isOptedOut) this.stageOf.set(fn, index);
    });
    // Of a stage that its author answers for, nothing is known; to be on the safe side it is no unit.
    for (const call of calls) if (this.stagesOf(call).length === 0) putBack(call);
  }

  private stagesOf(call: StageCall): number[] {
    const found = new Set<number>();
    for (const { record } of call.records)
      for (const { fn } of record.stages ?? record.targets) {
        const stage = this.stageOf.get(fn);
        if (stage === undefined) return [];
        found.add(stage);
      }
    return [...found];
  }

  private merge(call: StageCall, reason: MergeReason, caller: number | null, stage: number): void {
    if (this.merged.has(call)) return;
    this.merged.set(call, { call, reason, caller, stage });
    putBack(call);
  }

  /** No class is waited for by who may hold a lock of the program's own: others take them in the other order. */
  mergeUnderLocks(): void {
    const locking = new Set(this.program.instances.all.filter(mayHoldOwnLock));
    if (locking.size === 0) return;
    this.handlers.forEach(({ instances }, index) => {
      const reached = reachableWithStages(instances);
      if (![...reached].some(instance => locking.has(instance))) return;
      for (const call of this.calls)
        if (call.records.some(({ instance }) => reached.has(instance)))
          for (const stage of this.stagesOf(call)) this.merge(call, 'own-lock', index, stage);
    });
  }

  /** The handlers, with stages that are always called as a part of what calls them marked. */
  units(): Handler[] {
    const separate = new Set<FunctionIR>();
    for (const { records } of this.calls)
      for (const { record } of records) for (const { fn } of record.stages ?? []) separate.add(fn);
    return this.handlers.map(handler => ({
      ...handler,
      isMerged: handler.isStage && !handler.isEntrance && !separate.has(handler.fn),
    }));
  }

  /** Merges what must not be separate in these conflicts; if there is nothing, says which stages may wait late. */
  round(
    handlers: readonly Handler[],
    conflicts: Conflicts,
  ): Pick<Separation, 'late' | 'lateCalls' | 'mayWaitLate'> | null {
    const before = this.merged.size;
    const forms = new Forms(this.program, handlers, conflicts, waitsInSections(this.waits, conflicts));
    const units = new Units(handlers, conflicts, forms, forms.decide());
    this.mergeNotAwaited(conflicts);
    const late: LateCall[] = [];
    this.handlers.forEach((_, caller) => {
      const extent = units.extentOf(caller);
      if (extent === null) return;
      for (const record of stagesInside(extent)) {
        const call = this.callOf.get(record);
        if (call === undefined) continue;
        for (const { fn } of record.stages ?? []) {
          const stage = this.stageOf.get(fn);
          if (stage !== undefined) this.judge(units, { call, caller, stage }, extent.held, late);
        }
      }
    });
    if (this.merged.size > before) return null;
    this.mergeOutOfOrder(units, late);
    if (this.merged.size > before) return null;
    return {
      late: new Set(late.map(({ stage }) => stage)),
      lateCalls: late.map(({ caller, stage }) => ({ caller, stage })),
      mayWaitLate: new Set(late.flatMap(({ caller, stage }) => [caller, stage])),
    };
  }

  private mergeNotAwaited({ decisions }: Conflicts): void {
    for (const call of this.calls) {
      const isAwaited = call.records.every(
        ({ instance }) => call.op.join === 'await' || (call.op.join === 'return' && instance.fn.isAsync),
      );
      if (isAwaited) continue;
      for (const stage of this.stagesOf(call)) {
        const { fn } = this.handlers[stage] as Handler;
        if (!fn.isAsync && decisions[stage]?.protection !== 'untouched')
          this.merge(call, 'not-awaited', null, stage);
      }
    }
  }

  /** A stage that is called in the midst of its caller's accesses. */
  private judge(units: Units, one: LateCall, held: UnitExtent['held'], late: LateCall[]): void {
    const { call, caller, stage } = one;
    if (units.overlap(caller, stage)) {
      const reason = units.covers(caller, stage) ? 'covered' : 'overlap';
      const known = this.merged.get(call);
      if (known?.reason === 'covered' && reason === 'overlap') this.merged.delete(call);
      this.merge(call, reason, caller, stage);
      return;
    }
    if (held === null || units.needsOf(caller).length === 0) return;
    if (units.mayReenter(stage)) this.merge(call, 'reentered', caller, stage);
    else if (units.needsOf(stage).length === 0) return;
    // What a stage takes inside of a task that the runtime knows, that keeps to its end, and may wait for more with it.
    else if (held === 'all' || !units.isInBody(stage)) this.merge(call, 'whole', caller, stage);
    // Tasks in which code outside calls handlers take whatever those need, in any order.
    else if (units.mayCallOthers) this.merge(call, 'order', caller, stage);
    else late.push(one);
  }

  /** Leaves the calls separate, one after the other, that cannot be part of a circle with those before. */
  private mergeOutOfOrder(units: Units, late: readonly LateCall[]): void {
    const rank = new Map(this.calls.map((call, index) => [call, index]));
    const inOrder = [...late].sort(
      (a, b) => (rank.get(a.call) as number) - (rank.get(b.call) as number) || a.caller - b.caller,
    );
    const steps: LateStep[] = [];
    for (const { call, caller, stage } of inOrder) {
      if (this.merged.has(call)) continue;
      const step = { held: units.needsOf(caller), taken: units.needsOf(stage) };
      if (isInOrder([...steps, step])) steps.push(step);
      else this.merge(call, 'order', caller, stage);
    }
  }
}

function putBack({ records }: StageCall): void {
  for (const { instance, record } of records) instance.merge(record);
}

/** Handlers and stages as they would be protected now. */
class Units {
  /** By unit: the classes that it accesses, and whether it writes there. */
  private readonly classes: Map<number, boolean>[];
  /** Whether code outside may call handlers in the middle of a section. */
  readonly mayCallOthers: boolean;

  constructor(
    private readonly handlers: readonly Handler[],
    private readonly conflicts: Conflicts,
    private readonly protection: Forms,
    private readonly forms: readonly SectionForm[],
  ) {
    this.mayCallOthers = forms.some(form => form.form === 'whole' && form.mayCallOthers);
    this.classes = handlers.map(() => new Map());
    conflicts.classes.forEach(({ members }, id) => {
      for (const { handler, write } of members) this.classes[handler]?.set(id, write);
    });
  }

  /** Where it makes its accesses; null of those that their authors answer for. */
  extentOf(index: number): UnitExtent | null {
    const handler = this.handlers[index] as Handler;
    if (handler.isOptedOut || handler.isMerged) return null;
    const form = this.forms[index] as SectionForm;
    const { touching } = this.protection;
    const entrances = new Set(entrancesOf(handler));
    const touchingIn = (instance: Instance): Set<number> => {
      const own = touching.operationsOf(instance);
      if (entrances.has(instance))
        for (const operation of this.conflicts.footprints.operationsOf(instance, true)) own.add(operation);
      return own;
    };
    const isSection = this.conflicts.decisions[index]?.protection === 'section';
    const { segments } = this.conflicts;
    const isInFirstSegment =
      !isSection && ['none', 'first'].includes(segments.spreadOf(handler.instances, handler.isEntrance));
    if (form.form === 'body' && !form.placement.isGate) {
      const { enters, leaves } = form.placement;
      const held = new BodyFlow(handler.fn).operationsBetween(new Set(enters), new Set(leaves));
      return { roots: this.protection.functionOf(handler.fn).instances, held, isInFirstSegment, touchingIn };
    }
    // A gate holds nothing, save that of a generator.
    const isHeld = form.form === 'whole' && (isSection || handler.fn.isGenerator);
    return { roots: handler.instances, held: isHeld ? 'all' : null, isInFirstSegment, touchingIn };
  }

  /** Whether a stage accesses something in such a way that it must not come between two accesses of the caller. */
  overlap(caller: number, stage: number): boolean {
    const own = this.classes[caller] as Map<number, boolean>;
    for (const [id, write] of this.classes[stage] as Map<number, boolean>) {
      const isWritten = own.get(id);
      if (isWritten === undefined) continue;
      if (write || isWritten || (this.conflicts.classes[id] as ClassOfResources).locked) return true;
    }
    return false;
  }

  /** Whether the caller holds all that a stage needs. */
  covers(caller: number, stage: number): boolean {
    const own = new Map(this.needs(caller).map(c => [c.class, c.write]));
    return this.needs(stage).every(c => own.has(c.class) && (!c.write || own.get(c.class) === true));
  }

  needsOf(index: number): number[] {
    return this.needs(index).map(c => c.class);
  }

  private needs(index: number): Decision['classes'] {
    return this.conflicts.decisions[index]?.classes ?? [];
  }

  isInBody(index: number): boolean {
    return this.forms[index]?.form === 'body';
  }

  mayReenter(index: number): boolean {
    const { instances } = this.handlers[index] as Handler;
    return this.protection.reentry.isPossibleIn(reachableWithStages(instances));
  }
}
