/**
 * What the pool does right now, and what has been learned of each function, as plain data.
 */
import type { LearnedOfSize } from './learned.js';
import { poolIfStarted, queueIfStarted } from './process-pool.js';
import { allFunctions, type Registered } from './registry.js';
import { type Mode, settings } from './settings.js';
import { largestOfClass } from './size-class.js';

export interface ParallelState {
  /** Undefined as long as no call has crossed. */
  pool: PoolState | undefined;
  functions: FunctionState[];
}

export interface PoolState {
  /** How many workers there are, and how many have died and were replaced. */
  size: number;
  replaced: number;
  /** How many calls the workers have, and how many wait for them. */
  running: number;
  waiting: number;
  /** The least that a crossing takes this thread, and the least that an answer is late by, in milliseconds. */
  crossing: number | undefined;
  trip: number | undefined;
}

export interface FunctionState {
  id: string;
  mode: Mode;
  /** By the size of the arguments. */
  sizes: SizeState[];
}

export interface SizeState {
  /** Roughly in characters, bytes, and eight for each other value. */
  upTo: number;
  /** Where the next call runs. */
  place: 'here' | 'pool';
  /** Runs so far. */
  runsHere: number;
  runsInPool: number;
  /** How long it runs in this thread, and in a worker, in milliseconds; undefined: not known. */
  here: number | undefined;
  pool: number | undefined;
  /** What crossing costs this thread, in milliseconds. */
  crossing: number | undefined;
}

export function inspect(): ParallelState {
  const pool = poolIfStarted();
  const queue = queueIfStarted();
  return {
    pool: pool && {
      size: pool.size,
      replaced: pool.replaced,
      running: queue?.crossed ?? 0,
      waiting: queue?.waiting ?? 0,
      crossing: pool.baseline?.crossing,
      trip: pool.baseline?.trip,
    },
    functions: allFunctions().map(stateOf),
  };
}

function stateOf({ id, learned }: Registered): FunctionState {
  const mode = settings.functions.get(id) ?? settings.mode;
  const sizes = learned.sizes.flatMap((one, size) => (one === undefined ? [] : stateOfSize(one, size, mode)));
  return { id, mode, sizes };
}

function stateOfSize(learned: LearnedOfSize, size: number, mode: Mode): SizeState {
  const { here, pool, crossing, runsHere, runsInPool } = learned;
  const fixed = mode === 'inline' ? 'here' : 'pool';
  return {
    upTo: largestOfClass(size),
    place: mode === 'auto' ? learned.place : fixed,
    runsHere,
    runsInPool,
    here: here.isKnown ? here.value : undefined,
    pool: pool.isKnown ? pool.value : undefined,
    crossing: crossing.isKnown ? learned.crossingCost(poolIfStarted()?.baseline) : undefined,
  };
}
