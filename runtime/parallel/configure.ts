/**
 * What a program can set of the pool, with defaults that are right for a server.
 */
import { invalidArgument } from '../errors.js';
import { poolIfStarted } from './process-pool.js';
import { MODES, type Mode, settings } from './settings.js';

export interface ParallelSettings {
  /**
   * Where calls run. `auto` (the default): wherever that is better. `pool`: in worker threads. `inline`: in this thread; Piscina is
   * not needed then. The environment variable `ANYSPEED_PARALLEL` sets it, too.
   */
  mode?: Mode;
  /** The same for single functions, by their ids. Goes before `mode`. */
  functions?: Readonly<Record<string, Mode>>;
  /** How many workers there are. Default: one less than can run at once, but at least one. To be set before the first call. */
  size?: number;
  /**
   * When all workers are busy, this thread does calls, too, one in each turn of the event loop, but none that is expected to take longer
   * than so many milliseconds. 0: none at all. Default 5. To be set before the first call.
   */
  longestInPlace?: number;
}

/** Changes the settings that are given; the others stay as they are. */
export function configure(changes: ParallelSettings): void {
  if (typeof changes !== 'object' || changes === null) {
    throw invalidArgument('The settings', 'an object', changes);
  }
  const { mode, functions, size, longestInPlace, ...unknown } = changes;
  for (const name of Object.keys(unknown)) {
    throw invalidArgument('Each setting', 'one of mode, functions, size and longestInPlace', name);
  }
  checkMode('`mode`', mode);
  if (functions !== undefined && (typeof functions !== 'object' || functions === null)) {
    throw invalidArgument('`functions`', 'an object', functions);
  }
  for (const [id, own] of Object.entries(functions ?? {})) checkMode(`The mode of ${id}`, own);
  if (size !== undefined && !(Number.isInteger(size) && size > 0)) {
    throw invalidArgument('`size`', 'a whole number above 0', size);
  }
  if (longestInPlace !== undefined && !(typeof longestInPlace === 'number' && longestInPlace >= 0)) {
    throw invalidArgument('`longestInPlace`', 'a number that is not negative', longestInPlace);
  }
  if ((size !== undefined || longestInPlace !== undefined) && poolIfStarted() !== undefined) {
    throw invalidArgument('`size` and `longestInPlace`', 'set before the first call', changes);
  }
  settings.mode = mode ?? settings.mode;
  for (const [id, own] of Object.entries(functions ?? {})) settings.functions.set(id, own);
  settings.size = size ?? settings.size;
  settings.longestInPlace = longestInPlace ?? settings.longestInPlace;
}

function checkMode(what: string, mode: unknown): void {
  if (mode === undefined || MODES.includes(mode as string)) return;
  throw invalidArgument(what, '"auto", "pool" or "inline"', mode);
}
