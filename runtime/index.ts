/**
 * `anyspeed/runtime`: what transformed code imports. It may also be used by hand; see docs/runtime.md.
 */
import { configure as ownConfigure } from './configure.js';
import { belonging as ownBelonging, continuation as ownContinuation } from './continuation.js';
import { floating as ownFloating, floatingResults as ownFloatingResults } from './floating.js';
import { guard as ownGuard } from './guard.js';
import { running as ownRunning } from './held.js';
import { inspect as ownInspect } from './inspect.js';
import { scheduleMethod as ownScheduleMethod } from './methods.js';
import { oncePerProcess } from './process-wide.js';
import { schedule as ownSchedule } from './schedule.js';
import { unscheduled as ownUnscheduled } from './scheduled-function.js';
import { begin as ownBegin, mustWait as ownMustWait, turn as ownTurn } from './section.js';
import { standAside as ownStandAside } from './stand-aside.js';
import { upgrade as ownUpgrade } from './upgrade.js';
import { watch } from './watchdog.js';

export type { QueuedMessage, StartedMessage, TaskMessage } from './channels.js';
export type { ClassSettings, Settings } from './configure.js';
export { AnyspeedError, type ErrorCode } from './errors.js';
export type { Guard, KeyHandle } from './guard.js';
export type { Holder, Running } from './held.js';
export type { ClassState, HandlerState, TableState } from './inspect.js';
export { propertyKey } from './methods.js';
export type { KeyedNeed, Needs } from './needs.js';
export type { Section } from './section.js';
export type { StallMessage } from './watchdog.js';

const runtime = oncePerProcess({
  begin: ownBegin,
  belonging: ownBelonging,
  configure: ownConfigure,
  continuation: ownContinuation,
  floating: ownFloating,
  floatingResults: ownFloatingResults,
  guard: ownGuard,
  inspect: ownInspect,
  mustWait: ownMustWait,
  running: ownRunning,
  schedule: ownSchedule,
  scheduleMethod: ownScheduleMethod,
  standAside: ownStandAside,
  turn: ownTurn,
  unscheduled: ownUnscheduled,
  upgrade: ownUpgrade,
});
// A copy that serves another one has nothing to watch.
if (runtime.configure === ownConfigure) watch();

export const {
  begin,
  belonging,
  configure,
  continuation,
  floating,
  floatingResults,
  guard,
  inspect,
  mustWait,
  running,
  schedule,
  scheduleMethod,
  standAside,
  turn,
  unscheduled,
  upgrade,
} = runtime;
