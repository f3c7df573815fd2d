/**
 * What a handler needs, as it is written down, and the check of what was written by hand.
 */
import { invalidArgument } from './errors.js';

/** A class of which single keys are needed. */
export interface KeyedNeed {
  readonly class: string;
  /** How each of the keys is held. */
  readonly mode: 'shared' | 'update' | 'exclusive';
  /** The keys, from the receiver and the arguments of the call. Must not change anything. */
  keys(this: unknown, ...args: never[]): Iterable<unknown>;
  /** They are names of properties: `1` and `'1'` are the same. Otherwise they are compared as those of a `Map`. */
  readonly asProperties?: boolean;
}

/** What a handler needs while it runs. Emitted by the compiler; may be written by hand. */
export interface Needs {
  /** Classes it reads. */
  readonly shared?: readonly string[];
  /** Classes it reads first and may write later: see `upgrade`. */
  readonly update?: readonly string[];
  /** Classes it writes. */
  readonly exclusive?: readonly string[];
  /** Classes of which it reads or writes single keys only. */
  readonly keyed?: readonly KeyedNeed[];
  /**
   * All its conflicting accesses lie in one segment: it waits while a conflicting section is open and then runs
   * holding nothing.
   */
  readonly gate?: boolean;
  /**
   * It is called while its callers may hold other classes: it waits for holders only, and goes before all who wait
   * holding nothing. Right only where no two such waits can be for each other; the compiler proves it. Of guards only.
   */
  readonly late?: boolean;
  /**
   * Those of the classes above that its sections take in later steps, step by step: see `Section.grow`. Right only where
   * no two such waits can be for each other; the compiler proves it. Of guards only.
   */
  readonly later?: readonly (readonly string[])[];
  /**
   * Scheduled functions that it calls after an `await`, through code the compiler cannot rewrite, must find its
   * task again. Makes the runtime use `AsyncLocalStorage`.
   */
  readonly carriesTask?: boolean;
  /** The signal by which a call can be given up while it waits, from its receiver and arguments. */
  signal?(this: unknown, ...args: never[]): AbortSignal | undefined;
  /** The `name` the function would have had if it had not been wrapped. */
  readonly name?: string;
}

/** Checks what was written by hand; what the compiler emits passes at once. */
export function checkNeeds(id: unknown, needs: unknown): asserts needs is Needs {
  if (typeof id !== 'string' || id === '') throw invalidArgument('The handler id', 'a non-empty string', id);
  if (typeof needs !== 'object' || needs === null) {
    throw invalidArgument(`The needs of ${id}`, 'an object', needs);
  }
  for (const [property, value] of Object.entries(needs)) {
    const check = checks.get(property);
    if (check === undefined) {
      throw invalidArgument(
        `Each of the needs of ${id}`,
        `one of ${[...checks.keys()].join(', ')}`,
        property,
      );
    }
    if (value !== undefined) check(`\`${property}\` in the needs of ${id}`, value);
  }
  checkLater(id, needs as Needs);
}

/** What is taken later must be needed, or it would not be taken at all. */
function checkLater(
  id: string,
  { shared = [], update = [], exclusive = [], keyed = [], later = [] }: Needs,
): void {
  const known = new Set([...shared, ...update, ...exclusive, ...keyed.map(need => need.class)]);
  for (const name of later.flat())
    if (!known.has(name))
      throw invalidArgument(`Each class in \`later\` of ${id}`, 'one that is needed', name);
}

type Check = (what: string, value: unknown) => void;

const ofType =
  (type: 'boolean' | 'function' | 'string'): Check =>
  (what, value) => {
    if (typeof value !== type) throw invalidArgument(what, `a ${type}`, value);
  };

const checks = new Map<string, Check>([
  ['shared', checkClasses],
  ['update', checkClasses],
  ['exclusive', checkClasses],
  ['keyed', checkKeyed],
  ['gate', ofType('boolean')],
  ['late', ofType('boolean')],
  ['later', checkSteps],
  ['carriesTask', ofType('boolean')],
  ['signal', ofType('function')],
  ['name', ofType('string')],
]);

function checkClasses(what: string, value: unknown): void {
  if (!Array.isArray(value)) throw invalidArgument(what, 'an array of class names', value);
  for (const name of value) checkClass(`Each class in ${what}`, name);
}

function checkSteps(what: string, value: unknown): void {
  if (!Array.isArray(value)) throw invalidArgument(what, 'an array of arrays of class names', value);
  for (const step of value) checkClasses(`Each of ${what}`, step);
}

function checkClass(what: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw invalidArgument(what, 'a non-empty string', value);
}

function checkKeyed(what: string, value: unknown): void {
  if (!Array.isArray(value)) throw invalidArgument(what, 'an array', value);
  for (const need of value) {
    if (typeof need !== 'object' || need === null)
      throw invalidArgument(`Each of ${what}`, 'an object', need);
    const { class: name, mode, keys, asProperties } = need as Partial<Record<keyof KeyedNeed, unknown>>;
    checkClass(`\`class\` of ${what}`, name);
    if (mode !== 'shared' && mode !== 'update' && mode !== 'exclusive') {
      throw invalidArgument(`\`mode\` of ${what}`, 'one of shared, update and exclusive', mode);
    }
    if (typeof keys !== 'function') throw invalidArgument(`\`keys\` of ${what}`, 'a function', keys);
    if (asProperties !== undefined) ofType('boolean')(`\`asProperties\` of ${what}`, asProperties);
  }
}
