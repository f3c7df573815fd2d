/**
 * How large the arguments of a call are, roughly and at once: the same function may take microseconds for a short text and
 * milliseconds for a long one, and what it costs to copy them differs as much.
 *
 * Only what is at the top is looked at, and what is right below.
 */

/** Each class is four times as large as the one before. */
export const SIZE_CLASSES = 16;

/** How many properties of an object, or first elements of an array, are looked at. */
const LOOKED_AT = 8;

export function sizeClassOf(args: readonly unknown[]): number {
  let size = 0;
  for (const arg of args) size += sizeOf(arg, true);
  return Math.min(SIZE_CLASSES - 1, (32 - Math.clz32(Math.min(size, 0x7fffffff)) + 1) >> 1);
}

function sizeOf(value: unknown, isTop: boolean): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  if (value instanceof Map || value instanceof Set) return value.size * 8;
  if (Array.isArray(value)) {
    if (!isTop) return value.length * 8;
    let looked = 0;
    const count = Math.min(value.length, LOOKED_AT);
    for (let index = 0; index < count; index++) looked += sizeOf(value[index], false);
    return value.length * 8 + (count === 0 ? 0 : Math.round((looked / count) * value.length));
  }
  if (!isTop) return 0;
  let size = 0;
  let looked = 0;
  for (const key in value) {
    size += 8 + sizeOf((value as Record<string, unknown>)[key], false);
    looked++;
    if (looked === LOOKED_AT) break;
  }
  return size;
}

/** Up to which size, for people. */
export function largestOfClass(sizeClass: number): number {
  return sizeClass === SIZE_CLASSES - 1 ? Number.POSITIVE_INFINITY : 4 ** sizeClass - 1;
}
