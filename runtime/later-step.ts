/**
 * Later steps: the classes that a section takes not where it begins, but right before it first accesses them.
 *
 * A run that waits for a step holds something, so it must not wait for who may be waiting for that: it goes before all who
 * hold nothing, as stages do that are called in the midst of a section. Only those who need no more than the one lock of the
 * step can be waiting for nothing else, so behind them it stands in line.
 *
 * Whoever else waits could be passed by for ever. So a section does not grow that begins while somebody waits in such a way for what
 * it would take later: it then takes everything at its beginning, behind those who wait. They are passed by only by sections
 * that were open before.
 */
import { announceStart, startedChannel } from './channels.js';
import { type Handler, handlerFor } from './handler.js';
import { areFree, type Keys, keysOf } from './keys.js';
import type { Lock } from './lock.js';
import type { Needs } from './needs.js';
import { type Turn, waitForStep } from './waiting-guard.js';

/** What the needs of a handler are if its sections have them of these classes only. */
export function needsAmong(needs: Needs, isAmong: (className: string) => boolean): Needs {
  const { later: _, shared, update, exclusive, keyed, ...rest } = needs;
  return {
    ...rest,
    ...(shared && { shared: shared.filter(isAmong) }),
    ...(update && { update: update.filter(isAmong) }),
    ...(exclusive && { exclusive: exclusive.filter(isAmong) }),
    ...(keyed && { keyed: keyed.filter(need => isAmong(need.class)) }),
  };
}

export class LaterStep {
  private readonly handler: Handler;
  /** Its lock, if it needs no other: none of a key either. */
  private readonly single: Lock | null;

  constructor(
    handlerId: string,
    private readonly needs: Needs,
    readonly step: number,
  ) {
    this.handler = handlerFor(handlerId, needs, step);
    this.single = this.handler.keyed.length === 0 ? this.handler.single : null;
  }

  /** Whether somebody waits, holding nothing, whom runs that take it would pass by. */
  wouldPassBy(): boolean {
    const { single } = this;
    if (single !== null) return single.hasLine && single.hasLineForMore();
    return this.handler.locks.some(lock => lock.hasLine);
  }

  mayAccess(className: string, isWrite: boolean): boolean {
    return this.handler.mayAccess(className, isWrite);
  }

  /**
   * Takes it for the run with the number `run`. Returns nothing if it has it; or else a promise that must be awaited first,
   * and at once. No limit ends that wait: a section that is given up in its midst would leave its work half done.
   */
  take(step: TakenStep, run: number | undefined): undefined | Promise<void> {
    const { handler } = this;
    const { keys } = step;
    const goesFirst = this.single === null || this.single.hasLineForMore();
    const isFree = handler.isFree() && (keys === null || areFree(keys));
    if (!isFree && !(goesFirst && handler.isFreeLate(keys)))
      return waitForStep(handler, keys, goesFirst, step, run);
    handler.runs++;
    handler.takeAll(keys);
    step.isTaken = true;
    if (run !== undefined && startedChannel.hasSubscribers) announceStart(handler, run);
    return undefined;
  }

  /** Gives it back, without waking anybody: `advance` must follow. */
  drop(keys: Keys | null): void {
    this.handler.dropAll(keys);
  }

  /** Grants to others what has been given back. */
  advance(keys: Keys | null): void {
    this.handler.advanceAll(keys);
  }

  /** The keys of a run, from the values that its `keys` functions take. */
  keysFrom(values: readonly unknown[]): Keys | null {
    return keysOf(this.handler, this.needs, undefined, values);
  }
}

/** What one section holds of a step, or waits for. */
export class TakenStep {
  declare readonly keys: Keys | null;
  declare isTaken: boolean;
  declare wait: Turn | undefined;

  constructor(
    readonly of: LaterStep,
    values: readonly unknown[],
  ) {
    this.keys = of.keysFrom(values);
    this.isTaken = false;
    this.wait = undefined;
  }

  get isHeld(): boolean {
    return this.isTaken || this.wait?.isHeld === true;
  }
}
