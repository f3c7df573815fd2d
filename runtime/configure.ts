/**
 * What a program can set, with defaults that are right for a server.
 */
import { invalidArgument } from './errors.js';
import { allClassLocks, lockOfClass } from './lock-table.js';
import { settings } from './settings.js';
import { watch } from './watchdog.js';

export interface ClassSettings {
  /** Milliseconds after which a call that waits for the class is rejected; 0: never. */
  timeout?: number;
  /** How many calls may wait for the class; one more is rejected at once. */
  queueLimit?: number;
}

export interface Settings {
  /** Milliseconds after which a wait is reported; 0: never. Default 5000. */
  stallAfter?: number;
  /**
   * What happens to the call that closes a cycle of waits. `proceed` (the default): it runs without what it waited
   * for, as in the program as it was written. `reject`: it is rejected with `ERR_ANYSPEED_DEADLOCK`.
   */
  onDeadlock?: 'proceed' | 'reject';
  /** Where a task waits is recorded with its source line when it waits late or floats work. Costs a stack each. */
  trace?: boolean;
  /** How many keys of a class keep a lock that nobody uses. Default 10000. */
  idleKeys?: number;
  /** By class name. */
  classes?: Readonly<Record<string, ClassSettings>>;
}

/** Changes the settings that are given; the others stay as they are. Waits that have begun follow the new ones. */
export function configure(changes: Settings): void {
  if (typeof changes !== 'object' || changes === null) {
    throw invalidArgument('The settings', 'an object', changes);
  }
  const { stallAfter, onDeadlock, trace, idleKeys, classes, ...unknown } = changes;
  for (const name of Object.keys(unknown)) {
    throw invalidArgument('Each setting', 'one of stallAfter, onDeadlock, trace, idleKeys and classes', name);
  }
  checkNumber('`stallAfter`', stallAfter);
  checkNumber('`idleKeys`', idleKeys);
  if (onDeadlock !== undefined && onDeadlock !== 'proceed' && onDeadlock !== 'reject') {
    throw invalidArgument('`onDeadlock`', '"proceed" or "reject"', onDeadlock);
  }
  if (trace !== undefined && typeof trace !== 'boolean') throw invalidArgument('`trace`', 'a boolean', trace);
  if (classes !== undefined && (typeof classes !== 'object' || classes === null)) {
    throw invalidArgument('`classes`', 'an object', classes);
  }
  for (const [name, { timeout, queueLimit }] of Object.entries(classes ?? {})) {
    checkNumber(`\`timeout\` of class ${name}`, timeout);
    checkNumber(`\`queueLimit\` of class ${name}`, queueLimit);
  }
  settings.stallAfter = stallAfter ?? settings.stallAfter;
  settings.onDeadlock = onDeadlock ?? settings.onDeadlock;
  settings.trace = trace ?? settings.trace;
  settings.idleKeys = idleKeys ?? settings.idleKeys;
  for (const [name, { timeout, queueLimit }] of Object.entries(classes ?? {})) {
    const { limits } = lockOfClass(name);
    limits.timeout = timeout ?? limits.timeout;
    limits.queueLimit = queueLimit ?? limits.queueLimit;
  }
  const limits = [...allClassLocks()].map(lock => lock.limits);
  settings.hasQueueLimits = limits.some(({ queueLimit }) => queueLimit !== Number.POSITIVE_INFINITY);
  const timeouts = limits.map(({ timeout }) => timeout).filter(timeout => timeout > 0);
  settings.shortestTimeout = timeouts.length === 0 ? 0 : Math.min(...timeouts);
  watch();
}

function checkNumber(what: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return;
  throw invalidArgument(what, 'a number that is not negative', value);
}
