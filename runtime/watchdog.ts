/**
 * Reports waits that last too long, once when they have and once when they end; ends those that a class's timeout forbids; and
 * has tasks stand aside for them that wait for callbacks.
 *
 * The queue of a lock is in order of arrival, so its head tells: only the first waiter of each lock is reported,
 * with all others in the report's queue.
 */
import { stalledChannel } from './channels.js';
import { makeWay } from './continuation.js';
import { handlersThatRun } from './handler.js';
import type { Lock } from './lock.js';
import { EXCLUDED, modeName } from './modes.js';
import { warn } from './reports.js';
import { type Entry, isLinked, places, type Request } from './request.js';
import { settings } from './settings.js';
import { lastSeen } from './task-trace.js';
import { clock, locksWaitedFor, lookEvery } from './waited-for.js';
import { giveUpExpired, nameOf } from './waiting-limits.js';

export interface StallMessage {
  /** The class, and the key if it is a key's lock. */
  lock: string;
  /** Who waits, in which mode and for how long. */
  waiter: string;
  mode: string;
  milliseconds: number;
  /** Whether the wait is over. */
  ended: boolean;
  /** Who may hold it: the handlers that run and hold the class, each with what its tasks were last seen doing. */
  holders: { handler: string; running: number; lastSeen: string[] }[];
  /** Who else waits, in order. */
  queue: string[];
}

interface Stall {
  readonly lock: Lock;
  readonly mode: number;
}

const stalls = new Map<Request, Stall>();

/** Waits are seen within a quarter of the shortest time that matters, and not more often than is useful. */
export function watch(): void {
  const times = [settings.stallAfter, settings.shortestTimeout].filter(time => time > 0);
  lookEvery(Math.min(1000, Math.max(10, Math.min(...times, 4000) / 4)), look);
}

function look(): void {
  // A copy: a request that is given up may empty the queue of its lock.
  for (const lock of [...locksWaitedFor()]) {
    giveUpExpired(lock);
    const head = lock.late?.[0] ?? lock.first;
    if (settings.stallAfter === 0 || head === null || clock.now - head.request.since < settings.stallAfter)
      continue;
    reportOnce(lock, head);
    makeWay(lock, head.mode);
  }
  // Last, as there may be no further look once nobody waits.
  reportEnded();
}

function reportOnce(lock: Lock, { request, mode }: Entry): void {
  if (stalls.has(request)) return;
  stalls.set(request, { lock, mode });
  const message = describe(lock, mode, request, false);
  if (stalledChannel.hasSubscribers) stalledChannel.publish(message);
  const holders = message.holders.map(
    ({ handler, running, lastSeen: seen }) =>
      `  held by ${[`${handler} (${running} running)`, ...seen].join('; ')}`,
  );
  warn(
    'ANYSPEED_STALLED',
    `${message.waiter} has waited for ${message.lock} (${message.mode}) for ${message.milliseconds} ms.`,
    [
      ...holders,
      ...message.queue.map(waiter => `  waiting: ${waiter}`),
      // Of a class: a key may be anything that a client sent.
      `  anyspeed explain ${JSON.stringify(lock.className)} shows the source lines that conflict`,
    ].join('\n'),
  );
}

function reportEnded(): void {
  for (const [request, { lock, mode }] of stalls) {
    if (isQueued(request)) continue;
    stalls.delete(request);
    const message = describe(lock, mode, request, true);
    if (stalledChannel.hasSubscribers) stalledChannel.publish(message);
    warn(
      'ANYSPEED_STALL_ENDED',
      `${message.waiter} waits for ${message.lock} no longer, after ${message.milliseconds} ms.`,
      '',
    );
  }
}

function isQueued(request: Request): boolean {
  return places(request).some(place => isLinked(place) || isLate(place.lock, request));
}

function isLate(lock: Lock, request: Request): boolean {
  return lock.late?.some(entry => entry.request === request) ?? false;
}

function describe(lock: Lock, mode: number, request: Request, ended: boolean): StallMessage {
  const queue: string[] = [];
  for (const entry of lock.late ?? []) queue.push(entry.request.describe());
  for (let entry = lock.first; entry !== null && queue.length < QUEUE_SHOWN; entry = entry.next) {
    queue.push(entry.request.describe());
  }
  return {
    lock: nameOf(lock),
    waiter: request.describe(),
    mode: modeName(mode),
    milliseconds: Math.round(clock.now - request.since),
    ended,
    holders: ended ? [] : holders(lock, mode),
    queue,
  };
}

/** A report is to be read: of a long queue, the head is enough. */
const QUEUE_SHOWN = 10;

function holders(lock: Lock, mode: number): StallMessage['holders'] {
  const ofClass = lock.ofClass ?? lock;
  const found: StallMessage['holders'] = [];
  for (const handler of handlersThatRun()) {
    const held = handler.modes[handler.locks.indexOf(ofClass)] ?? 0;
    // For a key all that touch keys of the class may be the holder: who holds which is known to their tasks only.
    if (held === 0 || (lock.ofClass === null && ((EXCLUDED[mode] as number) & held) === 0)) continue;
    found.push({ handler: handler.id, running: handler.running, lastSeen: lastSeen(handler) });
  }
  return found;
}
