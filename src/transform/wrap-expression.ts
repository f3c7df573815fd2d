/**
 * `wrap-expression`: `handler` becomes `_schedule("id", handler, { ... })`, where it stands.
 */
import type { NodePath } from '@babel/traverse';
import type { Expression, Node, ObjectExpression } from '@babel/types';
import type { PlannedHandler } from '../plan/plan.js';
import { inferredName } from './inferred-name.js';
import { needsOf } from './needs.js';
import { repeatableKey } from './property-key.js';
import { placedAt, type Rewriting } from './rewriting.js';

/** Wraps the expression at `path`, handing on the name that it is given by its place. */
export function wrapExpression(rewriting: Rewriting, path: NodePath, handler: PlannedHandler): void {
  const { types } = rewriting;
  const original = path.node as Expression;
  const { fn, name } = keepName(rewriting, path);
  path.replaceWith(scheduleCall(rewriting, handler, fn, needsOf(types, handler, name), original));
  if (path.parentPath && types.isObjectProperty(path.parentPath.node)) path.parentPath.node.shorthand = false;
}

/** The function at `path` as an argument of a call there, and the name that it gets from its place no more. */
export function keepName(rewriting: Rewriting, path: NodePath): { fn: Expression; name: string | undefined } {
  const { types } = rewriting;
  const original = path.node as Expression;
  const name = inferredName(types, path);
  if (name.kind !== 'computed') return { fn: original, name: name.kind === 'static' ? name.name : undefined };
  // The name is known only when the key is, and may come from a symbol: the language gives it to the
  // function as a property of a literal, exactly as it would have at the author's place.
  const key = repeatableKey(rewriting, name.owner);
  const literal = types.objectExpression([types.objectProperty(key(), original, true)]);
  return { fn: types.memberExpression(literal, key(), true), name: undefined };
}

/** `_schedule("id", fn, needs)`, placed at `original` in the source map. */
export function scheduleCall(
  rewriting: Rewriting,
  handler: PlannedHandler,
  fn: Expression,
  needs: ObjectExpression,
  original: Node,
): Expression {
  const { types } = rewriting;
  const callee = placedAt(rewriting.runtime.reference('schedule'), original);
  return placedAt(types.callExpression(callee, [types.stringLiteral(handler.id), fn, needs]), original);
}
