/**
 * Writes of variables that no other function can see yet.
 *
 * `function open(options) { options = options ?? {}; return { read: () => options.path }; }` writes a variable that another function
 * uses, but when that function is made, it is over. Nobody else can come in between, as with the value that a declaration
 * gives, and so it is none of the accesses that tasks can conflict by.
 *
 * A variable is *published* where a function that uses it is made, or one that uses such a function. Declared functions are there
 * from the start; they are published where their name is first used.
 */
import { type FunctionIR, NONE, type Op, type Ref, slotOf, upOf } from './ir.js';

/** Calls `use` for the slots that an operation uses. */
type UsesOf = (op: Op, use: (ref: Ref) => void) => void;

/**
 * Those of the writes in a function, all of variables of its own, that none of its functions can have seen before.
 * @param isCandidate which writes are asked for
 */
export function writesBeforePublishing(
  fn: FunctionIR,
  functions: readonly FunctionIR[],
  isCandidate: (op: Op) => boolean,
  usesOf: UsesOf,
): Set<Op> {
  const before = new Set<Op>();
  if (fn.form === 'module') return before;
  const writes = new Map<number, Op[]>();
  for (const { ops } of fn.blocks)
    for (const op of ops) {
      if (op.op === 'opaque') return new Set();
      if (op.op !== 'variable' || !op.write || upOf(op.ref) > 0 || !isCandidate(op)) continue;
      writes.set(slotOf(op.ref), [...(writes.get(slotOf(op.ref)) ?? []), op]);
    }
  if (writes.size === 0) return before;
  const uses = usedByInner(fn, functions, usesOf);
  if (uses === null) return before;
  for (const [slot, ops] of writes) {
    if (![...uses.values()].some(slots => slots.has(slot))) continue;
    const publishing = publishingOf(fn, slot, uses, usesOf);
    const late = reachedAfter(fn, op => publishing.has(op));
    for (const op of ops) if (!late.has(op)) before.add(op);
  }
  return before;
}

/** By function made in `fn`: the slots of `fn` that are used in it, however deep; null if that is not known. */
function usedByInner(
  fn: FunctionIR,
  functions: readonly FunctionIR[],
  usesOf: UsesOf,
): Map<number, Set<number>> | null {
  const uses = new Map<number, Set<number>>();
  for (const inner of functions) {
    let depth = 1;
    let child = inner;
    while (child.parent >= 0 && child.parent !== fn.index) {
      child = functions[child.parent] as FunctionIR;
      depth++;
    }
    if (child.parent !== fn.index) continue;
    const slots = uses.get(child.index) ?? new Set<number>();
    uses.set(child.index, slots);
    for (const { ops } of inner.blocks)
      for (const op of ops) {
        if (op.op === 'opaque') return null;
        usesOf(op, ref => {
          if (ref !== NONE && upOf(ref) === depth) slots.add(slotOf(ref));
        });
      }
  }
  return uses;
}

/** The operations by which somebody may get a function that uses the variable. */
function publishingOf(
  fn: FunctionIR,
  slot: number,
  uses: ReadonlyMap<number, ReadonlySet<number>>,
  usesOf: UsesOf,
): Set<Op> {
  const closures = fn.blocks.flatMap(({ ops }) => ops.filter(op => op.op === 'closure'));
  const isNamed = (to: number): boolean =>
    fn.variables.some(variable => variable.slot === to && !variable.isReassigned);
  // What uses the variable, and what uses a declared function that does.
  const slots = new Set([slot]);
  const publishing = new Set<Op>();
  for (const used of slots)
    for (const op of closures) {
      if (!uses.get(op.fn)?.has(used)) continue;
      if (upOf(op.to) === 0 && isNamed(slotOf(op.to))) slots.add(slotOf(op.to));
      else publishing.add(op);
    }
  slots.delete(slot);
  for (const { ops } of fn.blocks)
    for (const op of ops)
      usesOf(op, ref => {
        if (ref !== NONE && upOf(ref) === 0 && slots.has(slotOf(ref))) publishing.add(op);
      });
  return publishing;
}

/** All operations that may run after one of some. */
function reachedAfter(fn: FunctionIR, isStart: (op: Op) => boolean): Set<Op> {
  const after = new Set<Op>();
  const entered = new Set<number>();
  const leave = ({ next, handler }: FunctionIR['blocks'][number]): void => {
    for (const target of next) entered.add(target);
    if (handler >= 0) entered.add(handler);
  };
  for (const block of fn.blocks) {
    const start = block.ops.findIndex(isStart);
    if (start < 0) continue;
    for (const op of block.ops.slice(start + 1)) after.add(op);
    leave(block);
  }
  for (const index of entered) {
    const block = fn.blocks[index];
    if (!block) continue;
    for (const op of block.ops) after.add(op);
    leave(block);
  }
  return after;
}
