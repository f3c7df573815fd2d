/**
 * Everything the runtime throws, in one place, each with a code that programs can test for.
 */

export type ErrorCode =
  | 'ERR_ANYSPEED_ARGUMENT'
  | 'ERR_ANYSPEED_AUDIT'
  | 'ERR_ANYSPEED_DEADLOCK'
  | 'ERR_ANYSPEED_NOT_CLONABLE'
  | 'ERR_ANYSPEED_NO_POOL'
  | 'ERR_ANYSPEED_QUEUE_FULL'
  | 'ERR_ANYSPEED_TIMEOUT'
  | 'ERR_ANYSPEED_VERSION'
  | 'ERR_ANYSPEED_WORKER_DIED';

export class AnyspeedError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }

  override get name(): string {
    // Not the name of the class: a bundler may have shortened that.
    return `AnyspeedError [${this.code}]`;
  }
}

/** A value of the wrong kind was handed to the runtime. */
export function invalidArgument(what: string, expected: string, got: unknown): AnyspeedError {
  return new AnyspeedError('ERR_ANYSPEED_ARGUMENT', `${what} must be ${expected}; got ${describe(got)}.`);
}

/** Two copies of the package that do not understand each other's lock table meet in one process. */
export function versionMismatch(loaded: unknown, wanted: number): AnyspeedError {
  return new AnyspeedError(
    'ERR_ANYSPEED_VERSION',
    `Two versions of anyspeed/runtime are loaded in this process: the lock table made by the first has version ${String(loaded)}, this one needs version ${wanted}. Handlers scheduled by different versions would not wait for each other. Make all packages depend on one version (npm ls anyspeed shows who brings which).`,
  );
}

/** A call has waited for a class longer than its timeout allows. */
export function waitedTooLong(className: string, milliseconds: number): AnyspeedError {
  return new AnyspeedError(
    'ERR_ANYSPEED_TIMEOUT',
    `A call has waited for ${className} longer than ${milliseconds} ms and was given up.`,
  );
}

/** As many calls as allowed wait for a class already. */
export function queueFull(className: string, limit: number): AnyspeedError {
  return new AnyspeedError(
    'ERR_ANYSPEED_QUEUE_FULL',
    `A call would have had to wait for ${className}, for which ${limit} calls wait already.`,
  );
}

/** A call waits for something that would never come. */
export function deadlock(handlerId: string, cycle: string): AnyspeedError {
  return new AnyspeedError(
    'ERR_ANYSPEED_DEADLOCK',
    `${handlerId} would never get what it waits for:\n${cycle}`,
  );
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return 'an array';
  if (value === null) return 'null';
  return typeof value === 'object' || typeof value === 'function' ? `a ${typeof value}` : String(value);
}
