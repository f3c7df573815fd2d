/**
 * Copies that arrive are objects of Node's own realm. A program that runs in another one (a `vm` context, as under Jest) would find that
 * they are no instances of its `Map` or `Error`, and that only where a call has crossed. So they get the prototypes of the program's realm.
 */

/** Whether the realm of this code is not the one that copies arrive in. */
const isOther = Object.getPrototypeOf(structuredClone({})) !== Object.prototype;

/** @param copy something that has arrived, and belongs to nobody else */
export function intoOwnRealm(copy: unknown): void {
  if (isOther) adopt(copy);
}

function adopt(copy: unknown): void {
  const seen = new Set<object>();
  const pending = [copy];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    const own = ownPrototype(Object.getPrototypeOf(value));
    if (own !== undefined) Object.setPrototypeOf(value, own);
    if (ArrayBuffer.isView(value)) continue;
    for (const part of partsOf(value)) pending.push(part);
  }
}

function partsOf(value: object): Iterable<unknown> {
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return value;
  return [...Object.values(value), (value as Error).cause];
}

/** The prototype that the class of the same name has here, if it is another one. Copies are of the language's own classes. */
function ownPrototype(prototype: object | null): object | undefined {
  const name = prototype?.constructor?.name;
  if (name === undefined || !Object.hasOwn(globalThis, name)) return undefined;
  const own = (globalThis as unknown as Record<string, { prototype?: object }>)[name]?.prototype;
  return own === prototype ? undefined : own;
}
