/**
 * Everything that `anyspeed/parallel` throws of its own, in one place.
 */
import { AnyspeedError } from '../errors.js';
import { type Caller, linesOf, placeOf } from './caller.js';
import type { Obstacle } from './not-clonable.js';

/** An argument cannot be copied into another thread. */
export function argumentNotClonable(
  id: string,
  argument: string,
  { what }: Obstacle,
  caller: Caller,
): AnyspeedError {
  const message = `An argument of ${id} cannot be copied into another thread: ${argument} is ${what}.`;
  return calledBy(caller, new AnyspeedError('ERR_ANYSPEED_NOT_CLONABLE', message + ADVICE + placeOf(caller)));
}

/** What a function has returned or thrown cannot be copied back. */
export function outcomeNotClonable(
  id: string,
  { path, what }: Obstacle,
  wasThrown: boolean,
  caller: Caller,
): AnyspeedError {
  const message = wasThrown
    ? `What ${id} threw cannot be copied from another thread: error${path} is ${what}.`
    : `The result of ${id} cannot be copied from another thread: result${path} is ${what}.`;
  return calledBy(caller, new AnyspeedError('ERR_ANYSPEED_NOT_CLONABLE', message + ADVICE + placeOf(caller)));
}

const ADVICE =
  ' Functions, classes, instances of classes and handles of the system do not cross; pass the plain data in them.';

/** The worker ended while it had the call. */
export function workerDied(id: string, cause: unknown, caller: Caller): AnyspeedError {
  const message = `The worker thread that had a call of ${id} has ended: ${messageOf(cause)}. The call is not repeated, as it may have been half done.`;
  const error = new AnyspeedError('ERR_ANYSPEED_WORKER_DIED', message + placeOf(caller));
  return calledBy(caller, withCause(error, cause));
}

/** Piscina is not installed, or cannot be loaded. */
export function noPool(cause: unknown): AnyspeedError {
  const isMissing = (cause as { code?: unknown } | null)?.code === 'MODULE_NOT_FOUND';
  const error = new AnyspeedError(
    'ERR_ANYSPEED_NO_POOL',
    isMissing
      ? 'Functions with "use parallel" run in worker threads by the package piscina, which is not installed. Install it (npm install piscina), or run them all in place: configure({ mode: \'inline\' }) of anyspeed/parallel, or ANYSPEED_PARALLEL=inline in the environment.'
      : `The package piscina, by which functions with "use parallel" run in worker threads, cannot be loaded: ${messageOf(cause)}.`,
  );
  return withCause(error, cause);
}

function withCause(error: AnyspeedError, cause: unknown): AnyspeedError {
  return Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
}

/** With the stack of the call: where this package noticed is of no use to anybody. */
function calledBy(caller: Caller, error: AnyspeedError): AnyspeedError {
  const value = `${error.name}: ${error.message}\n${linesOf(caller)}`;
  return Object.defineProperty(error, 'stack', { value, configurable: true, writable: true });
}

function messageOf(cause: unknown): string {
  return ((cause as { message?: string } | null)?.message ?? String(cause)).replace(/\.$/, '');
}
