/**
 * Re-entry: where may code outside, or a floating promise, call a handler in the middle of a task, so that the runtime
 * has to find the task again?
 */

import { type CallRecord, type Instance, isAnyRunBy } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { TokenId } from '../effects/solver.js';
import { NONE } from '../ir/ir.js';
import { reachedFrom } from './footprint.js';
import type { Handler } from './handlers.js';
import type { SegmentAnalysis } from './segments.js';

/** Functions that wait for their turn when they are called. */
export interface WaitingFunctions {
  all: ReadonlySet<TokenId>;
  /** Those that the program itself may come by in the form that waits. */
  inside: ReadonlySet<TokenId>;
}

/** The functions of handlers that may have to wait. */
export function waitingAmong(handlers: readonly Handler[]): WaitingFunctions {
  const inside = handlers.filter(({ isReachableInside }) => isReachableInside);
  return {
    all: new Set(handlers.flatMap(({ tokens }) => [...tokens])),
    inside: new Set(inside.flatMap(({ tokens }) => [...tokens])),
  };
}

export class Reentry {
  /** Functions in which it is possible, themselves or in what they call. */
  private readonly possible: ReadonlySet<Instance>;
  /** Those of them in which it is code outside that may call a handler. */
  private readonly calling: ReadonlySet<Instance>;

  constructor(
    private readonly program: PointsTo,
    private readonly waiting: WaitingFunctions,
    private readonly segments: SegmentAnalysis,
    /** All that is run in tasks that wait. */
    running: Iterable<Instance>,
    callers: ReadonlyMap<Instance, readonly Instance[]>,
  ) {
    const own = [...running];
    const calling = own.filter(instance => this.callsInOwn(instance));
    this.calling = reachedFrom(calling, callers);
    const floating = own.filter(instance => segments.floating.has(instance));
    this.possible = reachedFrom([...calling, ...floating], callers);
  }

  /** Whether the task has to be found again while one that begins with these is running. */
  isPossibleIn(instances: Iterable<Instance>): boolean {
    for (const instance of instances) if (this.possible.has(instance)) return true;
    return false;
  }

  /** Whether code outside may call a handler while a task that begins with these is running. */
  mayCallIn(instances: Iterable<Instance>): boolean {
    for (const instance of instances) if (this.calling.has(instance)) return true;
    return false;
  }

  /** Whether it has to in the course of the operation. */
  isPossibleAt(instance: Instance, index: number): boolean {
    const record = instance.calls.get(index);
    if (!record) return false;
    if (isAnyRunBy(record, target => this.possible.has(target))) return true;
    return this.segments.floating.get(instance)?.has(index) === true || this.isPossibleBy(record);
  }

  private callsInOwn(instance: Instance): boolean {
    for (const record of instance.calls.values()) if (this.isPossibleBy(record)) return true;
    return false;
  }

  private isPossibleBy(record: CallRecord): boolean {
    const { program, waiting } = this;
    const { op } = record;
    if (callsInput(program, record)) return true;
    if (op.op === 'call' && record.models.some(m => m.model.continues)) return true;
    if ((op.op !== 'call' || !op.rewritable) && hasAny(record.callees, waiting.inside)) return true;
    const { callbacks, later, externals, models } = record;
    if (callbacks.size === 0 && later.size === 0 && externals.size === 0 && models.length === 0) return false;
    for (const arg of record.args) if (hasAny(program.solver.tokens(arg), waiting.all)) return true;
    for (const id of externals) {
      const outside = program.heap.get(id);
      // Code that was handed handlers before may call them now; a request's own objects only what they were handed.
      if (outside.kind === 'input' && hasAny(program.solver.tokens(outside.contents), waiting.all))
        return true;
    }
    for (const { self } of models)
      for (const id of program.solver.tokens(self)) {
        const listeners = program.heap.get(id).fields.get('<listeners>');
        if (listeners !== undefined && hasAny(program.solver.tokens(listeners), waiting.all)) return true;
      }
    return false;
  }
}

/** Calling what one was handed (`next()`) runs whatever the framework has to run next. */
function callsInput(program: PointsTo, record: CallRecord): boolean {
  const { op } = record;
  if (op.op !== 'call' || op.field !== null || op.base === NONE) return false;
  for (const id of record.externals) if (program.heap.get(id).kind === 'input') return true;
  return false;
}

export function hasAny(tokens: Iterable<TokenId>, wanted: ReadonlySet<TokenId>): boolean {
  for (const token of tokens) if (wanted.has(token)) return true;
  return false;
}
