/**
 * The keys of one call: their locks, each with the mode in which the call needs it.
 */
import type { Handler, KeyedClaim } from './handler.js';
import type { Lock } from './lock.js';
import { type Mode, strongest } from './modes.js';
import type { Needs } from './needs.js';
import type { Arguments } from './thenable.js';

export type Keys = ReadonlyMap<Lock, Mode>;

const none: Keys = new Map();

/** Works the keys of a call out. What the author's part of it throws is the call's error. */
export function keysOf(handler: Handler, needs: Needs, self: unknown, args: Arguments): Keys {
  if (handler.keyed.length === 0) return none;
  const modes = new Map<Lock, Mode>();
  handler.keyed.forEach(({ keys, mode }: KeyedClaim, index) => {
    const find = needs.keyed?.[index]?.keys as (this: unknown, ...args: unknown[]) => Iterable<unknown>;
    for (const key of find.apply(self, args as unknown[])) {
      const lock = keys.lockOf(key);
      modes.set(lock, strongest(modes.get(lock) ?? 0, mode));
    }
  });
  return modes;
}

/** Whether a newcomer need not wait for any of the keys. */
export function areFree(keys: Keys): boolean {
  for (const [lock, mode] of keys) if (!lock.admits(mode)) return false;
  return true;
}

/** Whether nobody holds any of the keys, whoever may wait for them. */
export function areFreeOfHolders(keys: Keys): boolean {
  for (const [lock, mode] of keys) if (lock.isHeldAgainst(mode)) return false;
  return true;
}
