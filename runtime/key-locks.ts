/**
 * The locks of the keys of one class.
 *
 * A key's lock is kept after its use: to make and delete one at each use costs more than everything else a
 * keyed call does. Keys come from requests, so the idle ones are bounded in number, and swept from time to time.
 * Objects used as keys are held weakly and need neither.
 *
 * Sweeping happens between segments only. Code that has looked a lock up uses it in the same segment, so it
 * never works with one that was swept in between; who gives one up to take it again later says so.
 */
import { Lock } from './lock.js';
import { settings } from './settings.js';

const settled = Promise.resolve();

export class KeyLocks {
  private readonly byValue = new Map<unknown, Lock>();
  private readonly byIdentity = new WeakMap<WeakKey, Lock>();
  private sweepAbove = settings.idleKeys;
  private isSweepPlanned = false;

  constructor(private readonly ofClass: Lock) {}

  /** The lock of a key. Keys are compared as those of a `Map` are. */
  lockOf(key: unknown): Lock {
    if ((typeof key === 'object' && key !== null) || typeof key === 'function') return this.lockOfObject(key);
    const known = this.byValue.get(key);
    if (known !== undefined) return known;
    const lock = this.make(key);
    this.byValue.set(key, lock);
    if (this.byValue.size > this.sweepAbove && !this.isSweepPlanned) {
      this.isSweepPlanned = true;
      settled.then(() => this.sweep());
    }
    return lock;
  }

  private lockOfObject(key: WeakKey): Lock {
    let lock = this.byIdentity.get(key);
    if (lock === undefined) {
      lock = this.make(undefined);
      this.byIdentity.set(key, lock);
    }
    return lock;
  }

  private make(key: unknown): Lock {
    const lock = new Lock(this.ofClass.className, key, this.ofClass);
    // Which key a run holds is not known from its handler: these locks are always counted.
    lock.watch();
    return lock;
  }

  /** How many keys have a lock, objects left out. */
  get size(): number {
    return this.byValue.size;
  }

  /**
   * Drops idle locks, the oldest first, until half of what is allowed is left: each sweep is then paid by as many
   * new keys as it looks at. If too many are busy, it waits until their number has doubled, for the same reason.
   */
  private sweep(): void {
    this.isSweepPlanned = false;
    const target = settings.idleKeys / 2;
    for (const [key, lock] of this.byValue) {
      if (this.byValue.size <= target) break;
      if (lock.held === 0 && lock.waiting === 0 && lock.asides === 0) this.byValue.delete(key);
    }
    this.sweepAbove = Math.max(settings.idleKeys, this.byValue.size * 2);
  }
}
