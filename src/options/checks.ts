/**
 * Checks of option values. Each takes a value from outside and returns it with its type, or throws the
 * diagnostic that says which option is wrong, what it must be and what it is.
 */
import { createDiagnostic } from '../diagnostics/catalog.js';
import { ConfigurationError } from '../diagnostics/configuration-error.js';
import { closestName } from './closest-name.js';

/** `name` is the option as its user would write it: `handlers.exports`, `include[0]`. */
export type Check<T> = (value: unknown, name: string) => T;

type Checked<Shape> = { [Name in keyof Shape]?: Shape[Name] extends Check<infer T> ? T : never };

/** Refuses a value. */
export function refuse(name: string, expected: string, value: unknown): never {
  throw new ConfigurationError(createDiagnostic('invalid-option', {}, name, expected, describeValue(value)));
}

export const boolean: Check<boolean> = (value, name) =>
  typeof value === 'boolean' ? value : refuse(name, '`true` or `false`', value);

export const text: Check<string> = (value, name) =>
  typeof value === 'string' && value !== '' ? value : refuse(name, 'a non-empty string', value);

export const textOrFalse: Check<string | false> = (value, name) =>
  value === false || (typeof value === 'string' && value !== '')
    ? value
    : refuse(name, 'a non-empty string or `false`', value);

export function oneOf<const T extends string>(...choices: T[]): Check<T> {
  const listed = choices.map(choice => `"${choice}"`).join(', ');
  return (value, name) => choices.find(choice => choice === value) ?? refuse(name, `one of ${listed}`, value);
}

export function listOf<T>(item: Check<T>): Check<T[]> {
  return (value, name) =>
    Array.isArray(value)
      ? value.map((element, index) => item(element, `${name}[${index}]`))
      : refuse(name, 'an array', value);
}

/** An object with no other properties than those of `shape`; one that is `undefined` counts as left out. */
export function objectOf<Shape extends Record<string, Check<unknown>>>(shape: Shape): Check<Checked<Shape>> {
  return (value, name) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      refuse(name || 'options', 'an object', value);
    }
    const checked: Record<string, unknown> = {};
    for (const [key, property] of Object.entries(value)) {
      const path = name === '' ? key : `${name}.${key}`;
      const check = Object.hasOwn(shape, key) ? shape[key] : undefined;
      if (check === undefined) throw unknownOption(path, name, key, Object.keys(shape));
      if (property !== undefined) checked[key] = check(property, path);
    }
    return checked as Checked<Shape>;
  };
}

function unknownOption(
  path: string,
  parent: string,
  key: string,
  known: readonly string[],
): ConfigurationError {
  const closest = closestName(key, known);
  const meant = closest === undefined || parent === '' ? closest : `${parent}.${closest}`;
  return new ConfigurationError(createDiagnostic('unknown-option', {}, path, meant));
}

/** A value as a sentence can name it; long ones are only said what they are. */
function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  const written = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return written.length > 80 ? `a long ${typeof value}` : written;
}
