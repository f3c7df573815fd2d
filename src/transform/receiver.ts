/**
 * What a method is called on, when the call is rewritten to name it a second time: `o.m(x)` becomes
 * `<o.m, edited>.call(o, x)`.
 */
import type { NodePath } from '@babel/traverse';
import type { Expression, MemberExpression, OptionalMemberExpression } from '@babel/types';
import { placedAt, type Rewriting, temporaryFor } from './rewriting.js';

/**
 * Returns an expression for the object of `member` that may be evaluated after `member` has been. Anything
 * but a name or `this` is kept in a temporary that the member expression sets.
 * @param path the call
 */
export function repeatableReceiver(
  rewriting: Rewriting,
  path: NodePath,
  member: MemberExpression | OptionalMemberExpression,
): Expression {
  const { types } = rewriting;
  const { object } = member;
  if (types.isSuper(object) || types.isThisExpression(object)) return types.thisExpression();
  if (types.isIdentifier(object)) return types.cloneNode(object);
  const receiver = temporaryFor(path, object);
  member.object = placedAt(types.assignmentExpression('=', receiver, object), object);
  return types.cloneNode(receiver);
}
