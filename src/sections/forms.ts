/**
 * Forms: how each protected handler gets its section or gate.
 *
 * - in its own body, as narrow as the accesses allow: the way an expert would lock;
 * - from the handler that it delegates to;
 * - or as a whole, by a wrapper that holds from the call until everything has settled, which is right for any
 *   function: whatever the conditions for the others are not proven for.
 */
import type { Conflicts, Decision } from '../conflicts/classes.js';
import { callersOf, reachableWithStages, reachedFrom } from '../conflicts/footprint.js';
import { type Functions, type FunctionUse, functionsOf } from '../conflicts/functions.js';
import type { Handler } from '../conflicts/handlers.js';
import { Reentry, waitingAmong } from '../conflicts/reentry.js';
import type { SegmentAnalysis } from '../conflicts/segments.js';
import type { Waits } from '../conflicts/waits.js';
import { type Instance, isAnyRunBy, isFollowed } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { reachableFrom } from '../effects/reachable.js';
import type { FunctionIR } from '../ir/ir.js';
import type { WholeReason } from '../plan/plan.js';
import { type DelegatingCalls, type Delegations, findDelegations } from './delegation.js';
import { BodyFlow } from './flow.js';
import { placeSection, type SectionPlacement } from './place.js';
import { Touching } from './touching.js';

export type SectionForm =
  | { form: 'none' }
  | { form: 'body'; placement: SectionPlacement }
  | { form: 'delegated'; calls: DelegatingCalls; to: ReadonlySet<number> }
  | {
      form: 'whole';
      reason: WholeReason;
      carriesTask: boolean;
      /** Whether code outside may call other handlers in the middle of its section. */
      mayCallOthers: boolean;
    };

/** @returns by index of the handler */
export function decideForms(
  program: PointsTo,
  handlers: readonly Handler[],
  conflicts: Conflicts,
  waits: Waits,
): SectionForm[] {
  return new Forms(program, handlers, conflicts, waits).decide();
}

export class Forms {
  readonly touching: Touching;
  private readonly delegations: Delegations;
  readonly reentry: Reentry;
  /** Functions that call stages as units of their own, themselves or in what they call. */
  private readonly staging: ReadonlySet<Instance>;
  /** By handler: whether it takes a lock of the program's own and goes on, so that it may hold that anywhere. */
  private readonly locking: readonly boolean[];
  /** Functions that start, themselves or in what they call, work which may go on accessing when nobody waits for it. */
  private readonly outliving: ReadonlySet<Instance>;
  /** The handlers that protect themselves. */
  private readonly own: number[];
  private readonly functions: Functions;
  /** Functions that are called inside of tasks which protect themselves. */
  private readonly calledInside = new Set<FunctionIR>();

  constructor(
    program: PointsTo,
    private readonly handlers: readonly Handler[],
    private readonly conflicts: Conflicts,
    private readonly waits: Waits,
  ) {
    const { decisions, footprints, segments } = conflicts;
    const callers = callersOf(program.instances.all);
    this.touching = new Touching(program.instances.all, callers, footprints, segments.floating);
    const instances = program.instances.all;
    const taking = reachedFrom(instances.filter(takesLock), callers);
    this.locking = handlers.map(handler => handler.instances.some(instance => taking.has(instance)));
    this.outliving = reachedFrom(
      instances.filter(instance => this.touching.startsOutliving(instance)),
      callers,
    );
    this.delegations = findDelegations(handlers, conflicts, this.touching, this.locking);
    this.own = decisions.flatMap(({ protection }, index) =>
      protection === 'untouched' || this.delegations.has(index) ? [] : [index],
    );
    const reached = new Set<Instance>();
    this.staging = reachedFrom(instances.filter(callsStages), callers);
    for (const index of this.own)
      for (const instance of decisions[index]?.reached ?? []) reached.add(instance);
    const waiting = waitingAmong(this.own.map(index => handlers[index] as Handler));
    this.reentry = new Reentry(program, waiting, segments, reachableWithStages(reached), callers);
    for (const { runs } of reached) for (const { fn } of runs) this.calledInside.add(fn);
    this.functions = functionsOf(program, handlers);
  }

  decide(): SectionForm[] {
    return this.handlers.map((_, index): SectionForm => {
      if (this.conflicts.decisions[index]?.protection === 'untouched') return { form: 'none' };
      const delegation = this.delegations.get(index);
      if (delegation) return { form: 'delegated', ...delegation };
      const placed = this.reasonForWhole(index) ?? this.place(index);
      return typeof placed === 'string' ? this.whole(index, placed) : { form: 'body', placement: placed };
    });
  }

  private whole(index: number, reason: WholeReason): SectionForm {
    const { protection, reached } = this.conflicts.decisions[index] as Decision;
    const isSection = protection === 'section';
    const mayCallOthers = isSection && this.reentry.mayCallIn(reached);
    const carriesTask =
      isSection &&
      (this.reentry.isPossibleIn(reached) ||
        handsOverLater(reached, this.conflicts.segments) ||
        this.waitsIn(reached) !== null);
    return { form: 'whole', reason, carriesTask, mayCallOthers };
  }

  /** A function among some that waits for other tasks. */
  private waitsIn(functions: Iterable<Instance>, apartFrom?: FunctionIR): Instance | null {
    for (const instance of functions)
      if (instance.fn !== apartFrom && this.waits.has(instance)) return instance;
    return null;
  }

  private reasonForWhole(index: number): WholeReason | null {
    const { fn, isEntrance } = this.handlers[index] as Handler;
    if (fn.isGenerator) return 'generator';
    if (!fn.isAsync) return 'not-async';
    // Classes are taken before any lock of the program's own, by all alike, so that no two tasks wait for each other.
    if (this.locking[index]) return 'takes-lock';
    const { handlers, instances } = this.functionOf(fn);
    if (handlers.length > 1) return 'several-handlers';
    if (isEntrance && instances.some(instance => this.touching.ofCaller(instance))) return 'result';
    if (instances.some(instance => this.outliving.has(instance))) return 'outlives';
    if (this.calledInside.has(fn)) return 'called-inside';
    const { protection, reached } = this.conflicts.decisions[index] as Decision;
    return protection === 'section' && this.waitsIn(reached, fn) ? 'waits-inside' : null;
  }

  private isStaging(instance: Instance, operation: number): boolean {
    const record = instance.calls.get(operation);
    if (!record) return false;
    return record.stages !== null || isAnyRunBy(record, target => this.staging.has(target));
  }

  /** The handlers that begin with a function, and the activations that there are. */
  functionOf(fn: FunctionIR): FunctionUse {
    return this.functions.get(fn) ?? { handlers: [], instances: [] };
  }

  private place(index: number): SectionPlacement | WholeReason {
    const { fn } = this.handlers[index] as Handler;
    const { protection, reason } = this.conflicts.decisions[index] as Decision;
    const touching = new Set<number>();
    const writing = new Set<number>();
    const lasting = new Set<number>();
    const reentering = new Set<number>();
    const staging = new Set<number>();
    const waiting = new Set<number>();
    const flow = new BodyFlow(fn);
    for (const instance of this.functionOf(fn).instances) {
      const own = this.touching.operationsOf(instance);
      for (const operation of this.touching.writesOf(instance)) writing.add(operation);
      for (const operation of this.waits.get(instance)?.keys() ?? []) waiting.add(operation);
      flow.forEachOp((op, operation) => {
        if (this.reentry.isPossibleAt(instance, operation)) reentering.add(operation);
        if (this.isStaging(instance, operation)) staging.add(operation);
        if (!own.has(operation)) return;
        touching.add(operation);
        if (this.touching.lasts(instance, operation, op)) lasting.add(operation);
      });
    }
    const placed = placeSection(fn, { touching, writing, lasting, reentering, staging, waiting });
    if (typeof placed === 'string') return placed;
    if (protection === 'gate' && !placed.isGate) return 'first-segment';
    const isSeveral = reason === 'several-segments';
    // Nobody may come in the middle of a segment that has accesses of classes without a lock.
    const writes = isSeveral ? placed.writes : [];
    return { ...placed, writes, isGate: placed.isGate && !isSeveral };
  }
}

/**
 * Whether a callback by which the task goes on may be handed over where nothing tells whose code is running: behind an `await`
 * or in a reaction. In the first stretch, and in such a callback itself, the task is known.
 */
function handsOverLater(
  reached: ReadonlySet<Instance>,
  { continuing, awaited, floatingCallbacks }: SegmentAnalysis,
): boolean {
  const handsOver = (instance: Instance): boolean =>
    continuing.has(instance) || awaited.has(instance) || floatingCallbacks.has(instance);
  if (![...reached].some(handsOver)) return false;
  const late: Instance[] = [];
  for (const instance of reached) {
    if (instance.fn.isAsync) late.push(instance);
    for (const record of instance.calls.values()) if (isFollowed(record)) late.push(...record.later);
  }
  return [...reachableFrom(late)].some(handsOver);
}

/** Whether a function calls a stage as a unit of its own. */
function callsStages({ calls }: Instance): boolean {
  for (const { stages } of calls.values()) if (stages !== null) return true;
  return false;
}

/** Whether a function takes a lock that it gives back later, by another call. */
function takesLock({ calls }: Instance): boolean {
  for (const { models } of calls.values())
    if (models.some(({ model }) => model.locks !== undefined)) return true;
  return false;
}
