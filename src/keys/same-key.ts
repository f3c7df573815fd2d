/**
 * Do two operations of one activation mean the same key?
 */

import { definitionsOf } from '../ir/definitions.js';
import { type FunctionIR, type Op, slotOf, upOf, type Value } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import type { Operand } from './operand.js';
import { reachesAgain } from './order.js';

export function isSameKey(fn: FunctionIR, one: Operand, other: Operand): boolean {
  const [first, second] = [meaningOf(one), meaningOf(other)];
  return first !== null && second !== null && isSameValue(fn, first, second);
}

const meaningOf = ({ ref, value }: Operand): Value | null => (ref < 0 ? value : { is: 'variable', ref });

function isSameValue(fn: FunctionIR, one: Value, other: Value): boolean {
  if (one.is === 'constant') return other.is === 'constant' && one.value === other.value;
  if (one.is === 'variable') return other.is === 'variable' && one.ref === other.ref && isFixed(fn, one.ref);
  return (
    one.is === 'text' &&
    other.is === 'text' &&
    one.strings.join('\0') === other.strings.join('\0') &&
    one.parts.every((part, i) => isSameValue(fn, part, other.parts[i] as Value))
  );
}

/** Whether a variable has one value for as long as the function runs. */
export function isFixed(fn: FunctionIR, ref: number): boolean {
  const slot = slotOf(ref);
  const variable = variableOf(fn, slot);
  if (upOf(ref) > 0 || variable?.isReassigned) return false;
  if (fn.params.includes(slot)) return fn.argumentsSlot < 0 || !fn.isSloppy;
  const { bySlot, indices } = definitionsOf(fn);
  const { value } = variable ?? {};
  if (value?.is === 'constant') return true;
  const made: Op | undefined = value?.is === 'result' ? value.op : bySlot.get(slot);
  const index = made && indices.get(made);
  return index !== undefined && !reachesAgain(fn, index, new Set());
}
