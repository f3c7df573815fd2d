/**
 * The locks that somebody waits for, and a coarse clock that runs while there are any.
 *
 * Everything that depends on time (reports of stalls, timeouts) is done by looking at these locks at intervals:
 * a timer for each waiting call would cost ten times what the call itself does. For the same reason a wait's
 * beginning is read from the clock of the last look, and is up to one interval older than it says.
 */
import type { Lock } from './lock.js';

/** Whole milliseconds, as of the last look: a fraction would cost each waiting call an object. */
export const clock = { now: 0 };

// Kept from when the module was loaded: tests of programs replace timers and clocks.
const { setInterval, clearInterval, performance } = globalThis;

const locks = new Set<Lock>();
let look: (() => void) | null = null;
let interval = 1000;
let timer: NodeJS.Timeout | null = null;

/** When a wait begins that begins now. While nobody waits the clock stands still, so this sets it going. */
export function startOfWait(): number {
  if (timer === null) start();
  return clock.now;
}

export function isWaitedFor(lock: Lock): void {
  locks.add(lock);
  if (timer === null) start();
}

/** All locks that somebody waits for, or has of late. */
export function locksWaitedFor(): Iterable<Lock> {
  return locks;
}

/** Sets what is done at each look, and how often. */
export function lookEvery(milliseconds: number, action: () => void): void {
  interval = milliseconds;
  look = action;
  if (timer === null) return;
  clearInterval(timer);
  start();
}

function start(): void {
  clock.now = Math.floor(performance.now());
  timer = setInterval(tick, interval);
  // A program that has nothing else to do may end: nobody is left who could end the wait.
  timer.unref();
}

/**
 * Locks that nobody waits for any more are forgotten at a look, and the interval is stopped at one that finds nobody
 * waiting, not when a wait ends: waits come in crowds.
 */
function tick(): void {
  clock.now = Math.floor(performance.now());
  look?.();
  for (const lock of locks) if (lock.waiting === 0) locks.delete(lock);
  if (locks.size > 0 || timer === null) return;
  clearInterval(timer);
  timer = null;
}
