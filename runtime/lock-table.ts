/**
 * All locks of the process, by the name of their conflict class.
 *
 * Classes are few and come from the build, so their locks are made once, when a handler that needs them is
 * scheduled, and kept; a call then works with the lock itself and never looks anything up.
 */
import { KeyLocks } from './key-locks.js';
import { Lock } from './lock.js';

const classes = new Map<string, Lock>();
const keys = new Map<string, KeyLocks>();

/** The lock of a class; made at first use. */
export function lockOfClass(name: string): Lock {
  let lock = classes.get(name);
  if (lock === undefined) {
    lock = new Lock(name, undefined, null);
    classes.set(name, lock);
  }
  return lock;
}

/** The locks of all classes that anybody has asked for. */
export function allClassLocks(): Iterable<Lock> {
  return classes.values();
}

/** The locks of the keys of a class. */
export function keysOfClass(name: string): KeyLocks {
  let locks = keys.get(name);
  if (locks === undefined) {
    locks = new KeyLocks(lockOfClass(name));
    keys.set(name, locks);
  }
  return locks;
}

/** How many keys of a class have a lock. */
export function keyCount(name: string): number {
  return keys.get(name)?.size ?? 0;
}
