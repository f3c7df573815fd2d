/**
 * What transformed classes and object literals need beside `schedule`.
 *
 * A method has to stay in its class or object, which is the home of its `super`; so the scheduled function
 * takes its place there after the language has made it.
 */
import type { Needs } from './needs.js';
import { schedule } from './schedule.js';

/**
 * Replaces the method `key` of `target` (a prototype, a class or an object) by the scheduled one, in a
 * property with the same attributes. Anything else of that name (a decorator may have made an accessor of
 * the method) is left as it is.
 * @returns `target`
 */
export function scheduleMethod<T extends object>(
  target: T,
  key: PropertyKey,
  handlerId: string,
  needs: Needs,
): T {
  const property = Object.getOwnPropertyDescriptor(target, key);
  if (typeof property?.value === 'function') {
    Object.defineProperty(target, key, { ...property, value: schedule(handlerId, property.value, needs) });
  }
  return target;
}

/**
 * The property key that a value is converted to, for computed keys that transformed code uses more than once:
 * the conversion may run the author's code.
 */
export function propertyKey(value: unknown): string | symbol {
  return Reflect.ownKeys({ [value as PropertyKey]: undefined })[0] as string | symbol;
}
