/**
 * What the runtime's tests share: promises that are settled by hand, and a look at whether the table is empty.
 */
import { inspect } from '../../runtime/index.js';

export interface Occasion<T = void> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}

/** A promise with the functions that settle it. */
export function occasion<T = void>(): Occasion<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Lets everything run that does not wait for input or output. */
export function idle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** Everything that is held or waited for in the given classes, or in any; empty when no task is open. */
export function leftovers(names?: readonly string[]): unknown[] {
  const { classes, handlers } = inspect();
  const left = classes.filter(
    ({ name, held, waiting }) =>
      (names === undefined || names.includes(name)) && (Object.keys(held).length > 0 || waiting.length > 0),
  );
  return names === undefined ? [...left, ...handlers.filter(({ running }) => running !== 0)] : left;
}

let names = 0;
/** A class name that no other test uses. */
export function freshClass(): string {
  names++;
  return `class ${names}`;
}
