/**
 * The settings in force. `configure` changes them.
 */
import { availableParallelism } from 'node:os';
import { invalidArgument } from '../errors.js';

/** Where calls run: decided for each, always in the pool, or always in this thread. */
export type Mode = 'auto' | 'pool' | 'inline';

export const MODES: readonly string[] = ['auto', 'pool', 'inline'] satisfies Mode[];

export const settings = {
  mode: modeOfEnvironment(),
  /** By function id. */
  functions: new Map<string, Mode>(),
  /** How many workers there are. */
  size: Math.max(1, availableParallelism() - 1),
  /** Milliseconds: nothing that is expected to take longer runs in this thread because all workers are busy. */
  longestInPlace: 5,
};

function modeOfEnvironment(): Mode {
  const mode = process.env.ANYSPEED_PARALLEL || 'auto';
  if (!MODES.includes(mode)) {
    throw invalidArgument('The environment variable ANYSPEED_PARALLEL', '"auto", "pool" or "inline"', mode);
  }
  return mode as Mode;
}
