/**
 * How the runtime follows what a handler returns.
 */

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** The arguments of a call, as `apply` takes them. */
export type Arguments = ArrayLike<unknown>;

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return value instanceof Promise || hasThen(value);
}

/** Apart from `isThenable`, which must stay small enough to be inlined where most results are no objects. */
function hasThen(value: object): boolean {
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    // Whoever awaits it will get the error; to throw here would be an error of the handler's.
    return false;
  }
}

const { then } = Promise.prototype;

/** Whether the reactions of a promise are called once, and later: unless its author has given it another `then`. */
export function isNative(result: unknown): result is Promise<unknown> {
  return result instanceof Promise && result.then === then;
}

/**
 * Attaches the reactions and returns the derived promise, which is what a caller gets: a reaction on the side
 * would mark the author's promise as handled, and hide a rejection that nobody handles. A foreign thenable, and
 * a promise with a `then` of its own, is adopted first: then its `then` is called once only (a query builder's runs
 * the query) and never in the middle of a segment, and whatever it does, one reaction is called once.
 */
export function follow<T>(
  result: PromiseLike<unknown>,
  onFulfilled: (value: unknown) => T,
  onRejected: (error: unknown) => T,
): Promise<T> {
  const promise = isNative(result) ? result : new Promise(resolve => resolve(result));
  return promise.then(onFulfilled, onRejected);
}
