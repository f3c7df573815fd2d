/**
 * Where the slots of a function get their values.
 */
import { type FunctionIR, type Op, type Ref, type StatementIR, slotOf, upOf } from './ir.js';

export interface Definitions {
  /** By slot: the operations that give it a value. */
  all: ReadonlyMap<number, readonly Op[]>;
  /** By slot: the operation that does if there is only one. */
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
  const all = new Map<number, Op[]>();
  const indices = new Map<Op, number>();
  let index = 0;
  for (const { ops } of fn.blocks)
    for (const op of ops) {
      indices.set(op, index++);
      const to: Ref | undefined = 'to' in op && op.op !== 'spread' ? op.to : undefined;
      if (to === undefined || to < 0 || upOf(to) > 0) continue;
      const others = all.get(slotOf(to));
      if (others) others.push(op);
      else all.set(slotOf(to), [op]);
    }
  const bySlot = new Map<number, Op>();
  for (const [slot, ops] of all) if (ops.length === 1) bySlot.set(slot, ops[0] as Op);
  return { all, bySlot, indices };
}

/** The innermost statement around an offset; nothing for those of parameters. */
export function statementOf(fn: FunctionIR, at: number): StatementIR | undefined {
  // Inner statements come after those around them.
  return fn.statements.findLast(({ start, end }) => start <= at && at < end);
}
