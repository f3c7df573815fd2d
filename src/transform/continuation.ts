/**
 * Callbacks by which a task goes on.
 *
 * - `continuation`: `readFile(path, done)` becomes `readFile(path, _continuation(done))`, which lets the running task last
 *   until it has been called
 * - `belonging`: `bus.once('done', resolve)` becomes `bus.once('done', _belonging(resolve))`, as the task lasts anyway
 */
import type { NodePath } from '@babel/traverse';
import type { Expression } from '@babel/types';
import { placedAt, type Rewriting } from './rewriting.js';
import { keepName } from './wrap-expression.js';

/**
 * Ties the callback at `path` to the running task.
 * @param isAlternative one of this callback and those before it in the same call is called
 */
export function continueIn(rewriting: Rewriting, path: NodePath, isAlternative: boolean): void {
  tie(rewriting, path, 'continuation', isAlternative);
}

/** Lets the callback at `path` find the running task. */
export function belongTo(rewriting: Rewriting, path: NodePath): void {
  tie(rewriting, path, 'belonging', false);
}

function tie(
  rewriting: Rewriting,
  path: NodePath,
  by: 'continuation' | 'belonging',
  isAlternative: boolean,
): void {
  const { types, runtime } = rewriting;
  const callback = path.node as Expression;
  const { fn, name } = keepName(rewriting, path);
  const callee = placedAt(runtime.reference(by), callback);
  const property = (key: string, value: Expression) => types.objectProperty(types.identifier(key), value);
  const options = [
    ...(isAlternative ? [property('isAlternative', types.booleanLiteral(true))] : []),
    ...(name === undefined ? [] : [property('name', types.stringLiteral(name))]),
  ];
  const args = options.length > 0 ? [fn, types.objectExpression(options)] : [fn];
  path.replaceWith(placedAt(types.callExpression(callee, args), callback));
  if (path.parentPath && types.isObjectProperty(path.parentPath.node)) path.parentPath.node.shorthand = false;
}
