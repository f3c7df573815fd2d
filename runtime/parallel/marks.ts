/**
 * Puts back, in a copy that has arrived, what the structured clone has lost of it. The marks came with the copy in one
 * message, so the objects in them are those of the copy.
 */
import type { Marks } from './protocol.js';

export function restore({ buffers, withoutPrototype, errors }: Marks): void {
  // A `Buffer` is an `Uint8Array` with this prototype and nothing else.
  for (const bytes of buffers ?? []) Object.setPrototypeOf(bytes, Buffer.prototype);
  for (const object of withoutPrototype ?? []) Object.setPrototypeOf(object, null);
  for (const [error, properties] of errors ?? []) Object.assign(error, properties);
}
