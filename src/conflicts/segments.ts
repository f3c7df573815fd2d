/**
 * Segments: do a handler's conflicting accesses lie in one of them, and in which?
 *
 * A task's run is summed up by a state of a small automaton, and every operation moves a *set* of possible
 * states on: over the branches and loops of a function, into the functions it calls and out of them. What a
 * called function does to a state does not depend on who calls it, so it is worked out once.
 *
 * States: nothing accessed yet, accessed in the current segment, accessed in one earlier segment, accessed in
 * several; the first three told apart by whether the (only) segment with accesses is the task's first.
 */
import { type CallRecord, type Instance, isFollowed } from '../effects/instances.js';
import type { SmallSet } from '../effects/small-set.js';
import { ENTRY_BLOCK, EXIT_BLOCK, firstOperations, type Op } from '../ir/ir.js';
import { type Footprints, reachedFrom } from './footprint.js';

/** A set of states, as bits. */
type States = number;

/** Nothing accessed, in the first segment. */
const NONE_FIRST = 1;
/** Nothing accessed, in a later segment. */
const NONE_LATER = 2;
/** Accessed in the current segment, which is the first. */
const HERE_FIRST = 4;
const HERE_LATER = 8;
/** Accessed in the first segment only, and suspended since. */
const PAST_FIRST = 16;
const PAST_LATER = 32;
/** Accessed in several segments. */
const SEVERAL = 64;
/** Not counting yet: used to ask what a function does after its first suspension. */
const WAITING = 128;
const STATES = [NONE_FIRST, NONE_LATER, HERE_FIRST, HERE_LATER, PAST_FIRST, PAST_LATER, SEVERAL, WAITING];

/** By set of states: the set of what each of them becomes. */
function tableOf(becomes: ReadonlyMap<number, number>): Uint8Array {
  const table = new Uint8Array(2 * WAITING);
  for (let states = 0; states < table.length; states++)
    for (const state of STATES)
      if (states & state) table[states] = (table[states] as number) | (becomes.get(state) ?? 0);
  return table;
}

const AFTER_ACCESS = tableOf(
  new Map([
    [NONE_FIRST, HERE_FIRST],
    [NONE_LATER, HERE_LATER],
    [HERE_FIRST, HERE_FIRST],
    [HERE_LATER, HERE_LATER],
    [PAST_FIRST, SEVERAL],
    [PAST_LATER, SEVERAL],
    [SEVERAL, SEVERAL],
    [WAITING, WAITING],
  ]),
);

const AFTER_SUSPENSION = tableOf(
  new Map([
    [NONE_FIRST, NONE_LATER],
    [NONE_LATER, NONE_LATER],
    [HERE_FIRST, PAST_FIRST],
    [HERE_LATER, PAST_LATER],
    [PAST_FIRST, PAST_FIRST],
    [PAST_LATER, PAST_LATER],
    [SEVERAL, SEVERAL],
    [WAITING, NONE_LATER],
  ]),
);

/** An access in a segment of its own, whose time is not known. */
const AFTER_FLOATING = tableOf(
  new Map(
    STATES.map(s => [
      s,
      s === NONE_FIRST || s === NONE_LATER ? PAST_LATER : s === WAITING ? PAST_LATER : SEVERAL,
    ]),
  ),
);

const move = (states: States, table: Uint8Array): States => table[states] as States;

interface Outcome {
  /** States when the function has ended and settled. */
  full: States;
  /** States at its end on paths that never suspend. */
  through: States;
  /** States at its first suspension. */
  stopped: States;
}

function note(calls: Map<Instance, Set<number>>, instance: Instance, index: number): void {
  const known = calls.get(instance);
  if (known) known.add(index);
  else calls.set(instance, new Set([index]));
}

const NO_OUTCOME: Outcome = { full: 0, through: 0, stopped: 0 };

/** What any of several functions does to a state. */
interface OutcomeOfAny extends Outcome {
  /** States after a call that nobody awaits: what comes after the first suspension happens beside what follows. */
  beside: States;
  /** Whether there are conflicting accesses in that. */
  isFloating: boolean;
}

const NOTHING_OF_ANY: OutcomeOfAny = { ...NO_OUTCOME, beside: 0, isFloating: false };

/** As many functions are called by many operations, what any of them does is worked out once for all. */
const MANY = 16;

/** The segments of the same program with more accesses, or with none at all. */
export interface KnownSegments {
  segments: SegmentAnalysis;
  /** By function: those that run it. */
  callers: ReadonlyMap<Instance, readonly Instance[]>;
}

/** What a handler's conflicting accesses are spread over. */
export type Spread = 'none' | 'first' | 'later' | 'several';

/** Calls nested deeper than this would not leave enough of the stack. */
const MAX_DEPTH = 100;

export class SegmentAnalysis {
  private readonly outcomes = new Map<number, Outcome>();
  private readonly calledOps = new Map<Instance, ReadonlySet<number>>();
  private readonly rootOps = new Map<Instance, ReadonlySet<number>>();
  private readonly visiting = new Set<number>();
  /** Outcomes that will not change any more. */
  private readonly settled = new Set<number>();
  /** The same for large sets of functions, of which the operations of a tangled program have the very same. */
  private readonly ofMany = new Map<SmallSet<Instance>, Map<States, OutcomeOfAny>>();
  private readonly visitingMany = new Map<Map<States, OutcomeOfAny>, Set<States>>();
  private changed = false;
  /** How many calls are being followed into each other. */
  private depth = 0;
  /** What was called deeper than that can be followed; if it comes to more than was known, all is done once more. */
  private readonly postponed: { instance: Instance; start: number; isRoot: boolean }[] = [];
  /** Calls whose promise nobody awaits although its work has conflicting accesses after a suspension. */
  readonly floating = new Map<Instance, Set<number>>();
  /** Calls and reactions that nobody awaits, and whose callbacks have conflicting accesses later. */
  readonly continuing = new Map<Instance, Set<number>>();
  /** Calls of whose callbacks the same holds, but which settle a promise that somebody awaits. */
  readonly awaited = new Map<Instance, Set<number>>();
  /** Calls that a built-in makes callbacks of which the same holds: their promises are in its hands. */
  readonly floatingCallbacks = new Map<Instance, Set<number>>();

  /** The functions of which nothing is known from before; all if it is not set. */
  private readonly different: ReadonlySet<Instance> | null;
  private readonly hasAccesses: boolean;

  /** @param footprints the conflicting accesses of every function */
  constructor(
    private readonly footprints: Footprints,
    private readonly known: KnownSegments | null = null,
  ) {
    const own = footprints.instances();
    this.hasAccesses = own.length > 0;
    const isMore = known?.segments.hasAccesses === false;
    this.different =
      known &&
      reachedFrom(isMore ? own : footprints.differencesFrom(known.segments.footprints), known.callers);
  }

  /** @param isEntrance whether something outside calls them, and reads what they return */
  spreadOf(roots: Iterable<Instance>, isEntrance = true): Spread {
    let end = 0;
    for (const root of roots) end |= this.settle(root, isEntrance).full;
    if (end & SEVERAL) return 'several';
    if (end & (HERE_LATER | PAST_LATER)) return 'later';
    if (end & (HERE_FIRST | PAST_FIRST)) return 'first';
    return 'none';
  }

  /** Repeats until recursive functions have found their fixed point. */
  private settle(root: Instance, isEntrance: boolean): Outcome {
    let result: Outcome;
    do {
      this.changed = false;
      this.visiting.clear();
      this.visitingMany.clear();
      result = this.run(root, NONE_FIRST, isEntrance);
      for (let next = this.postponed.pop(); next; next = this.postponed.pop())
        this.run(next.instance, next.start, next.isRoot);
    } while (this.changed);
    // All that was visited agrees with all that it calls.
    for (const key of this.visiting) this.settled.add(key);
    return result;
  }

  private run(instance: Instance, start: number, isRoot: boolean): Outcome {
    const key = (instance.id * 2 + (isRoot ? 1 : 0)) * 2 * WAITING + start;
    if (this.known && !this.different?.has(instance)) {
      const { segments } = this.known;
      if (!segments.hasAccesses) return segments.pass(instance, start, isRoot);
      if (segments.settled.has(key)) return segments.outcomes.get(key) ?? NO_OUTCOME;
    }
    const known = this.outcomes.get(key) ?? NO_OUTCOME;
    if (this.settled.has(key) || this.visiting.has(key)) return known;
    if (this.depth === MAX_DEPTH) {
      this.postponed.push({ instance, start, isRoot });
      return known;
    }
    this.visiting.add(key);
    this.depth++;
    const full = this.flow(instance, start, 'full', isRoot).end;
    const first = this.flow(instance, start, 'first', isRoot);
    this.depth--;
    const outcome = { full, through: first.end, stopped: first.stopped };
    if (
      outcome.full !== known.full ||
      outcome.through !== known.through ||
      outcome.stopped !== known.stopped
    ) {
      this.changed = true;
      this.outcomes.set(key, outcome);
    }
    return outcome;
  }

  /** What becomes of a state where nothing is accessed: all that matters is whether the function may suspend. */
  private pass(instance: Instance, start: number, isRoot: boolean): Outcome {
    const key = (instance.id * 2 + (isRoot ? 1 : 0)) * 2 * WAITING + NONE_FIRST;
    const { full, through, stopped } = this.settled.has(key)
      ? (this.outcomes.get(key) ?? NO_OUTCOME)
      : this.settle(instance, isRoot);
    return {
      full: (full & NONE_FIRST ? start : 0) | (full & NONE_LATER ? move(start, AFTER_SUSPENSION) : 0),
      through: through === 0 ? 0 : start,
      stopped: stopped === 0 ? 0 : start,
    };
  }

  /** Moves states through the control-flow graph; in mode `first` they stop at a suspension. */
  private flow(
    instance: Instance,
    start: number,
    mode: 'full' | 'first',
    isRoot: boolean,
  ): { end: States; stopped: States } {
    const { calls, fn } = instance;
    const { blocks } = fn;
    const own = this.opsOf(instance, isRoot);
    const entering: States[] = new Array(blocks.length).fill(0);
    const firstOp = firstOperations(blocks);
    entering[ENTRY_BLOCK] = start;
    const work = [ENTRY_BLOCK];
    let stopped: States = 0;
    for (let index = work.pop(); index !== undefined; index = work.pop()) {
      const block = blocks[index];
      if (!block) continue;
      let states = entering[index] ?? 0;
      let anywhere = states;
      let at = firstOp[index] ?? 0;
      for (const op of block.ops) {
        // Most operations neither access anything nor run anything.
        if (op.op === 'suspend' || own.has(at) || calls.has(at)) {
          const step = this.step(instance, op, at, states, mode, isRoot);
          states = step.states;
          stopped |= step.stopped;
          anywhere |= states;
        }
        at++;
      }
      const flowTo = (target: number, arriving: States): void => {
        const before = entering[target] ?? 0;
        if ((before | arriving) === before) return;
        entering[target] = before | arriving;
        work.push(target);
      };
      for (const next of block.next) flowTo(next, states);
      // An exception may come at any operation; one that nobody catches ends the function.
      flowTo(block.handler >= 0 ? block.handler : EXIT_BLOCK, anywhere);
    }
    return { end: entering[EXIT_BLOCK] ?? 0, stopped };
  }

  private step(
    instance: Instance,
    op: Op,
    index: number,
    before: States,
    mode: 'full' | 'first',
    isRoot: boolean,
  ): { states: States; stopped: States } {
    if (before === 0) return { states: 0, stopped: 0 };
    let states = before;
    const isAccess = this.opsOf(instance, isRoot).has(index);
    if (isAccess) states = move(states, AFTER_ACCESS);
    let stopped: States = 0;
    // Whoever iterates over a plain generator runs it as part of its own segments.
    const isYieldFree = instance.fn.isGenerator && !instance.fn.isAsync && !isRoot;
    if (op.op === 'suspend' && !(isYieldFree && op.kind === 'yield')) {
      if (mode === 'first') return { states: 0, stopped: states };
      // What is awaited may have a `then` of the program's own.
      const awaited = instance.calls.get(index);
      const after = move(states, AFTER_SUSPENSION);
      return { states: awaited ? this.callBack(instance, index, awaited, after) : after, stopped: 0 };
    }
    const record = instance.calls.get(index);
    if (!record) return { states, stopped };
    const join = 'join' in op ? op.join : 'none';
    const goesOn = record.externals.size > 0 || record.models.some(m => m.model.isAsync);
    if (join !== 'none' && isAccess && goesOn) {
      // Code that is not analysed goes on working with what it was handed while it is awaited.
      if (mode === 'first') return { states: 0, stopped: states };
      states = move(move(states, AFTER_SUSPENSION), AFTER_ACCESS);
    }
    const called = this.callAll(instance, index, record, states, mode, join);
    states = called.states;
    stopped |= called.stopped;
    states |= this.callBack(instance, index, record, states);
    return this.react(instance, index, record, states, stopped, mode, join);
  }

  /**
   * What any of the functions in a set does to one state.
   * @param isJoined whether whoever calls them waits for them
   */
  private runAny(targets: SmallSet<Instance>, start: States, isJoined: boolean): OutcomeOfAny {
    if (targets.size < MANY) return this.unite(targets, start, isJoined);
    let all = this.ofMany.get(targets);
    if (!all) {
      all = new Map();
      this.ofMany.set(targets, all);
    }
    const known = all.get(start) ?? NOTHING_OF_ANY;
    let visiting = this.visitingMany.get(all);
    if (!visiting) {
      visiting = new Set();
      this.visitingMany.set(all, visiting);
    }
    if (visiting.has(start)) return known;
    visiting.add(start);
    const found = this.unite(targets, start, false);
    const isSame =
      found.full === known.full &&
      found.through === known.through &&
      found.stopped === known.stopped &&
      found.beside === known.beside &&
      found.isFloating === known.isFloating;
    if (isSame) return known;
    this.changed = true;
    all.set(start, found);
    return found;
  }

  private unite(targets: SmallSet<Instance>, start: States, isJoined: boolean): OutcomeOfAny {
    let [full, through, stopped, beside, isFloating] = [0, 0, 0, 0, false];
    for (let i = 0; i < targets.size; i++) {
      const target = targets.at(i);
      const outcome = this.run(target, start, false);
      full |= outcome.full;
      through |= outcome.through;
      stopped |= outcome.stopped;
      beside |= outcome.through;
      if (outcome.stopped === 0 || isJoined) continue;
      // What it does after its first suspension happens beside what follows.
      const rest = this.run(target, WAITING, false).full & ~(NONE_FIRST | NONE_LATER | WAITING);
      if (rest !== 0) isFloating = true;
      beside |=
        rest === 0 ? outcome.stopped : rest & SEVERAL ? SEVERAL : move(outcome.stopped, AFTER_FLOATING);
    }
    return { full, through, stopped, beside, isFloating };
  }

  /** The functions that the operation itself calls: one of them, or one that is not of the program. */
  private callAll(
    instance: Instance,
    index: number,
    record: CallRecord,
    before: States,
    mode: 'full' | 'first',
    join: string,
  ): { states: States; stopped: States } {
    if (record.targets.size === 0) return { states: before, stopped: 0 };
    let states = record.externals.size > 0 || record.models.length > 0 ? before : 0;
    let stopped: States = 0;
    for (const state of STATES) {
      if (!(before & state)) continue;
      const outcome = this.runAny(record.targets, state, join !== 'none');
      if (join !== 'none') {
        states |= mode === 'full' ? outcome.full : outcome.through;
        if (mode === 'first') stopped |= outcome.stopped;
        continue;
      }
      states |= outcome.beside;
      if (outcome.isFloating) note(this.floating, instance, index);
    }
    return { states, stopped };
  }

  /** Functions that a built-in calls during the operation, any number of times. */
  private callBack(instance: Instance, index: number, record: CallRecord, before: States): States {
    if (record.callbacks.size === 0) return before;
    let states = before;
    let done: States = 0;
    while (states !== done) {
      const next = states & ~done;
      done = states;
      for (const state of STATES) {
        if (!(next & state)) continue;
        const outcome = this.runAny(record.callbacks, state, false);
        states |= outcome.beside;
        if (outcome.isFloating) note(this.floatingCallbacks, instance, index);
      }
    }
    return states;
  }

  /** Reactions and continuations. */
  private react(
    instance: Instance,
    index: number,
    record: CallRecord,
    before: States,
    stopped: States,
    mode: 'full' | 'first',
    join: string,
  ): { states: States; stopped: States } {
    if (record.later.size === 0) return { states: before, stopped };
    if (join !== 'none' && isFollowed(record)) {
      if (mode === 'first') return { states: 0, stopped: stopped | before };
      const waited = move(before, AFTER_SUSPENSION);
      let states = waited;
      for (const state of STATES) if (waited & state) states |= this.runAny(record.later, state, true).full;
      return { states, stopped };
    }
    let states = before;
    for (const end of this.endsOf(record, instance, index)) {
      if (end & SEVERAL) states |= SEVERAL;
      else if (end & (HERE_LATER | PAST_LATER)) states |= move(before, AFTER_FLOATING);
    }
    return { states, stopped };
  }

  /** The states in which reactions and continuations end that nobody waits for: of each, or of any of very many. */
  private endsOf({ later, awaited }: CallRecord, instance: Instance, index: number): States[] {
    if (later.size >= MANY && awaited === null) {
      const end = this.runAny(later, NONE_LATER, true).full;
      if (end & ~NONE_LATER) note(this.continuing, instance, index);
      return [end & SEVERAL, end & ~SEVERAL];
    }
    return [...later].map(target => {
      const end = this.run(target, NONE_LATER, false).full;
      if (end & ~NONE_LATER) note(awaited?.has(target) ? this.awaited : this.continuing, instance, index);
      return end;
    });
  }

  private opsOf(instance: Instance, isRoot: boolean): ReadonlySet<number> {
    const known = (isRoot ? this.rootOps : this.calledOps).get(instance);
    if (known) return known;
    const ops = this.footprints.operationsOf(instance, isRoot);
    (isRoot ? this.rootOps : this.calledOps).set(instance, ops);
    return ops;
  }
}
