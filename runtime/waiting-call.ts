/**
 * A run of a handler that waits for its turn, in whichever form: what scheduled calls and guards have in common.
 */
import { announceQueued, numberRun, queuedChannel, runNumbers, waitsAreHeard } from './channels.js';
import type { Handler } from './handler.js';
import type { Keys } from './keys.js';
import { type Entry, PlacedRequest, type Request } from './request.js';
import { startOfWait } from './waited-for.js';
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

/** The run of a handler that stands at the head of a queue. */
export interface Successor {
  readonly needs: Handler;
  readonly keys: Keys | null;
  readonly entries: readonly Entry[] | null;
  /** Gets the place of a run of the same handler that is over: that one has given nothing back. */
  inherit(): void;
}

/** One that may need several locks. */
export abstract class WaitingCall extends PlacedRequest<Handler> implements Successor {
  declare readonly resolve: Resolve;

  constructor(handler: Handler, keys: Keys | null, resolve: Resolve) {
    super(handler, keys, startOfWait());
    this.resolve = resolve;
  }

  get handler(): Handler {
    return this.needs;
  }

  grant(): void {
    this.handler.takeAll(this.keys);
    this.leave();
    stopListening(this);
    this.proceed();
  }

  inherit(): void {
    if (this.keys === null) this.lock.remove(this);
    else this.leave();
    stopListening(this);
    this.proceed();
  }

  /** Runs, or is about to: all that it needs is held, and it waits nowhere. */
  protected abstract proceed(): void;

  fail(error: unknown): void {
    this.resolve(Promise.reject(error));
  }

  describe(): string {
    return this.handler.id;
  }
}

/**
 * A call of `handler` has its place. Who listens is told only now, whatever the listeners do.
 * @param isNumbered whether the same number can be given when it is over
 */
export function announceWait(
  request: Request,
  handler: Handler,
  signal: AbortSignal | undefined,
  isNumbered: boolean,
): void {
  if (signal !== undefined) abortWith(signal, request);
  if (waitsAreHeard()) tellOfWait(request, handler, isNumbered ? numberRun() : undefined);
}

/** The same for a later step of a run, which has a number if somebody listened when it started. */
export function announceStepWait(request: Request, handler: Handler, run: number | undefined): void {
  if (run !== undefined && waitsAreHeard()) tellOfWait(request, handler, run);
}

function tellOfWait(request: Request, handler: Handler, run: number | undefined): void {
  if (run !== undefined) runNumbers.set(request, run);
  if (queuedChannel.hasSubscribers) announceQueued(handler, run);
}
