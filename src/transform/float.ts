/**
 * `float`: a promise that nobody awaits. `save(cart);` becomes `_floating(save(cart));`, which lets the
 * running task last until the promise has settled.
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
