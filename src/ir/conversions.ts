/**
 * Implicit conversions: where an operator wants a primitive and may get an object, which is asked by methods of it.
 *
 * `total + price` calls `price.valueOf`, `${ticket}` calls `ticket.toString`. Programs that define no such method need none of
 * this, and most operands are primitives without anything to tell it: operations for them would be a tenth of all.
 */
import type * as t from '@babel/types';
import type { FunctionBuilder } from './function-builder.js';
import { type Field, HAS_INSTANCE, NONE, type Ref, TO_PRIMITIVE } from './ir.js';

export const AS_TEXT: readonly Field[] = [TO_PRIMITIVE, 'toString'];
/** Also where it depends on the object: it is asked for its value first. */
export const AS_NUMBER: readonly Field[] = [TO_PRIMITIVE, 'valueOf', 'toString'];
const AS_CLASS: readonly Field[] = [HAS_INSTANCE];

const DEFINITION =
  /\b(?:toString|valueOf)\s*(?:\([^()]*\)\s*(?::[^{};]*)?\{|[:=](?!=))|['"`](?:toString|valueOf)['"`]|\bSymbol\.(?:toPrimitive|hasInstance)\b/;

/** Whether the text of a module may define a method that conversions call. */
export const mayDefineConversion = (code: string): boolean => DEFINITION.test(code);

/** An object among what `value` may be is converted at `node`. */
export function convert(b: FunctionBuilder, value: Ref, methods: readonly Field[], node: t.Node): void {
  emit(b, value, methods, NONE, node);
}

function emit(b: FunctionBuilder, value: Ref, methods: readonly Field[], arg: Ref, node: t.Node): void {
  if (b.module.convertsObjects && value !== NONE)
    b.emit({ op: 'convert', value, methods, arg, at: node.start ?? 0 });
}

/** What the operator of `node` does to its operands before it computes something. */
export function convertOperands(b: FunctionBuilder, node: t.BinaryExpression, left: Ref, right: Ref): void {
  switch (node.operator) {
    case '===':
    case '!==':
      return;
    case '==':
    case '!=':
      // Two objects are compared as they are, and nothing is asked when it is compared with `null`.
      if (isNothing(node.left) || isNothing(node.right)) return;
      break;
    case 'in':
      convert(b, left, AS_TEXT, node);
      return;
    case 'instanceof':
      emit(b, right, AS_CLASS, left, node);
      return;
  }
  convert(b, left, AS_NUMBER, node);
  convert(b, right, AS_NUMBER, node);
}

const isNothing = (node: t.Node): boolean =>
  node.type === 'NullLiteral' || (node.type === 'Identifier' && node.name === 'undefined');
