/**
 * Under which of the program's own locks does every function run, whoever calls it?
 *
 * What a callback does is done under its lock as far as the lock waits for it: what the callback awaits, or hands on as its
 * result. Work that nobody waits for may go on when the next has been let in. The greatest solution is looked
 * for: a function runs under a lock if all who run it do.
 */

import type { CallRecord, Instance } from '../effects/instances.js';
import { reachableFrom } from '../effects/reachable.js';
import type { Acquired, AcquiredLocks } from './acquired.js';
import type { OwnLock, OwnLocks } from './locks.js';

/** A function that is run, under the locks of whoever runs it or not, and perhaps under more. */
interface Run {
  by: Instance;
  target: Instance;
  inherits: boolean;
  adds: readonly string[];
}

export class HeldLocks {
  /** Where each lock is entered: the operations with which that is done. */
  readonly entries = new Map<string, { lock: OwnLock; at: { instance: Instance; op: number }[] }>();
  /** What functions hold in parts of them. */
  private readonly acquired = new Map<Instance, Acquired[]>();
  private readonly held = new Map<Instance, ReadonlySet<string>>();
  private readonly immediate = new Map<Instance, boolean>();

  /**
   * @param running all functions that handlers run
   * @param roots those that they start with
   */
  constructor(
    private readonly locks: OwnLocks,
    acquiring: AcquiredLocks,
    running: ReadonlySet<Instance>,
    roots: ReadonlySet<Instance>,
  ) {
    for (const instance of running) {
      const acquired = acquiring.of(instance);
      if (acquired.length > 0) this.acquired.set(instance, acquired);
      for (const { lock, entry } of acquired) this.enter(lock, instance, entry);
    }
    const runs = [...running].flatMap(instance => [...this.runsOf(instance)]);
    if (this.entries.size === 0) return;
    const all = new Set(this.entries.keys());
    for (const instance of running) this.held.set(instance, roots.has(instance) ? new Set() : all);
    for (let changed = true; changed; ) {
      changed = false;
      for (const { by, target, inherits, adds } of runs) {
        const before = this.of(target);
        const given = inherits ? this.of(by) : new Set<string>();
        const after = new Set([...before].filter(lock => adds.includes(lock) || given.has(lock)));
        if (after.size === before.size) continue;
        this.held.set(target, after);
        changed = true;
      }
    }
  }

  /** The locks under which all of a function runs. */
  private of(instance: Instance): ReadonlySet<string> {
    return this.held.get(instance) ?? new Set();
  }

  /** The locks under which all is done that an operation does itself. */
  at(instance: Instance, index: number): ReadonlySet<string> {
    const record = instance.calls.get(index);
    const join = record && 'join' in record.op ? record.op.join : 'none';
    const goesOnLater = record !== undefined && worksOn(record);
    if (goesOnLater && join === 'none') return new Set();
    if (goesOnLater && join === 'return') return this.of(instance);
    return new Set([...this.of(instance), ...this.acquiredAt(instance, index)]);
  }

  private *runsOf(by: Instance): Iterable<Run> {
    for (const [index, record] of by.calls) {
      const { op } = record;
      const around = this.acquiredAt(by, index);
      // What is returned goes on when the function has given back what it holds.
      const isAwaited = 'join' in op && op.join === 'await';
      const isJoined = 'join' in op && op.join !== 'none';
      const exclusive = this.locks.exclusiveCall(by, record);
      if (exclusive) {
        const { lock, callback } = exclusive;
        this.enter(lock, callback, 0);
        yield { by, target: callback, inherits: isJoined, adds: [lock.id] };
        continue;
      }
      const adds = (isOver: boolean): string[] => (isOver ? around : []);
      for (const target of record.targets)
        yield {
          by,
          target,
          inherits: this.isOver(target, isJoined),
          adds: adds(this.isOver(target, isAwaited)),
        };
      for (const target of record.callbacks) {
        const isOver = this.isImmediate(target);
        yield { by, target, inherits: isOver, adds: adds(isOver) };
      }
      const isReaction = op.op === 'react';
      for (const target of record.later)
        yield { by, target, inherits: isReaction && isJoined, adds: adds(isReaction && isAwaited) };
    }
  }

  private enter(lock: OwnLock, instance: Instance, op: number): void {
    const entry = this.entries.get(lock.id);
    if (entry) entry.at.push({ instance, op });
    else this.entries.set(lock.id, { lock, at: [{ instance, op }] });
  }

  /** The locks that a function has acquired itself before an operation. */
  private acquiredAt(instance: Instance, op: number): string[] {
    return (this.acquired.get(instance) ?? [])
      .filter(({ operations }) => operations.has(op))
      .map(({ lock }) => lock.id);
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
function worksOn({ externals, models }: CallRecord): boolean {
  return externals.size > 0 || models.some(({ model }) => model.isAsync === true);
}
