/**
 * Where in a function a lock is held that it has acquired, and gives back by calling what it was given for that.
 *
 *     const release = await lock.acquire();
 *     try { ... } finally { release(); }
 *
 * Held is what lies behind the `await` on every path and before any call that may give it back. It is proven only if nobody
 * else can give it back: what was returned is called in this function alone, and never handed on.
 */
import type { CallRecord, Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { TokenId } from '../effects/solver.js';
import { ENTRY_BLOCK, firstOperations, NONE, type Op, type Ref } from '../ir/ir.js';
import type { OwnLock, OwnLocks } from './locks.js';

export interface Acquired {
  lock: OwnLock;
  /** The operation that waits for it. */
  entry: number;
  /** The operations before which it is held for certain. */
  operations: ReadonlySet<number>;
}

export class AcquiredLocks {
  /** By what gives a lock back: the functions that call it; nobody knows who does if it was handed on. */
  private callers: Map<TokenId, Set<Instance> | null> | null = null;

  constructor(
    private readonly program: PointsTo,
    private readonly locks: OwnLocks,
  ) {}

  /** The locks that a function holds in parts of it. */
  of(instance: Instance): Acquired[] {
    const found: Acquired[] = [];
    for (const [index, record] of instance.calls) {
      const acquired = this.acquiredBy(instance, index, record);
      if (acquired) found.push(acquired);
    }
    return found;
  }

  private acquiredBy(instance: Instance, index: number, record: CallRecord): Acquired | null {
    const { op } = record;
    const lock = this.locks.acquiringCall(record);
    if (op.op !== 'call' || lock === null || op.join !== 'await') return null;
    const releases = this.releasesOf(instance, op.to);
    if (releases.size === 0 || [...releases].some(token => this.mayBeCalledElsewhere(token, instance)))
      return null;
    const entry = this.suspensionFor(instance, index, op.to);
    if (entry < 0) return null;
    return { lock, entry, operations: this.heldFrom(instance, entry, releases) };
  }

  private releasesOf(instance: Instance, to: Ref): Set<TokenId> {
    const { heap, solver } = this.program;
    return new Set([...solver.tokens(instance.node(to))].filter(id => heap.get(id).type === 'Release'));
  }

  private mayBeCalledElsewhere(token: TokenId, instance: Instance): boolean {
    this.callers ??= this.findCallers();
    const callers = this.callers.get(token);
    return callers === null || [...(callers ?? [])].some(caller => caller !== instance);
  }

  private findCallers(): Map<TokenId, Set<Instance> | null> {
    const { heap, solver, instances } = this.program;
    const callers = new Map<TokenId, Set<Instance> | null>();
    for (const instance of instances.all) {
      const releasesIn = (ref: Ref): TokenId[] =>
        ref === NONE
          ? []
          : [...solver.tokens(instance.node(ref))].filter(id => heap.get(id).type === 'Release');
      instance.forEachOp(op => {
        for (const ref of handing(op)) for (const id of releasesIn(ref)) callers.set(id, null);
        if (op.op !== 'call' || op.field !== null) return;
        for (const id of releasesIn(op.base)) {
          const known = callers.get(id);
          if (known === undefined) callers.set(id, new Set([instance]));
          else known?.add(instance);
        }
      });
    }
    return callers;
  }

  /** The `await` of what the operation `index` gives; -1 if it does not come next. */
  private suspensionFor(instance: Instance, index: number, value: Ref): number {
    for (let next = index + 1; next <= index + 2; next++) {
      const op = instance.opAt(next);
      if (op?.op === 'suspend' && op.kind === 'await' && op.value === value) return next;
    }
    return -1;
  }

  private heldFrom(instance: Instance, entry: number, releases: ReadonlySet<TokenId>): Set<number> {
    const { blocks } = instance.fn;
    const mayRelease = (op: Op): boolean =>
      op.op === 'call' &&
      op.base !== NONE &&
      [...this.program.solver.tokens(instance.node(op.base))].some(id => releases.has(id));
    const firstOp = firstOperations(blocks);
    const atStart = blocks.map((_, block) => block !== ENTRY_BLOCK);
    const held = new Set<number>();
    for (let changed = true; changed; ) {
      changed = false;
      held.clear();
      const arrive = (block: number, isHeld: boolean): void => {
        if (isHeld || !atStart[block]) return;
        atStart[block] = false;
        changed = true;
      };
      blocks.forEach(({ ops, next, handler }, block) => {
        let isHeld = atStart[block] as boolean;
        // An exception may leave from anywhere in the block.
        let thrown = isHeld;
        ops.forEach((op, i) => {
          const index = (firstOp[block] as number) + i;
          if (isHeld) held.add(index);
          if (index === entry) isHeld = true;
          else if (mayRelease(op)) isHeld = false;
          thrown &&= isHeld;
        });
        for (const target of next) arrive(target, isHeld);
        if (handler >= 0) arrive(handler, thrown);
      });
    }
    return held;
  }
}

/** Where the values of an operation may go that others come by. */
function handing(op: Op): Ref[] {
  switch (op.op) {
    case 'call':
    case 'react':
      return op.args;
    case 'store':
      return [op.from];
    case 'return':
      return [op.value];
    case 'opaque':
      return op.refs;
    default:
      return [];
  }
}
