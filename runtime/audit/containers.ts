/**
 * What the built-in methods access of the containers that they are called on, and the built-in functions of what they are
 * handed: at run time, where it is known what the container is.
 */
import { types } from 'node:util';
import { WHOLE } from './storage.js';

/** Is told of each access. `key` may be `WHOLE`. */
export type Found = (object: object, key: unknown, isWrite: boolean) => void;

/** Where the key of an access is: the first argument, or nowhere as it is an access of the whole. */
type Effect = 'get' | 'set' | 'read' | 'write' | 'none';

const KEYED: Readonly<Record<string, Effect>> = {
  get: 'get',
  has: 'get',
  set: 'set',
  add: 'set',
  delete: 'set',
  clear: 'write',
};

const ARRAY_WRITES = new Set([
  'copyWithin',
  'fill',
  'pop',
  'push',
  'reverse',
  'shift',
  'sort',
  'splice',
  'unshift',
]);
const NO_READS = new Set(['constructor', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable']);

const isArray = (value: object): value is unknown[] => Array.isArray(value);
const isKeyed = (value: object): boolean =>
  types.isMap(value) || types.isSet(value) || types.isWeakMap(value) || types.isWeakSet(value);

/** Objects whose elements are one resource to the analysis, and that have storage beside their properties. */
export const isContainer = (value: object): boolean => isArray(value) || isKeyed(value);

/** A property of a container that is its contents and not something of its own. */
export const isContent = (container: object, key: unknown): boolean =>
  isArray(container) && (key === 'length' || (typeof key === 'string' && /^\d+$/.test(key)));

/** The functions among the built-ins that read everything, or the uppermost level, of what they are handed first. */
const READS_FIRST = new Set([
  'Array.from',
  'Object.entries',
  'Object.fromEntries',
  'Object.getOwnPropertyNames',
  'Object.keys',
  'Object.values',
]);
const READS_DEEP = new Set(['JSON.stringify']);
const MOST_OBJECTS = 10_000;

/** What a call of a method has accessed. `args` are the first of its arguments; `isComplete` if there are no others. */
export function accessesOfCall(
  receiver: unknown,
  method: unknown,
  args: readonly unknown[],
  found: Found,
): void {
  if (receiver === null || (typeof receiver !== 'object' && typeof receiver !== 'function')) return;
  if (typeof receiver === 'function' || receiver === JSON) {
    builtInFunction(receiver, method, args, found);
    return;
  }
  if (typeof method !== 'string' || !isContainer(receiver) || !isNative(receiver, method)) return;
  const effect = isArray(receiver) ? arrayEffect(method) : (KEYED[method] ?? 'read');
  if (effect === 'none') return;
  if (effect === 'read' || effect === 'write') found(receiver, WHOLE, effect === 'write');
  else found(receiver, args[0], effect === 'set');
  if (method === 'concat') for (const arg of args) if (Array.isArray(arg)) found(arg, WHOLE, false);
}

function arrayEffect(method: string): Effect {
  if (NO_READS.has(method)) return 'none';
  return ARRAY_WRITES.has(method) ? 'write' : 'read';
}

function builtInFunction(owner: object, method: unknown, args: readonly unknown[], found: Found): void {
  const name = owner === Object ? 'Object' : owner === Array ? 'Array' : owner === JSON ? 'JSON' : null;
  const [first, ...rest] = args;
  if (name === null || typeof first !== 'object' || first === null) return;
  const called = `${name}.${String(method)}`;
  if (READS_FIRST.has(called)) found(first, WHOLE, false);
  else if (READS_DEEP.has(called)) everythingIn(first, found);
  else if (called === 'Object.assign')
    for (const source of rest) {
      if (typeof source !== 'object' || source === null) continue;
      found(source, WHOLE, false);
      for (const key of Object.keys(source)) found(first, key, true);
    }
}

/** Everything that can be reached by plain properties, without running any code of the program. */
function everythingIn(start: object, found: Found): void {
  const seen = new Set<object>([start]);
  for (const object of seen) {
    if (types.isProxy(object)) continue;
    if (!types.isDate(object)) found(object, WHOLE, false);
    if (seen.size > MOST_OBJECTS) return;
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(object)))
      if (typeof value === 'object' && value !== null) seen.add(value);
  }
}

/** Whether the method is that of the built-in type, and not one of the program's own in its place. */
function isNative(receiver: object, method: string): boolean {
  for (let holder: object | null = receiver; holder; holder = Object.getPrototypeOf(holder)) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, method);
    if (!descriptor) continue;
    return (
      typeof descriptor.value === 'function' &&
      Function.prototype.toString.call(descriptor.value).includes('[native code]')
    );
  }
  return false;
}
