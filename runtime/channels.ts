/**
 * What happens in the lock table, as `node:diagnostics_channel` events.
 *
 * A channel is asked whether anybody listens before a message is made, so that an event nobody wants costs the
 * look at one property.
 */
import { channel } from 'node:diagnostics_channel';

/** A call was queued: `QueuedMessage`. */
export const queuedChannel = channel('anyspeed:queued');
/** A task started to run: `TaskMessage`. */
export const startedChannel = channel('anyspeed:started');
/** A task gave back what it held: `TaskMessage`. Published while somebody listens to `anyspeed:started`, too. */
export const releasedChannel = channel('anyspeed:released');
/** A call has waited for too long, or does so no longer: `StallMessage`. */
export const stalledChannel = channel('anyspeed:stalled');

export interface TaskMessage {
  handler: string;
  /**
   * The same number in all messages about one run. Missing in those of guards, which keep no record of a run, and
   * in the release of a run that started before anybody listened.
   */
  run?: number;
}

export interface QueuedMessage extends TaskMessage {
  /** What it needs: classes, with their modes. */
  needs: { class: string; mode: string }[];
}

/**
 * Whether the start of a run was published of late. The release is published only then: the fast paths look at
 * one channel, and at this variable, since to look at a channel costs more than all else they do.
 */
export const heard = { runs: false };

let runs = 0;
/** A number for a run that somebody listens to. */
export function numberRun(): number {
  runs++;
  return runs;
}

/** The numbers of waiting calls whose queueing was published. */
export const waitingRuns = new WeakMap<object, number>();

/** Tells that a task started, which was queued under the number `run`, if it was; returns its number. */
export function announceStart(handler: string, run: number | undefined): number {
  const number = run ?? numberRun();
  heard.runs = true;
  startedChannel.publish({ handler, run: number } satisfies TaskMessage);
  return number;
}

/** Tells that a task gave back what it held, if its start was told. */
export function announceRelease(handler: string, run?: number): void {
  if (!heard.runs) return;
  if (!startedChannel.hasSubscribers) heard.runs = false;
  if (releasedChannel.hasSubscribers) {
    releasedChannel.publish((run === undefined ? { handler } : { handler, run }) satisfies TaskMessage);
  }
}

/** Tells that a call was queued. */
export function announceQueued(request: object, handler: string, needs: QueuedMessage['needs']): void {
  const run = numberRun();
  waitingRuns.set(request, run);
  queuedChannel.publish({ handler, run, needs } satisfies QueuedMessage);
}
