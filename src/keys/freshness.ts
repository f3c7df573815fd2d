/**
 * Fresh keys: an entry whose key a task has just made is its own, as nobody else can name it yet.
 *
 * A task that makes an account under a new id conflicts with no other account, and need not hold the id: until the
 * segment is over in which the id was made, no other code runs. Whoever accesses the entry has learnt of it later, so that
 * all it holds it holds after the task has taken all that it needs: the order of the two is the same everywhere.
 */
import { callersOf, reachedFrom } from '../conflicts/footprint.js';
import type { Instance } from '../effects/instances.js';
import { definitionsOf } from '../ir/definitions.js';
import { firstOperations, type Op } from '../ir/ir.js';

/** Whether no suspension lies between an operation of `maker` and any operation with the index `operation` in `user`. */
export function isInOneSegment(
  maker: Instance,
  made: Op,
  user: Instance,
  operation: number,
  reached: ReadonlySet<Instance>,
): boolean {
  const start = definitionsOf(maker.fn).indices.get(made);
  if (start === undefined) return false;
  if (user === maker) return !maySuspendBetween(maker, start, new Set([operation]));
  // All functions of the task that may come to run `user`.
  const leading = reachedFrom([user], callersOf([...reached]));
  const isLeading = (target: Instance): boolean => leading.has(target);
  const calls = new Set<number>();
  for (const [index, { targets, callbacks, later }] of maker.calls) {
    if (later.some(isLeading)) return false;
    if (targets.some(isLeading) || callbacks.some(isLeading)) calls.add(index);
  }
  return isCalledAtOnce(maker, leading) && !maySuspendBetween(maker, start, calls);
}

/** Whether everything between `maker` and the last of `leading` runs in the segment in which it is called. */
function isCalledAtOnce(maker: Instance, leading: ReadonlySet<Instance>): boolean {
  const between = new Set<Instance>();
  const visit = (instance: Instance): boolean => {
    for (const target of instance.runs) {
      if (!leading.has(target) || between.has(target)) continue;
      between.add(target);
      if (target === maker || target.fn.isAsync || target.fn.isGenerator) return false;
      for (const record of target.calls.values())
        for (const later of record.later) if (leading.has(later)) return false;
      if (!visit(target)) return false;
    }
    return true;
  };
  return visit(maker);
}

/** Whether control may suspend after the operation `start` and then come to one of `targets`. */
function maySuspendBetween({ fn }: Instance, start: number, targets: ReadonlySet<number>): boolean {
  const { blocks } = fn;
  const firstOps = firstOperations(blocks);
  /** By block, whether control has come there before and after a suspension. */
  const seen = blocks.map(() => [false, false]);
  let found = false;
  const walk = (block: number, from: number, before: boolean): void => {
    const { ops, next, handler } = blocks[block] as (typeof blocks)[number];
    let isSuspended = before;
    for (let i = from; i < ops.length; i++) {
      if (isSuspended && targets.has((firstOps[block] as number) + i)) found = true;
      if (ops[i]?.op === 'suspend') isSuspended = true;
    }
    // An exception may leave from any point of the block.
    if (handler >= 0 && before !== isSuspended) pass(handler, before);
    for (const target of handler >= 0 ? [...next, handler] : next) pass(target, isSuspended);
  };
  const pass = (target: number, isSuspended: boolean): void => {
    const known = seen[target] as boolean[];
    if (found || known[Number(isSuspended)]) return;
    known[Number(isSuspended)] = true;
    walk(target, 0, isSuspended);
  };
  const block = firstOps.findLastIndex(first => first <= start);
  walk(block, start - (firstOps[block] as number) + 1, false);
  return found;
}
