/**
 * `anyspeed/runtime`: what transformed code imports. It may also be used by hand; see docs/runtime.md.
 */
import { floating as ownFloating } from './floating.js';
import { inspect as ownInspect } from './inspect.js';
import { scheduleMethod as ownScheduleMethod } from './methods.js';
import { oncePerProcess } from './process-wide.js';
import { schedule as ownSchedule } from './schedule.js';
import { unscheduled as ownUnscheduled } from './scheduled-function.js';

export { AnyspeedError, type ErrorCode } from './errors.js';
export type { Needs } from './handler.js';
export type { ClassState, HandlerState, TableState } from './inspect.js';
export { propertyKey } from './methods.js';

const runtime = oncePerProcess({
  schedule: ownSchedule,
  unscheduled: ownUnscheduled,
  floating: ownFloating,
  scheduleMethod: ownScheduleMethod,
  inspect: ownInspect,
});

export const { schedule, unscheduled, floating, scheduleMethod, inspect } = runtime;
