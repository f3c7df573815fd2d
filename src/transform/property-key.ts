/**
 * Computed keys. What replaces a method needs its key a second time, but the author's expression and its
 * conversion to a property key must run once, and where the author wrote them.
 */
import type { NodePath } from '@babel/traverse';
import type { Expression } from '@babel/types';
import type { Rewriting } from './rewriting.js';

/**
 * Makes the computed key of the property, method or class field at `owner` repeatable, and returns what
 * makes further references to it: `[key()]` becomes `[_key = _propertyKey(key())]`, later `_key`.
 */
export function repeatableKey(rewriting: Rewriting, owner: NodePath): () => Expression {
  const { types } = rewriting;
  const key = owner.get('key') as NodePath;
  const expression = key.node as Expression;
  if (isConstantKey(rewriting, key)) return () => types.cloneNode(expression);
  // A method is a scope of its own; its key belongs to the one around it.
  const { scope } = owner.parentPath as NodePath;
  const temporary = scope.generateDeclaredUidIdentifier('key');
  const converted = types.callExpression(rewriting.runtime.reference('propertyKey'), [expression]);
  key.replaceWith(types.assignmentExpression('=', temporary, converted));
  return () => types.cloneNode(temporary);
}

/** Literals, and the well-known symbols, of which `[Symbol.asyncIterator]` is the usual computed key. */
function isConstantKey({ types }: Rewriting, key: NodePath): boolean {
  const { node } = key;
  if (types.isStringLiteral(node) || types.isNumericLiteral(node)) return true;
  return (
    types.isMemberExpression(node) &&
    !node.computed &&
    types.isIdentifier(node.object, { name: 'Symbol' }) &&
    !key.scope.hasBinding('Symbol', true)
  );
}
