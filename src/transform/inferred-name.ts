/**
 * The name JavaScript gives an anonymous function because of where it stands: `const f = () => {}`,
 * `{ f: () => {} }`, `(cb = () => {}) => ...`, `class { f = () => {} }`, `export default () => {}`.
 *
 * As an argument of `schedule` it stands there no more, so the name has to be handed on.
 */
import type { NodePath } from '@babel/traverse';
import type { Node } from '@babel/types';
import { isTransparent, type Types } from './rewriting.js';

export type InferredName =
  | { kind: 'none' }
  /** Known when it is compiled. */
  | { kind: 'static'; name: string }
  /** The value of the computed key of this property or class field. */
  | { kind: 'computed'; owner: NodePath };

const NONE: InferredName = { kind: 'none' };

/** Which name, if any, the function at `path` gets from its place. */
export function inferredName(types: Types, path: NodePath): InferredName {
  if (!isAnonymousFunction(types, path.node)) return NONE;
  let named = path;
  // Parentheses and types are no part of the value: the name comes through them.
  while (named.parentPath && isTransparent(types, named.parentPath.node)) named = named.parentPath;
  const parent = named.parentPath;
  if (!parent) return NONE;
  const { node } = parent;
  if (types.isVariableDeclarator(node)) return staticName(types, node.id);
  if (types.isAssignmentPattern(node)) return named.key === 'right' ? staticName(types, node.left) : NONE;
  if (types.isAssignmentExpression(node)) {
    const names = ['=', '&&=', '||=', '??='].includes(node.operator) && named.key === 'right';
    return names && !node.left.extra?.parenthesized ? staticName(types, node.left) : NONE;
  }
  if (types.isExportDefaultDeclaration(node)) return { kind: 'static', name: 'default' };
  if (types.isObjectProperty(node) || types.isClassProperty(node)) {
    if (named.key !== 'value') return NONE;
    if (node.computed) return { kind: 'computed', owner: parent };
    const name = staticKey(types, node.key);
    // `{ __proto__: f }` sets the prototype and names nothing.
    return name === undefined || (types.isObjectProperty(node) && name === '__proto__')
      ? NONE
      : { kind: 'static', name };
  }
  if (types.isClassPrivateProperty(node)) return { kind: 'static', name: `#${node.key.id.name}` };
  return NONE;
}

/** The text of a property key that is written out, or undefined for a computed or private one. */
export function staticKey(types: Types, key: Node): string | undefined {
  if (types.isIdentifier(key)) return key.name;
  if (types.isStringLiteral(key)) return key.value;
  if (types.isNumericLiteral(key)) return String(key.value);
  if (types.isBigIntLiteral(key)) return String(BigInt(key.value));
  return undefined;
}

function staticName(types: Types, target: Node): InferredName {
  return types.isIdentifier(target) ? { kind: 'static', name: target.name } : NONE;
}

function isAnonymousFunction(types: Types, node: Node): boolean {
  let value = node;
  while (isTransparent(types, value)) value = value.expression;
  return types.isArrowFunctionExpression(value) || (types.isFunctionExpression(value) && !value.id);
}
