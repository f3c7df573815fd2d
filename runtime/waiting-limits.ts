/**
 * Ways in which a call stops waiting, for people who prefer failing to waiting: a limit on the queue, a
 * timeout, an abort signal. Whoever stops waiting leaves all queues and holds nothing. Who holds something already is
 * not given up: it would leave its work half done.
 */
import { queueFull, waitedTooLong } from './errors.js';
import type { Keys } from './keys.js';
import type { Lock } from './lock.js';
import { runReadySoon } from './ready.js';
import { isLinked, places, type Request, withdraw } from './request.js';
import { clock } from './waited-for.js';

/** The error for a call that would exceed the limit of a queue; null if it may wait. */
export function keepsQueueLimit(locks: readonly Lock[], keys: Keys | null): Error | null {
  for (const lock of locks) if (isFull(lock)) return queueFull(nameOf(lock), lock.limits.queueLimit);
  for (const { lock } of keys ?? []) {
    if (isFull(lock)) return queueFull(nameOf(lock), lock.limits.queueLimit);
  }
  return null;
}

function isFull(lock: Lock): boolean {
  return lock.length >= lock.limits.queueLimit;
}

/** The name of a lock in messages. */
export function nameOf(lock: Lock): string {
  if (lock.ofClass === null) return lock.className;
  return `${lock.className}[${lock.key === undefined ? 'object' : String(lock.key)}]`;
}

/** Rejects a waiting request, which leaves all queues. */
function giveUp(request: Request, error: unknown): void {
  stopListening(request);
  withdraw(request);
  request.fail(error);
  runReadySoon();
}

const listening = new Map<Request, () => void>();

/** Gives `request` up when `signal` is aborted while it waits. */
export function abortWith(signal: AbortSignal, request: Request): void {
  const abort = () => giveUp(request, signal.reason);
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener('abort', abort, { once: true });
  listening.set(request, () => signal.removeEventListener('abort', abort));
}

/** The request waits no longer: a signal that is aborted now must not touch it. */
export function stopListening(request: Request): void {
  if (listening.size === 0) return;
  listening.get(request)?.();
  listening.delete(request);
}

/** Gives up the requests that have waited for `lock` for longer than it allows; they stand at its head. */
export function giveUpExpired(lock: Lock): void {
  const { timeout } = lock.limits;
  if (timeout === 0) return;
  const expired: Request[] = [];
  for (let entry = lock.first; entry !== null; entry = entry.next) {
    if (clock.now - entry.request.since <= timeout) break;
    if (!entry.request.holdsSomething) expired.push(entry.request);
  }
  // One may be granted when an earlier one leaves.
  for (const request of expired) {
    if (isWaiting(request, lock)) giveUp(request, waitedTooLong(nameOf(lock), timeout));
  }
}

function isWaiting(request: Request, lock: Lock): boolean {
  return places(request).some(place => place.lock === lock && isLinked(place));
}
