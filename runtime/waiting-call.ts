/**
 * A run of a handler that waits for its turn, in whichever form: what scheduled calls and guards have in common.
 */
import { announceQueued, queuedChannel } from './channels.js';
import type { Handler } from './handler.js';
import type { Keys } from './keys.js';
import { FirstRequest } from './request.js';
import { clock } from './waited-for.js';
import { abortWith, stopListening } from './waiting-limits.js';

export type Resolve = (value: unknown) => void;

let resolveLatest: Resolve;
/** One executor for all promises, and only the one function that is needed: half the memory of a waiting call. */
const keepResolve = (resolve: Resolve): void => {
  resolveLatest = resolve;
};

/** A pending promise. `resolveOfLatest` resolves it, if asked for at once. */
export function pendingPromise(): Promise<unknown> {
  return new Promise(keepResolve);
}

export function resolveOfLatest(): Resolve {
  return resolveLatest;
}

export abstract class WaitingCall extends FirstRequest<Handler> {
  declare readonly resolve: Resolve;

  constructor(handler: Handler, keys: Keys | null, resolve: Resolve) {
    super(handler, keys, clock.now);
    this.resolve = resolve;
  }

  get handler(): Handler {
    return this.needs;
  }

  /** Waits from now on. */
  wait(): void {
    this.handler.waits++;
    this.lineUp();
  }

  /** Who listens is told only when the call has its place, whatever the listeners do. */
  announce(signal: AbortSignal | undefined): void {
    if (signal !== undefined) abortWith(signal, this);
    if (queuedChannel.hasSubscribers) announceQueued(this, this.handler.id, this.handler.describeNeeds());
  }

  /** Takes everything, and leaves all queues. */
  protected take(): void {
    this.handler.take();
    if (this.keys !== null) for (const { lock, mode } of this.keys) lock.take(mode);
    this.leave();
    stopListening(this);
  }

  fail(error: unknown): void {
    this.resolve(Promise.reject(error));
  }

  describe(): string {
    return this.handler.id;
  }
}
