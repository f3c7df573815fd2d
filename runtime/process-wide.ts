/**
 * One lock table for the process, although the package may be loaded more than once: as an ES module and
 * as CommonJS, bundled into the program and installed beside it, or in two versions.
 *
 * The first copy that is loaded serves all others. They take over its functions, not its data, so that a copy
 * never works on structures that another version has made.
 */
import { versionMismatch } from './errors.js';

/** Raised whenever the functions that copies take over from each other change. */
const VERSION = 3;

const runtimeKey = Symbol.for('anyspeed.runtime');
/** Of the audit, which is loaded by itself. */
export const auditKey = Symbol.for('anyspeed.audit');
/** Of the pool of workers, likewise. */
export const parallelKey = Symbol.for('anyspeed.parallel');

interface Registration<Functions> {
  readonly version: number;
  readonly functions: Functions;
}

/** The functions of the first copy that was loaded: `own`, if that is this one. */
export function oncePerProcess<Functions>(own: Functions, key: symbol = runtimeKey): Functions {
  const place = globalThis as { [key: symbol]: Registration<Functions> | undefined };
  const loaded = place[key];
  if (loaded === undefined) {
    Object.defineProperty(place, key, { value: { version: VERSION, functions: own } });
    return own;
  }
  if (loaded.version !== VERSION) throw versionMismatch(loaded.version, VERSION);
  return loaded.functions;
}
