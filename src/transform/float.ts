/**
 * Promises that nobody awaits, which let the running task last until they have settled.
 *
 * - `float`: `save(cart);` becomes `_floating(save(cart));`
 * - `float-results`: `carts.forEach(save)` becomes `carts.forEach(_floatingResults(save))`
 */
import type { NodePath } from '@babel/traverse';
import type { Expression } from '@babel/types';
import { isContinued, openChain } from './optional-chain.js';
import { placedAt, type Rewriting } from './rewriting.js';

/** Hands the value of the expression at `path` to the running task. */
export function floatExpression(rewriting: Rewriting, path: NodePath): void {
  const { types, runtime } = rewriting;
  if (isContinued(rewriting, path)) openChain(rewriting, path);
  const promise = path.node as Expression;
  const callee = placedAt(runtime.reference('floating'), promise);
  path.replaceWith(placedAt(types.callExpression(callee, [promise]), promise));
}

/** Hands what the callback at `path` returns to the running task, whenever it is called. */
export function floatResults({ types, runtime }: Rewriting, path: NodePath): void {
  const callback = path.node as Expression;
  const callee = placedAt(runtime.reference('floatingResults'), callback);
  path.replaceWith(placedAt(types.callExpression(callee, [callback]), callback));
}
