/**
 * Settlers: the functions that `new Promise` hands to its executor, each by the promise that it settles.
 *
 * `resolve` and `reject` of one promise are one function here, and its key says which promise it is: so whoever comes by the
 * function knows whom it brings something.
 */
import type { Heap, Token } from './tokens.js';

const KEY = 'settle:';

/** The function that settles a promise, made on first use. */
export function makeSettler(heap: Heap, promise: string): Token {
  return heap.intern(`${KEY}${promise}`, 'builtin', 'Function', `<settle>${promise}`);
}

/** The function that settles a promise, if there is one. */
export function settlerOf(heap: Heap, { key }: Token): Token | undefined {
  return heap.find(`${KEY}${key}`);
}

export const isSettler = ({ key }: Token): boolean => key.startsWith(KEY);

/** The promise that a function settles; nothing of other functions. */
export function promiseOf(heap: Heap, settler: Token): Token | undefined {
  return isSettler(settler) ? heap.find(settler.key.slice(KEY.length)) : undefined;
}
