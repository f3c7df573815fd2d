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
  mode: Mode;
}

/** An array, not a map: it has one element nearly always. */
export type Keys = readonly KeyClaim[];

/** Works the keys of a call out; null if its handler needs none. What the author's part throws is the call's error. */
export function keysOf(handler: Handler, needs: Needs, self: unknown, args: Arguments): Keys | null {
  if (handler.keyed.length === 0) return null;
  const claims: KeyClaim[] = [];
  for (let i = 0; i < handler.keyed.length; i++) {
    const { keys, mode } = handler.keyed[i] as KeyedClaim;
    const find = needs.keyed?.[i]?.keys as (this: unknown, ...args: unknown[]) => Iterable<unknown>;
    for (const key of find.apply(self, args as unknown[])) {
      const lock = keys.lockOf(key);
      const known = claims.length === 0 ? undefined : claims.find(claim => claim.lock === lock);
      if (known === undefined) claims.push({ lock, mode });
      else known.mode = strongest(known.mode, mode);
    }
  }
  return claims;
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
