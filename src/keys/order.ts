/**
 * Order: what may run after what within one activation of a function?
 */
import { type FunctionIR, firstOperations } from '../ir/ir.js';

/** Whether control may come from the operation `index` to itself again without passing one of `barriers`. */
export function reachesAgain({ blocks }: FunctionIR, index: number, barriers: ReadonlySet<number>): boolean {
  const firstOps = firstOperations(blocks);
  const seen = new Set<number>();
  const pending: number[] = [];
  /** @returns whether the operation is among those from `from` on */
  const walk = (block: number, from: number): boolean => {
    const { ops, next, handler } = blocks[block] as (typeof blocks)[number];
    const first = firstOps[block] as number;
    // An exception may leave from any point of the block, before a barrier has had its effect.
    if (handler >= 0) pending.push(handler);
    for (let op = from; op < first + ops.length; op++) {
      if (op === index) return true;
      if (barriers.has(op)) return false;
    }
    pending.push(...next);
    return false;
  };
  const start = firstOps.findLastIndex(first => first <= index);
  if (walk(start, index + 1)) return true;
  for (let block = pending.pop(); block !== undefined; block = pending.pop()) {
    if (seen.has(block)) continue;
    seen.add(block);
    if (walk(block, firstOps[block] as number)) return true;
  }
  return false;
}
