/**
 * What the structured clone makes of an object. Its own answer is not enough: it makes a plain object of an instance of a
 * class, without a word, and a function that gets that computes something else than it would have in place.
 *
 * Objects are told apart by their prototypes, not by `instanceof`: those of another realm (a `vm` context, as under Jest) are
 * as good, and what extends a built-in class is not that class.
 */
import { types } from 'node:util';

/** Cannot cross. */
export const NOT = 0;
/** Crosses as a whole; nothing in it has to be looked at. */
export const LEAF = 1;
export const PLAIN = 2;
/** A plain object without a prototype. */
export const BARE = 3;
export const ARRAY = 4;
export const MAP = 5;
export const SET = 6;
export const BUFFER = 7;
/** A view of an `ArrayBuffer` that is no `Buffer`. */
export const VIEW = 8;
export const ARRAY_BUFFER = 9;
export const ERROR = 10;

const ERRORS = ['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError'];

const known = new WeakMap<object, number>();

export function kindOf(value: object): number {
  if (typeof value === 'function' || types.isProxy(value)) return NOT;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null) return BARE;
  let kind = known.get(prototype);
  if (kind === undefined) {
    kind = kindOfFirst(value, prototype);
    known.set(prototype, kind);
  }
  return kind;
}

/** The kind of the objects with this prototype, found out by one of them. */
function kindOfFirst(value: object, prototype: object): number {
  if (Array.isArray(value)) return isBuiltIn(prototype, 'Array') ? ARRAY : NOT;
  if (types.isMap(value)) return isBuiltIn(prototype, 'Map') ? MAP : NOT;
  if (types.isSet(value)) return isBuiltIn(prototype, 'Set') ? SET : NOT;
  if (prototype === Buffer.prototype) return BUFFER;
  if (types.isAnyArrayBuffer(value)) return isBuiltIn(prototype) ? ARRAY_BUFFER : NOT;
  if (ArrayBuffer.isView(value)) return isBuiltIn(prototype) ? VIEW : NOT;
  if (types.isNativeError(value)) return isBuiltIn(prototype, ...ERRORS) ? ERROR : NOT;
  if (types.isDate(value) || types.isRegExp(value) || types.isBoxedPrimitive(value)) {
    return isBuiltIn(prototype) && !types.isSymbolObject(value) ? LEAF : NOT;
  }
  if (types.isKeyObject(value) || types.isCryptoKey(value)) return LEAF;
  if (prototype === Blob.prototype) return LEAF;
  if (Object.getPrototypeOf(prototype) === null && isBuiltIn(prototype, 'Object')) return PLAIN;
  return NOT;
}

/** Whether it is the prototype of a class of the language (with one of the names), of whichever realm. */
function isBuiltIn(prototype: object, ...names: string[]): boolean {
  const builtIn = prototype.constructor;
  if (typeof builtIn !== 'function' || builtIn.prototype !== prototype) return false;
  if (names.length > 0 && !names.includes(builtIn.name)) return false;
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(builtIn));
}

/** What an object that cannot cross is, for people. */
export function describe(value: unknown): string {
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'function') {
    const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function';
    return value.name === '' ? `a ${kind}` : `the ${kind} ${value.name}`;
  }
  if (types.isProxy(value)) return 'a Proxy';
  const name = (value as object).constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object with a prototype';
}
