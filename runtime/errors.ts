/**
 * Everything the runtime throws, in one place, each with a code that programs can test for.
 */

export type ErrorCode = 'ERR_ANYSPEED_ARGUMENT' | 'ERR_ANYSPEED_VERSION';

export class AnyspeedError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }

  override get name(): string {
    return `${this.constructor.name} [${this.code}]`;
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

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return 'an array';
  if (value === null) return 'null';
  return typeof value === 'object' || typeof value === 'function' ? `a ${typeof value}` : String(value);
}
