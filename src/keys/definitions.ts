/**
 * Where the slots of a function get their values, for those that get them in one place.
 */
import { type FunctionIR, type Op, type Ref, type StatementIR, slotOf, upOf } from '../ir/ir.js';

export interface Definitions {
  /** By slot: the one operation that gives it its value. */
  bySlot: ReadonlyMap<number, Op>;
  /** By operation: its index in the function. */
  indices: ReadonlyMap<Op, number>;
}

const known = new WeakMap<FunctionIR, Definitions>();

export function definitionsOf(fn: FunctionIR): Definitions {
  let found = known.get(fn);
  if (!found) {
    found = findDefinitions(fn);
    known.set(fn, found);
  }
  return found;
}

function findDefinitions(fn: FunctionIR): Definitions {
  const bySlot = new Map<number, Op>();
  const indices = new Map<Op, number>();
  const several = new Set<number>();
  let index = 0;
  for (const { ops } of fn.blocks)
    for (const op of ops) {
      indices.set(op, index++);
      const to: Ref | undefined = 'to' in op && op.op !== 'spread' ? op.to : undefined;
      if (to === undefined || to < 0 || upOf(to) > 0) continue;
      if (bySlot.has(slotOf(to))) several.add(slotOf(to));
      bySlot.set(slotOf(to), op);
    }
  for (const slot of several) bySlot.delete(slot);
  return { bySlot, indices };
}

/** The innermost statement around an offset; nothing for those of parameters. */
export function statementOf(fn: FunctionIR, at: number): StatementIR | undefined {
  // Inner statements come after those around them.
  return fn.statements.findLast(({ start, end }) => start <= at && at < end);
}
