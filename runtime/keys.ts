/**
 * The keys of one call: their locks, each with the mode in which the call needs it.
 */
import type { Handler, KeyedClaim } from './handler.js';
import type { Lock } from './lock.js';
import { type Mode, strongest } from './modes.js';
import type { Needs } from './needs.js';
import type { Arguments } from './thenable.js';

/** One key, as a call needs it. */
export interface KeyClaim {
  readonly lock: Lock;
  readonly mode: Mode;
}

/** An array, not a map: it has one element nearly always. */
export type Keys = readonly KeyClaim[];

/** Works the keys of a call out; null if it needs none. What the author's part throws is the call's error. */
export function keysOf(handler: Handler, needs: Needs, self: unknown, args: Arguments): Keys | null {
  let keys: Keys | null = null;
  for (let i = 0; i < handler.keyed.length; i++) {
    const { keys: locks, mode, asProperties } = handler.keyed[i] as KeyedClaim;
    const find = needs.keyed?.[i]?.keys as (this: unknown, ...args: unknown[]) => Iterable<unknown>;
    for (const key of find.apply(self, args as unknown[])) {
      const lock = locks.lockOf(asProperties ? propertyName(key) : key);
      keys = keys === null ? lock.soleClaim(mode) : withClaim(keys, lock, mode);
    }
  }
  return keys;
}

/** The name of the property that `object[key]` means. */
function propertyName(key: unknown): unknown {
  if (typeof key === 'string' || typeof key === 'symbol') return key;
  try {
    return String(key);
  } catch {
    // The access will fail for the same reason, and touch nothing.
    return undefined;
  }
}

/** The claims of one call are not changed: those of others may be the same object. */
function withClaim(keys: Keys, lock: Lock, mode: Mode): Keys {
  const others = keys.filter(claim => claim.lock !== lock);
  const known = keys.find(claim => claim.lock === lock)?.mode ?? 0;
  return [...others, { lock, mode: strongest(known, mode) }];
}

/** Whether a newcomer need not wait for any of the keys. */
export function areFree(keys: Keys): boolean {
  for (const { lock, mode } of keys) if (!lock.admits(mode)) return false;
  return true;
}

/** Whether nobody holds any of the keys, whoever may wait for them. */
export function areFreeOfHolders(keys: Keys): boolean {
  for (const { lock, mode } of keys) if (lock.isHeldAgainst(mode)) return false;
  return true;
}
