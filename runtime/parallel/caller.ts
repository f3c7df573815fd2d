/**
 * Who called: the frames outside of this package, kept when a call crosses and written out only if it fails. What a worker's
 * stack shows ends at the worker.
 */

export interface Caller {
  readonly stack?: string;
}

/** @param outermost the function of this package that was called; its frames and those above are left out */
export function rememberCaller(outermost: (...args: never[]) => unknown): Caller {
  const caller = {};
  // The stack is formatted when it is read.
  Error.captureStackTrace(caller, outermost);
  return caller;
}

/** For below the frames of a worker. */
export function framesOf(caller: Caller): string {
  const frames = linesOf(caller);
  return frames === '' ? '' : `\n    at (in a worker thread, for the call)\n${frames}`;
}

/** For a message: where the call is. */
export function placeOf(caller: Caller): string {
  const [first = ''] = linesOf(caller).split('\n');
  return first === '' ? '' : ` Called ${first.trim()}.`;
}

/** The frames, one a line. */
export function linesOf({ stack = '' }: Caller): string {
  const begin = stack.indexOf('\n    at ');
  return begin < 0 ? '' : stack.slice(begin + 1);
}
