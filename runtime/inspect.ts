/**
 * What the lock table looks like right now, as plain data: for health endpoints, tests and debugging.
 */
import { allHandlers } from './handler.js';
import type { Lock } from './lock.js';
import { allClassLocks, keyCount } from './lock-table.js';
import { EXCLUSIVE, modeName } from './modes.js';
import type { Entry } from './request.js';

export interface ClassState {
  name: string;
  /** How many tasks hold the class, by mode. Modes that nobody holds are left out. */
  held: Record<string, number>;
  /** Runs so far of the handlers that need it, and how many of the calls had to wait. */
  runs: number;
  waits: number;
  /** How many of its keys have a lock by now, those that are objects left out. */
  keys: number;
  /**
   * The modes in which somebody waits and needs it, those that are served first at the front. Includes tasks
   * that need a key of it, or another class as well, and wait for that.
   */
  waiting: string[];
}

export interface HandlerState {
  id: string;
  /** Of what sections take in a later step: which step it is. What they take at their beginning has an entry of its own. */
  step?: number;
  /** The classes it needs, each with its mode. */
  needs: { class: string; mode: string }[];
  /** Runs that hold what they need now. */
  running: number;
  /** Runs so far, and how many of the calls had to wait. */
  runs: number;
  waits: number;
}

export interface TableState {
  classes: ClassState[];
  handlers: HandlerState[];
}

/** Holders, queues and counters. */
export function inspect(): TableState {
  const classes = [...allClassLocks()].map(lock => ({
    name: lock.className,
    ...countsOf(lock),
    keys: keyCount(lock.className),
    held: holdersByMode(lock),
    waiting: waitingModes(lock),
  }));
  const handlers = [...allHandlers()].map(handler => ({
    id: handler.id,
    ...(handler.step > 0 && { step: handler.step }),
    needs: handler.describeNeeds(),
    running: handler.running,
    runs: handler.runs,
    waits: handler.waits,
  }));
  return { classes, handlers };
}

function countsOf(lock: Lock): { runs: number; waits: number } {
  let runs = 0;
  let waits = 0;
  for (const user of lock.users.keys()) {
    runs += user.runs;
    waits += user.waits;
  }
  return { runs, waits };
}

function holdersByMode(lock: Lock): Record<string, number> {
  const held: Record<string, number> = {};
  lock.watch();
  for (let mode = 1; mode <= EXCLUSIVE; mode *= 2) {
    const count = lock.holders(mode);
    if (count > 0) held[modeName(mode)] = count;
  }
  lock.unwatch();
  return held;
}

function waitingModes(lock: Lock): string[] {
  const modes = (lock.late ?? []).map(entry => modeName(entry.mode));
  for (let mode = 1; mode <= EXCLUSIVE; mode *= 2) {
    for (let count = lock.reservations(mode); count > 0; count--) modes.push(modeName(mode));
  }
  for (let entry: Entry | null = lock.first; entry !== null; entry = entry.next) {
    for (let count = entry.request.size; count > 0; count--) modes.push(modeName(entry.mode));
  }
  return modes;
}
