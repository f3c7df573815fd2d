/**
 * What is known of the values that have no slot, as far as it can name the entry of a container that is meant.
 *
 * Primitives leave no trace among the operations. But the key of a map is one as a rule, so where an operation takes
 * something as a key, or hands something on that may be one later, it is noted what that is.
 */
import type * as t from '@babel/types';
import type { FunctionBuilder } from './function-builder.js';
import { NONE, type Ref, type Value } from './ir.js';
import type { Scope } from './scope.js';

/**
 * The value of an expression that has just been lowered.
 * @param ref what lowering it gave
 */
export function knownValue(b: FunctionBuilder, scope: Scope, node: t.Node, ref: Ref): Value | null {
  switch (node.type) {
    case 'Identifier': {
      const binding = scope.find(node.name);
      return binding && !binding.property
        ? { is: 'variable', ref: b.refTo(binding.owner, binding.slot) }
        : null;
    }
    case 'StringLiteral':
      return { is: 'constant', value: node.value };
    case 'NumericLiteral':
      return { is: 'constant', value: node.value };
    case 'TemplateLiteral':
    case 'BinaryExpression':
      return b.texts.get(node) ?? null;
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
      return knownValue(b, scope, node.expression, ref);
    default: {
      const op = ref === NONE ? undefined : b.maker(ref);
      return op ? { is: 'result', op } : null;
    }
  }
}

/** `a + b`, where one of the two is a text: what a template with both would give. */
export function sumOf(left: Value | null, right: Value | null): Value | null {
  if (left === null || right === null || !(isText(left) || isText(right))) return null;
  return { is: 'text', strings: ['', '', ''], parts: [left, right] };
}

const isText = (value: Value): boolean =>
  value.is === 'text' || (value.is === 'constant' && typeof value.value === 'string');
