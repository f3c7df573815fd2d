/**
 * Arguments that are a small part of a larger memory: bytes from Node's pool of buffers, a slice of a file. The structured clone would copy
 * all of that memory; these are copied alone, and the copy is moved.
 */

export interface Tight {
  args: unknown[];
  moved: ArrayBuffer[];
}

export function tighten(args: unknown[]): Tight {
  let tight = args;
  const moved: ArrayBuffer[] = [];
  for (let index = 0; index < args.length; index++) {
    const bytes = args[index];
    if (!(bytes instanceof Uint8Array) || bytes.byteLength === bytes.buffer.byteLength) continue;
    if (!(bytes.buffer instanceof ArrayBuffer)) continue;
    const prototype = Object.getPrototypeOf(bytes);
    if (prototype !== Buffer.prototype && prototype !== Uint8Array.prototype) continue;
    const copy = new Uint8Array(bytes);
    if (prototype === Buffer.prototype) Object.setPrototypeOf(copy, Buffer.prototype);
    if (tight === args) tight = [...args];
    tight[index] = copy;
    moved.push(copy.buffer);
  }
  return { args: tight, moved };
}
