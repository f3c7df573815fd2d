/**
 * Looks through values that are about to be copied into another thread: can all of them be, what would the copy lose, and
 * which memory may be moved instead.
 *
 * It goes from object to object with a list, not by recursion, and remembers no paths: those are searched for when there is
 * something to complain about.
 */
import { types } from 'node:util';
import * as kinds from './clonable.js';
import type { Marks } from './protocol.js';

export interface Survey {
  /** Whether all of it can be copied. */
  isClonable: boolean;
  marks: Marks;
  /** Memory that is moved. */
  moved: ArrayBuffer[];
}

/**
 * @param values the arguments of a call, or `[result]`
 * @param movable the indexes of those whose memory is not used afterwards
 * @param signal the one that is sent with them
 */
export function survey(
  values: readonly unknown[],
  movable: readonly number[] = [],
  signal?: AbortSignal,
): Survey {
  const found: Survey = { isClonable: true, marks: {}, moved: [] };
  const seen = new Set<object>();
  if (signal !== undefined) seen.add(signal);
  // What is also in another argument stays.
  for (let index = 0; index < values.length; index++) {
    if (!movable.includes(index)) lookThrough(values[index], false, seen, found);
  }
  for (const index of movable) lookThrough(values[index], true, seen, found);
  return found;
}

function lookThrough(root: unknown, mayMove: boolean, seen: Set<object>, found: Survey): void {
  if (typeof root !== 'object' || root === null) {
    if (typeof root === 'function' || typeof root === 'symbol') found.isClonable = false;
    return;
  }
  const pending: object[] = [];
  const add = (value: unknown): void => {
    switch (typeof value) {
      case 'object':
        if (value === null || seen.has(value)) return;
        seen.add(value);
        pending.push(value);
        return;
      case 'function':
      case 'symbol':
        found.isClonable = false;
    }
  };
  add(root);
  for (let value = pending.pop(); value !== undefined && found.isClonable; value = pending.pop()) {
    switch (kinds.kindOf(value)) {
      case kinds.ARRAY:
      case kinds.PLAIN:
        addProperties(value, add);
        break;
      case kinds.BARE:
        found.marks.withoutPrototype ??= [];
        found.marks.withoutPrototype.push(value);
        addProperties(value, add);
        break;
      case kinds.MAP:
        for (const [key, content] of value as Map<unknown, unknown>) {
          add(key);
          add(content);
        }
        break;
      case kinds.SET:
        for (const content of value as Set<unknown>) add(content);
        break;
      case kinds.BUFFER:
        found.marks.buffers ??= [];
        found.marks.buffers.push(value as Buffer);
        considerMemory(value as Buffer, mayMove, seen, found);
        break;
      case kinds.VIEW:
        considerMemory(value as ArrayBufferView, mayMove, seen, found);
        break;
      case kinds.ARRAY_BUFFER:
        if (isDetached(value as ArrayBuffer)) found.isClonable = false;
        else if (mayMove && !types.isSharedArrayBuffer(value)) found.moved.push(value as ArrayBuffer);
        break;
      case kinds.ERROR: {
        const properties = ownProperties(value as Error);
        for (const content of Object.values(properties)) add(content);
        add((value as Error).cause);
        found.marks.errors ??= [];
        found.marks.errors.push([value as Error, properties]);
        break;
      }
      case kinds.LEAF:
        break;
      default:
        found.isClonable = false;
    }
  }
}

function addProperties(value: object, add: (value: unknown) => void): void {
  if (Array.isArray(value)) {
    for (const content of value) add(content);
    // Most arrays have no other properties; a result of a regular expression has.
    if (!('groups' in value) && !('index' in value)) return;
  }
  for (const key of Object.keys(value)) add((value as Record<string, unknown>)[key]);
}

/** The properties of an error that a clone does not have. */
function ownProperties(error: Error): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const key of Object.keys(error)) properties[key] = (error as unknown as Record<string, unknown>)[key];
  return properties;
}

function considerMemory(view: ArrayBufferView, mayMove: boolean, seen: Set<object>, found: Survey): void {
  const memory = view.buffer;
  if (isDetached(memory)) found.isClonable = false;
  if (seen.has(memory)) return;
  seen.add(memory);
  // Memory that the view has a part of is also somebody else's: of Node's pool, for example.
  if (!mayMove || types.isSharedArrayBuffer(memory) || view.byteLength !== memory.byteLength) return;
  found.moved.push(memory as ArrayBuffer);
}

/** Whether the memory has been moved away already. */
export function isDetached(memory: ArrayBufferLike): boolean {
  if (memory.byteLength > 0 || types.isSharedArrayBuffer(memory)) return false;
  try {
    new Uint8Array(memory);
    return false;
  } catch {
    return true;
  }
}
