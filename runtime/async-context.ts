/**
 * Keeps the author's own `AsyncLocalStorage` contexts right for calls that had to wait.
 *
 * A call that was queued is run from the reaction in which another task ended, that is, in the other
 * task's context: without this, a request would find another request's store. An `AsyncResource`
 * captures the caller's context, but it costs half an `await`, so it is made only where a context exists.
 */
import { AsyncResource } from 'node:async_hooks';

const type = 'ANYSPEED_QUEUED_CALL';
// Nothing listens for the destruction of these, and without this flag each would be tracked by the collector.
const untracked = { requireManualDestroy: true };

/** The context in which no store was ever set. */
const outside = new AsyncResource(type, untracked);

/**
 * How to tell that there is no context. Node 24 and later keep it in a property of every async resource. Before,
 * promises carry an id once any context is in use. Where neither is found, a context is assumed.
 */
const marks = Object.getOwnPropertySymbols(outside);
const frame = marks.find(symbol => symbol.description === 'context_frame') as keyof AsyncResource | undefined;
const promiseId = marks.find(symbol => symbol.description === 'async_id_symbol') as keyof Promise<unknown>;

/** The context of the running code, of which `promise` was just made; null if there is none. */
export function captureContext(promise: Promise<unknown>): AsyncResource | null {
  if (frame === undefined && promiseId !== undefined && promise[promiseId] === undefined) return null;
  const context = new AsyncResource(type, untracked);
  return frame !== undefined && context[frame] === undefined ? null : context;
}

/** Runs `start` in a captured context; without one, outside of all. */
export function runInContext<T>(
  context: AsyncResource | null,
  start: (argument: T) => void,
  argument: T,
): void {
  // Before Node 24, no context was captured because none is in use, so there is none to get away from either.
  if (context === null && frame === undefined) start(argument);
  else (context ?? outside).runInAsyncScope(start, undefined, argument);
}
