/**
 * `anyspeed/parallel`: what code with a function that has `"use parallel"` imports. See docs/parallel.md.
 */
import { oncePerProcess, parallelKey } from '../process-wide.js';
import { configure as ownConfigure } from './configure.js';
import { inspect as ownInspect } from './inspect.js';
import { moving as ownMoving, parallel as ownParallel } from './parallel.js';
import { close as ownClose } from './process-pool.js';

export { AnyspeedError, type ErrorCode } from '../errors.js';
export type { ParallelSettings } from './configure.js';
export type { FunctionState, ParallelState, PoolState, SizeState } from './inspect.js';
export type { WorkerCode } from './parallel.js';
export type { Mode } from './settings.js';

export const { close, configure, inspect, moving, parallel } = oncePerProcess(
  {
    close: ownClose,
    configure: ownConfigure,
    inspect: ownInspect,
    moving: ownMoving,
    parallel: ownParallel,
  },
  parallelKey,
);
