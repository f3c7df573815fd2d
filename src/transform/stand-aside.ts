/**
 * Waits for other tasks: `await reply` becomes `await _standAside(reply)`, which gives up meanwhile what the running task holds.
 */
import type { NodePath } from '@babel/traverse';
import type { AwaitExpression } from '@babel/types';
import { placedAt, type Rewriting } from './rewriting.js';

/** Lets the running task stand aside during the `await` at `path`. */
export function standAside({ types, runtime }: Rewriting, path: NodePath): void {
  const awaiting = path.node as AwaitExpression;
  const { argument } = awaiting;
  const callee = placedAt(runtime.reference('standAside'), argument);
  awaiting.argument = placedAt(types.callExpression(callee, [argument]), argument);
}
