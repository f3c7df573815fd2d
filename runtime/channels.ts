/**
 * What happens in the lock table, as `node:diagnostics_channel` events.
 *
 * A channel is asked whether anybody listens before a message is made, so that an event nobody wants costs the
 * look at one property.
 */
import { channel } from 'node:diagnostics_channel';

/** A call was queued: `QueuedMessage`. */
export const queuedChannel = channel('anyspeed:queued');
/** A task started to run: `StartedMessage`. */
export const startedChannel = channel('anyspeed:started');
/** A task gave back what it held: `TaskMessage`. Published while somebody listens to `anyspeed:started`, too. */
export const releasedChannel = channel('anyspeed:released');
/** A call has waited for too long, or does so no longer: `StallMessage`. */
export const stalledChannel = channel('anyspeed:stalled');

export interface TaskMessage {
  handler: string;
  /**
   * The same number in all messages about one run. Missing in those of guards that are used without a section, as
   * they keep no record of a run, and in the release of a run that started before anybody listened.
   */
  run?: number;
}

export interface QueuedMessage extends TaskMessage {
  /** What it needs: classes, with their modes. */
  needs: { class: string; mode: string }[];
  /** Of a section that has been entered and takes more: which of its later steps it is. */
  step?: number;
}

export interface StartedMessage extends QueuedMessage {
  /** Whether it passes a gate and so holds nothing: the release says that its first segment is over. */
  gate: boolean;
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

/**
 * The numbers of runs that are known before they end, by what stands for them: a waiting call, or a section in the
 * body of a handler.
 */
export const runNumbers = new WeakMap<object, number>();

/** Whether the calls that wait have to be told apart. */
export function waitsAreHeard(): boolean {
  return queuedChannel.hasSubscribers || startedChannel.hasSubscribers;
}

/** A handler, as messages tell of it. */
interface Needing {
  readonly id: string;
  readonly gate: boolean;
  readonly step: number;
  describeNeeds(): QueuedMessage['needs'];
}

const described = (handler: Needing) => ({
  handler: handler.id,
  needs: handler.describeNeeds(),
  gate: handler.gate,
  ...(handler.step > 0 && { step: handler.step }),
});

/** Tells that a task started, which has got the number `run` already or gets one; returns its number. */
export function announceStart(handler: Needing, run: number | undefined): number {
  const number = run ?? numberRun();
  heard.runs = true;
  startedChannel.publish({ ...described(handler), run: number } satisfies StartedMessage);
  return number;
}

/** Tells that a section was entered. One that is no object of its own has no number: nothing tells its runs apart. */
export function announceEntry(handler: Needing, section: object | undefined): void {
  heard.runs = true;
  if (section === undefined) startedChannel.publish(described(handler) satisfies StartedMessage);
  else runNumbers.set(section, announceStart(handler, undefined));
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
export function announceQueued(handler: Needing, run: number | undefined): void {
  const { gate, ...message } = described(handler);
  queuedChannel.publish((run === undefined ? message : { ...message, run }) satisfies QueuedMessage);
}
