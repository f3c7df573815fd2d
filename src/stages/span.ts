/** The midst of a function's accesses: what may come after one of them and before another. */
import { ENTRY_BLOCK, type FunctionIR, firstOperations } from '../ir/ir.js';

export interface Span {
  /** Operations that one access, at least, may come before, and one after. */
  inside: ReadonlySet<number>;
  /** Operations that make accesses and come, on every path, before and after none but their own. */
  sole: ReadonlySet<number>;
}

/** @param touching the operations that access something, themselves or in what they call */
export function spanOf(fn: FunctionIR, touching: ReadonlySet<number>): Span {
  const before = mayFollow(fn, touching);
  const after = mayPrecede(fn, touching);
  const inside = new Set<number>();
  const sole = new Set<number>();
  for (let index = 0; index < fn.opCount; index++) {
    const isTouching = touching.has(index);
    const isAlone = !before.has(index) && !after.has(index);
    if (isTouching && isAlone) sole.add(index);
    // Of its own accesses it is not known whether they come first.
    else if (isTouching || (before.has(index) && after.has(index))) inside.add(index);
  }
  return { inside, sole };
}

/** Whether a function comes to an operation on no path without having suspended. */
export function comesBehindSuspension({ blocks }: FunctionIR, operation: number): boolean {
  const firstOp = firstOperations(blocks);
  const seen = new Set([ENTRY_BLOCK]);
  for (const block of seen) {
    const { ops, next, handler } = blocks[block] as FunctionIR['blocks'][number];
    const first = firstOp[block] as number;
    const end = ops.findIndex(op => op.op === 'suspend' && op.kind === 'await');
    const until = end < 0 ? first + ops.length : first + end;
    if (operation >= first && operation < until) return false;
    // An exception may leave from any point of the block, before it suspends.
    for (const target of handler >= 0 ? [handler] : []) seen.add(target);
    if (end < 0) for (const target of next) seen.add(target);
  }
  return true;
}

/** The operations that may come after one of `marked`. */
function mayFollow({ blocks }: FunctionIR, marked: ReadonlySet<number>): Set<number> {
  const firstOp = firstOperations(blocks);
  const come = blocks.map(() => false);
  const found = new Set<number>();
  for (let changed = true; changed; ) {
    changed = false;
    blocks.forEach(({ ops, next, handler }, b) => {
      let hasCome = come[b] as boolean;
      ops.forEach((_, i) => {
        const index = (firstOp[b] as number) + i;
        if (hasCome) found.add(index);
        if (marked.has(index)) hasCome = true;
      });
      for (const target of handler >= 0 ? [...next, handler] : next) {
        if (come[target] || !hasCome) continue;
        come[target] = true;
        changed = true;
      }
    });
  }
  return found;
}

/** The operations that may come before one of `marked`. */
function mayPrecede({ blocks }: FunctionIR, marked: ReadonlySet<number>): Set<number> {
  const firstOp = firstOperations(blocks);
  const comes = blocks.map(() => false);
  const found = new Set<number>();
  for (let changed = true; changed; ) {
    changed = false;
    for (let b = blocks.length - 1; b >= 0; b--) {
      const { ops, next, handler } = blocks[b] as FunctionIR['blocks'][number];
      const isCaught = handler >= 0 && comes[handler] === true;
      let later = isCaught || next.some(target => comes[target]);
      for (let i = ops.length - 1; i >= 0; i--) {
        const index = (firstOp[b] as number) + i;
        if (later) found.add(index);
        if (marked.has(index)) later = true;
      }
      if (later === comes[b]) continue;
      comes[b] = later;
      changed = true;
    }
  }
  return found;
}
