/**
 * Under which of the program's own locks does every function run, whoever calls it?
 *
 * What a callback does is done under its lock as far as the lock waits for it: what the callback awaits, or hands on as its
 * result. Work that nobody waits for may go on when the next has been let in. The greatest solution is looked
 * for: a function runs under a lock if all who run it do.
 */

import { reachableFrom } from '../conflicts/footprint.js';
import type { CallRecord, Instance } from '../effects/instances.js';
import type { OwnLock, OwnLocks } from './locks.js';

/** A function that is run, under the locks of whoever runs it or not, and perhaps under one more. */
interface Run {
  by: Instance;
  target: Instance;
  inherits: boolean;
  adds: string | null;
}

export class HeldLocks {
  /** The callbacks that each lock runs. */
  readonly entries = new Map<string, { lock: OwnLock; callbacks: Set<Instance> }>();
  private readonly held = new Map<Instance, ReadonlySet<string>>();
  private readonly immediate = new Map<Instance, boolean>();

  /**
   * @param running all functions that handlers run
   * @param roots those that they start with
   */
  constructor(
    private readonly locks: OwnLocks,
    running: ReadonlySet<Instance>,
    roots: ReadonlySet<Instance>,
  ) {
    const runs = [...running].flatMap(instance => [...this.runsOf(instance)]);
    if (this.entries.size === 0) return;
    const all = new Set(this.entries.keys());
    for (const instance of running) this.held.set(instance, roots.has(instance) ? new Set() : all);
    for (let changed = true; changed; ) {
      changed = false;
      for (const { by, target, inherits, adds } of runs) {
        const before = this.of(target);
        const given = inherits ? this.of(by) : new Set<string>();
        const after = new Set([...before].filter(lock => lock === adds || given.has(lock)));
        if (after.size === before.size) continue;
        this.held.set(target, after);
        changed = true;
      }
    }
  }

  /** The locks under which all of a function runs. */
  of(instance: Instance): ReadonlySet<string> {
    return this.held.get(instance) ?? new Set();
  }

  private *runsOf(by: Instance): Iterable<Run> {
    for (const record of by.calls.values()) {
      const { op } = record;
      const isJoined = 'join' in op && op.join !== 'none';
      const exclusive = this.locks.exclusiveCall(by, record);
      if (exclusive) {
        const { lock, callback } = exclusive;
        const entry = this.entries.get(lock.id);
        if (entry) entry.callbacks.add(callback);
        else this.entries.set(lock.id, { lock, callbacks: new Set([callback]) });
        yield { by, target: callback, inherits: isJoined, adds: lock.id };
        continue;
      }
      for (const target of record.targets)
        yield { by, target, inherits: this.isOver(target, isJoined), adds: null };
      for (const target of record.callbacks)
        yield { by, target, inherits: this.isImmediate(target), adds: null };
      for (const target of record.later)
        yield { by, target, inherits: op.op === 'react' && isJoined, adds: null };
    }
  }

  private isOver(target: Instance, isJoined: boolean): boolean {
    return isJoined ? !target.fn.isGenerator : this.isImmediate(target);
  }

  /** Whether all that a function does is over when its call returns. */
  private isImmediate(instance: Instance): boolean {
    let isImmediate = this.immediate.get(instance);
    if (isImmediate === undefined) {
      isImmediate = [...reachableFrom([instance])].every(
        ({ fn, calls }) =>
          !fn.isAsync && !fn.isGenerator && [...calls.values()].every(record => !goesOn(record)),
      );
      this.immediate.set(instance, isImmediate);
    }
    return isImmediate;
  }
}

/** Whether something of the call may happen after it has returned. */
function goesOn(record: CallRecord): boolean {
  return record.later.size > 0 || worksOn(record);
}

/** Whether code that is not analysed may go on with what the call has handed to it. */
export function worksOn({ externals, models }: CallRecord): boolean {
  return externals.size > 0 || models.some(({ model }) => model.isAsync === true);
}
