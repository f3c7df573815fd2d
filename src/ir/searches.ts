/**
 * Searches by syntax: code that looks for the elements of a list of which a property equals something.
 *
 * `list.find(x => x.id === id)` asks a predicate of each element, `for (const x of list) if (x.id === id) ...` does the
 * same in a loop. What matters is that nothing else is done with elements that do not match, so that nothing is known of them
 * afterwards, not even how many there are. What is compared is evaluated for each of them, and so must do nothing.
 */
import type * as t from '@babel/types';
import type { FunctionBuilder } from './function-builder.js';
import type { Equality, Op } from './ir.js';

type Iteration = t.ForInStatement | t.ForOfStatement;

/** What a function gives nothing for, unless it holds; to be asked for when its body has been lowered. */
export function predicateOf(inner: FunctionBuilder, body: t.BlockStatement | t.Expression): Equality | null {
  const { isAsync, isGenerator } = inner.traits;
  // The position of an element, or the list, is more than the element.
  if (inner.params.length !== 1 || inner.rest >= 0 || inner.argumentsSlot >= 0) return null;
  if (isAsync || isGenerator) return null;
  return equalityIn(inner, valueIn(body), '===', '&&');
}

function valueIn(body: t.BlockStatement | t.Expression): t.Node | null | undefined {
  if (body.type !== 'BlockStatement') return body;
  const [only] = body.body;
  return body.body.length === 1 && only?.type === 'ReturnStatement' ? only.argument : null;
}

/** Notes what holds in the body of a loop for the element that `each` gives; to be called when it has been lowered. */
export function noteLoopSearch(b: FunctionBuilder, node: Iteration, each: Op): void {
  if (node.type !== 'ForOfStatement' || node.left.type !== 'VariableDeclaration') return;
  const { kind, declarations } = node.left;
  // A pattern reads more of all elements. A `var` keeps the last one.
  if ((kind !== 'const' && kind !== 'let') || declarations[0]?.id.type !== 'Identifier') return;
  const equality = guardOf(b, node.body);
  if (equality) b.searches.set(each, equality);
}

/** The equality without which a body does nothing. */
function guardOf(b: FunctionBuilder, body: t.Statement): Equality | null {
  const statements = body.type === 'BlockStatement' ? body.body : [body];
  const [first] = statements;
  if (first?.type !== 'IfStatement' || first.alternate) return null;
  if (statements.length === 1) {
    const equality = equalityIn(b, first.test, '===', '&&');
    if (equality) return equality;
  }
  return isContinue(first.consequent) ? equalityIn(b, first.test, '!==', '||') : null;
}

function isContinue(node: t.Statement): boolean {
  if (node.type === 'BlockStatement')
    return node.body.length === 1 && isContinue(node.body[0] as t.Statement);
  return node.type === 'ContinueStatement' && !node.label;
}

/** The equality that is asked for first of all that a test consists of. */
function equalityIn(
  b: FunctionBuilder,
  test: t.Node | null | undefined,
  operator: '===' | '!==',
  joint: '&&' | '||',
): Equality | null {
  switch (test?.type) {
    case 'ParenthesizedExpression':
      return equalityIn(b, test.expression, operator, joint);
    case 'LogicalExpression':
      return test.operator === joint ? equalityIn(b, test.left, operator, joint) : null;
    case 'BinaryExpression':
      return test.operator === operator && isPlain(test.left) && isPlain(test.right)
        ? (b.equalities.get(test) ?? null)
        : null;
    default:
      return null;
  }
}

/** Whether evaluating an expression does nothing, as long as no accessor is called. */
function isPlain(node: t.Node): boolean {
  switch (node.type) {
    case 'Identifier':
    case 'ThisExpression':
    case 'StringLiteral':
    case 'NumericLiteral':
      return true;
    case 'MemberExpression':
    case 'OptionalMemberExpression':
      return !node.computed && isPlain(node.object);
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSNonNullExpression':
      return isPlain(node.expression);
    default:
      return false;
  }
}
