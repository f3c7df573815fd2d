/**
 * Made: what has an object in a field when the expression is over that makes it?
 *
 * A literal puts it there itself, or copies it from another object: `{ ...draft, number }`. A constructor assigns it.
 */
import {
  type CallOp,
  ELEMENT,
  ENTRY_BLOCK,
  type Field,
  type FunctionIR,
  type Op,
  PROTO,
  type Ref,
  refOf,
  THIS_SLOT,
  type Value,
} from '../ir/ir.js';

/** What makes an object: a literal, or a call of a class. */
export type Maker = Extract<Op, { op: 'alloc' }> | CallOp;

export interface Contents {
  /** What is put into the field; null if nothing is. */
  stored: { ref: Ref; value: Value | null } | null;
  /** The objects that are copied afterwards, which may have such a field. */
  spread: readonly Ref[];
}

/** @returns null if that is not known */
export function contentsOfLiteral(fn: FunctionIR, made: Ref, field: Field): Contents | null {
  let found: Contents | null = { stored: null, spread: [] };
  // Nothing in a literal is evaluated twice, and the parts of it come in the order of the source.
  for (const { ops } of fn.blocks)
    for (const op of ops) {
      if (op.op === 'spread' && op.to === made)
        found = op.isRest || found === null ? null : { ...found, spread: [...found.spread, op.from] };
      if (op.op !== 'store' || op.base !== made) continue;
      // What the prototype has is no part of what is copied.
      if (op.field === PROTO || !op.init) return null;
      if (op.field === ELEMENT) found = null;
      else if (op.field === field) found = { stored: storedBy(fn, op), spread: [] };
    }
  return found;
}

/** The same of `new`, by the constructor that it runs. */
export function contentsOfNew(fn: FunctionIR, field: Field): Contents | null {
  const self = refOf(0, THIS_SLOT);
  let found: Contents | null = null;
  for (const [index, { ops }] of fn.blocks.entries())
    for (const op of ops) {
      if (op.op !== 'store' || op.base !== self || !op.init) continue;
      if (op.field !== field && op.field !== ELEMENT) continue;
      // Whatever else the constructor does, it begins with this block.
      if (found !== null || op.field !== field || index !== ENTRY_BLOCK) return null;
      found = { stored: storedBy(fn, op), spread: [] };
    }
  return found;
}

const storedBy = (fn: FunctionIR, op: Extract<Op, { op: 'store' }>): Contents['stored'] => ({
  ref: op.from,
  value: fn.values.get(op)?.[1] ?? null,
});

/** Whether objects may have a field of that name that is not their own: what `Object.prototype` has. */
export const isInherited = (field: Field): boolean => field in Object.prototype;
