/**
 * The functions that may run in workers, by the numbers they have in this process.
 */
import type { Learned } from './learned.js';
import type { FunctionSource } from './protocol.js';

export type AnyFunction = (...args: never[]) => unknown;

export interface Registered {
  readonly number: number;
  readonly id: string;
  readonly fn: (...args: unknown[]) => unknown;
  readonly code: FunctionSource;
  /** The program's own classes of errors that come back as themselves. */
  readonly classes: () => Readonly<Record<string, new (...args: never[]) => Error>>;
  readonly learned: Learned;
}

const functions: Registered[] = [];

export function register(make: (number: number) => Registered): Registered {
  const registered = make(functions.length);
  functions.push(registered);
  return registered;
}

export function allFunctions(): readonly Registered[] {
  return functions;
}
