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
/** A task gave back what it held: `TaskMessage`. */
export const releasedChannel = channel('anyspeed:released');
/** A call has waited for too long, or does so no longer: `StallMessage`. */
export const stalledChannel = channel('anyspeed:stalled');

export interface TaskMessage {
  handler: string;
}

export interface QueuedMessage extends TaskMessage {
  /** What it needs: classes, with their modes. */
  needs: { class: string; mode: string }[];
}
