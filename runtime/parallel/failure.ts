/**
 * What a function throws in a worker, taken apart so that it can be sent, and put together in the main thread.
 *
 * The structured clone alone would lose too much: the class of all but a few, `code` and what else programs put on errors,
 * the errors of an `AggregateError`.
 */
import { types } from 'node:util';
import { restore } from './marks.js';
import { findObstacle } from './not-clonable.js';
import type { ErrorParts, Failure, NotClonable } from './protocol.js';
import { intoOwnRealm } from './realm.js';
import { survey } from './survey.js';

type ErrorClass = new (...args: never[]) => Error;

/** Deeper chains of causes than this are cut. They are circles, or of no use to anybody. */
const DEEPEST = 20;

export function takeApart(thrown: unknown, depth = 0): Failure {
  if (!types.isNativeError(thrown) && !(thrown instanceof DOMException)) return valueThrown(thrown);
  const { name, message, stack } = thrown;
  const parts: ErrorParts = {
    classes: classesOf(thrown),
    name: String(name),
    message: String(message),
    stack: framesOfFunction(String(stack)),
    properties: {},
  };
  for (const key of Object.keys(thrown)) {
    const value = (thrown as unknown as Record<string, unknown>)[key];
    // An error is worth more than one of its properties: what cannot cross is left behind.
    if (key === 'stack' || key === 'message' || !canCross(value)) continue;
    parts.properties[key] = value;
  }
  if (depth >= DEEPEST) return parts;
  if ('cause' in thrown && thrown.cause !== undefined) parts.cause = takeApart(thrown.cause, depth + 1);
  if (Array.isArray((thrown as AggregateError).errors)) {
    delete parts.properties.errors;
    parts.errors = (thrown as AggregateError).errors.map(error => takeApart(error, depth + 1));
  }
  return parts;
}

/** A stack without the frames of the worker, from that of its own file on (with source maps, that of the source). */
function framesOfFunction(stack: string): string {
  const lines = stack.split('\n');
  const end = lines.findIndex(line => /^ {4}at .*\bparallel[-/\\]worker\.[jt]s:/.test(line));
  return end < 0 ? stack : lines.slice(0, end).join('\n');
}

function valueThrown(value: unknown): Failure {
  const { isClonable, marks } = survey([value]);
  if (isClonable) return { value, marks };
  return { path: '', what: 'something that cannot be copied', ...findObstacle(value), wasThrown: true };
}

/** Whether a value crosses unharmed, without anything that would have to be put back. */
function canCross(value: unknown): boolean {
  const { isClonable, marks, moved } = survey([value]);
  return isClonable && moved.length === 0 && Object.keys(marks).length === 0;
}

function classesOf(error: object): string[] {
  const names: string[] = [];
  for (let at = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const name = at.constructor?.name;
    if (typeof name === 'string' && Object.hasOwn(at, 'constructor')) names.push(name);
  }
  return names;
}

/**
 * @param classes the program's own classes that the function may throw, by name
 * @param caller the frames of the call in this thread, to follow those in the worker
 */
export function putTogether(
  failure: Exclude<Failure, NotClonable>,
  classes: Readonly<Record<string, ErrorClass>>,
  caller: string,
): unknown {
  if ('marks' in failure) {
    restore(failure.marks);
    intoOwnRealm(failure.value);
    return failure.value;
  }
  const error = emptyError(failure, classes);
  define(error, 'message', failure.message);
  define(error, 'stack', failure.stack + caller);
  if (failure.cause !== undefined) define(error, 'cause', inner(failure.cause, classes));
  if (failure.errors !== undefined) {
    define(
      error,
      'errors',
      failure.errors.map(one => inner(one, classes)),
    );
  }
  intoOwnRealm(failure.properties);
  Object.assign(error, failure.properties);
  if (error.name !== failure.name) define(error, 'name', failure.name);
  return error;
}

function inner(failure: Failure, classes: Readonly<Record<string, ErrorClass>>): unknown {
  if ('wasThrown' in failure) return new Error(`${failure.what}, which cannot be copied from another thread`);
  return putTogether(failure, classes, '');
}

/** An error of the nearest class that this thread has as well. No constructor of the program's is run. */
function emptyError(
  { classes: names, message, name }: ErrorParts,
  own: Readonly<Record<string, ErrorClass>>,
): Error {
  for (const className of names) {
    const ownClass = Object.hasOwn(own, className) ? own[className] : undefined;
    if (ownClass !== undefined) return Object.setPrototypeOf(new Error(message), ownClass.prototype);
    if (className === 'DOMException') return new DOMException(message, name);
    if (className === 'AggregateError') return new AggregateError([], message);
    const builtIn = BUILT_IN[className];
    if (builtIn !== undefined) return new builtIn(message);
  }
  return new Error(message);
}

const BUILT_IN: Readonly<Record<string, ErrorConstructor>> = Object.assign(Object.create(null), {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
});

function define(error: Error, property: string, value: unknown): void {
  Object.defineProperty(error, property, { value, configurable: true, writable: true });
}
