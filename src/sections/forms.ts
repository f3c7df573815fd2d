/**
 * Forms: how each protected handler gets its section or gate.
 *
 * - in its own body, as narrow as the accesses allow: the way an expert would lock;
 * - from the handler that it delegates to;
 * - or as a whole, by a wrapper that holds from the call until everything has settled, which is right for any
 *   function: whatever the conditions for the others are not proven for.
 */
import type { Conflicts, Decision } from '../conflicts/classes.js';
import { callersOf, reachableFrom, reachableWithStages, reachedFrom } from '../conflicts/footprint.js';
import type { Handler } from '../conflicts/handlers.js';
import type { SegmentAnalysis } from '../conflicts/segments.js';
import { type Instance, isAnyRunBy, isFollowed } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { TokenId } from '../effects/solver.js';
import type { FunctionIR } from '../ir/ir.js';
import type { WholeReason } from '../plan/plan.js';
import { type DelegatingCalls, type Delegations, findDelegations } from './delegation.js';
import { BodyFlow } from './flow.js';
import { placeSection, type SectionPlacement } from './place.js';
import { Reentry } from './reentry.js';
import { Touching } from './touching.js';

export type SectionForm =
  | { form: 'none' }
  | { form: 'body'; placement: SectionPlacement }
  | { form: 'delegated'; calls: DelegatingCalls; to: ReadonlySet<number> }
  | { form: 'whole'; reason: WholeReason; carriesTask: boolean };

/** @returns by index of the handler */
export function decideForms(
  program: PointsTo,
  handlers: readonly Handler[],
  conflicts: Conflicts,
): SectionForm[] {
  return new Forms(program, handlers, conflicts).decide();
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
  /** By handler: a number that those have in common which may wait for each other, through however many others. */
  private readonly groups: number[];
  /** By function: the handlers that begin with it, and the activations that there are. */
  private readonly byFunction = new Map<FunctionIR, { handlers: number[]; instances: Instance[] }>();
  /** Functions that are called inside of tasks which protect themselves. */
  private readonly calledInside = new Set<FunctionIR>();

  constructor(
    program: PointsTo,
    private readonly handlers: readonly Handler[],
    private readonly conflicts: Conflicts,
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
    const all = new Set<TokenId>();
    const inside = new Set<TokenId>();
    const running = new Set<Instance>();
    this.staging = reachedFrom(instances.filter(callsStages), callers);
    for (const index of this.own) {
      for (const instance of reachableWithStages(decisions[index]?.reached ?? [])) running.add(instance);
      const { tokens, isReachableInside } = handlers[index] as Handler;
      for (const token of tokens) {
        all.add(token);
        if (isReachableInside) inside.add(token);
      }
    }
    this.reentry = new Reentry(program, { all, inside }, segments, running, callers);
    this.groups = groupsOf(handlers, decisions);
    for (const index of this.own)
      for (const { runs } of decisions[index]?.reached ?? [])
        for (const { fn } of runs) this.calledInside.add(fn);
    this.findFunctions(program);
  }

  private findFunctions(program: PointsTo): void {
    const { byFunction, handlers } = this;
    handlers.forEach(({ fn }, index) => {
      const known = byFunction.get(fn);
      if (known) known.handlers.push(index);
      else byFunction.set(fn, { handlers: [index], instances: [] });
    });
    for (const instance of program.instances.all) byFunction.get(instance.fn)?.instances.push(instance);
  }

  decide(): SectionForm[] {
    const forms = this.handlers.map((_, index): SectionForm => {
      if (this.conflicts.decisions[index]?.protection === 'untouched') return { form: 'none' };
      const delegation = this.delegations.get(index);
      if (delegation) return { form: 'delegated', ...delegation };
      const placed = this.reasonForWhole(index) ?? this.place(index);
      return typeof placed === 'string' ? this.whole(index, placed) : { form: 'body', placement: placed };
    });
    // Whoever may call others while it holds something finds only tasks of handlers that are protected as a whole.
    for (let changed = true; changed; ) {
      changed = false;
      const calling = new Set(
        forms.flatMap((form, index) =>
          form.form === 'whole' && form.carriesTask ? [this.groups[index] as number] : [],
        ),
      );
      forms.forEach((form, index) => {
        if (form.form !== 'body' || !calling.has(this.groups[index] as number)) return;
        forms[index] = this.whole(index, 'called-outside');
        changed = true;
      });
    }
    return forms;
  }

  private whole(index: number, reason: WholeReason): SectionForm {
    const { protection, reached } = this.conflicts.decisions[index] as Decision;
    const carriesTask =
      protection === 'section' &&
      (this.reentry.isPossibleIn(reached) || handsOverLater(reached, this.conflicts.segments));
    return { form: 'whole', reason, carriesTask };
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
    return this.calledInside.has(fn) ? 'called-inside' : null;
  }

  private isStaging(instance: Instance, operation: number): boolean {
    const record = instance.calls.get(operation);
    if (!record) return false;
    return record.stages !== null || isAnyRunBy(record, target => this.staging.has(target));
  }

  private functionOf(fn: FunctionIR): { handlers: number[]; instances: Instance[] } {
    return this.byFunction.get(fn) ?? { handlers: [], instances: [] };
  }

  private place(index: number): SectionPlacement | WholeReason {
    const { fn } = this.handlers[index] as Handler;
    const { protection, reason } = this.conflicts.decisions[index] as Decision;
    const touching = new Set<number>();
    const writing = new Set<number>();
    const lasting = new Set<number>();
    const reentering = new Set<number>();
    const staging = new Set<number>();
    const flow = new BodyFlow(fn);
    for (const instance of this.functionOf(fn).instances) {
      const own = this.touching.operationsOf(instance);
      for (const operation of this.touching.writesOf(instance)) writing.add(operation);
      flow.forEachOp((op, operation) => {
        if (this.reentry.isPossibleAt(instance, operation)) reentering.add(operation);
        if (this.isStaging(instance, operation)) staging.add(operation);
        if (!own.has(operation)) return;
        touching.add(operation);
        if (this.touching.lasts(instance, operation, op)) lasting.add(operation);
      });
    }
    const placed = placeSection(fn, { touching, writing, lasting, reentering, staging });
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

/**
 * Handlers that have a class in common, directly or through others, get the same number; and so do handlers and the stages
 * that they call, as these may be waited for while something is held.
 */
function groupsOf(handlers: readonly Handler[], decisions: readonly Decision[]): number[] {
  const ofClass = new Map<number, number>();
  const groups = decisions.map((_, index) => index);
  const find = (index: number): number => {
    let root = index;
    while (groups[root] !== root) root = groups[root] as number;
    groups[index] = root;
    return root;
  };
  decisions.forEach(({ classes }, index) => {
    for (const { class: id } of classes) {
      const known = ofClass.get(id);
      if (known === undefined) ofClass.set(id, index);
      else groups[find(index)] = find(known);
    }
  });
  if (handlers.some(({ isStage }) => isStage)) {
    const stages = handlers.flatMap(({ fn, isStage }, index) => (isStage ? [[fn, index] as const] : []));
    const indexOf = new Map(stages);
    decisions.forEach(({ reached }, index) => {
      for (const { fn } of reachableWithStages(reached)) {
        const stage = indexOf.get(fn);
        if (stage !== undefined) groups[find(index)] = find(stage);
      }
    });
  }
  return groups.map((_, index) => find(index));
}
