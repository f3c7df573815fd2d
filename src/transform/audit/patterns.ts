/** What destructuring patterns read: of what they take apart, and of what they find there. */
import type { NodePath } from '@babel/traverse';
import type {
  BlockStatement,
  Expression,
  Function as FunctionNode,
  Identifier,
  Node,
  Pattern,
  VariableDeclarator,
} from '@babel/types';
import { type Auditing, placeOf } from './auditing.js';
import type { Change } from './instrument.js';

/** What a pattern reads, as an expression that the audit is handed; nothing if that is not known or nothing. */
export function shapeOf(auditing: Auditing, pattern: Node): Expression | null {
  const { types } = auditing;
  if (types.isAssignmentPattern(pattern)) return shapeOf(auditing, pattern.left);
  const parts: Expression[] = [];
  const part = (key: string | null, { place, value }: { place: Node; value: Node }): void => {
    const inner = types.isPattern(value) ? shapeOf(auditing, value) : null;
    const name = key === null ? types.nullLiteral() : types.stringLiteral(key);
    parts.push(types.arrayExpression([name, types.stringLiteral(placeOf(place)), ...(inner ? [inner] : [])]));
  };
  if (types.isObjectPattern(pattern))
    for (const property of pattern.properties) {
      if (types.isRestElement(property)) part(null, { place: property, value: property.argument });
      else {
        const { key, computed } = property;
        const name =
          types.isIdentifier(key) && !computed ? key.name : types.isStringLiteral(key) ? key.value : null;
        if (name !== null) part(name, { place: property, value: property.value });
      }
    }
  else if (types.isArrayPattern(pattern))
    for (const [index, element] of pattern.elements.entries())
      if (element && types.isRestElement(element)) part(null, { place: element, value: element.argument });
      else if (element) part(String(index), { place: element, value: element });
  return parts.length === 0 ? null : types.arrayExpression(parts);
}

/** `const { left } = shelf` */
export function findDeclarator(auditing: Auditing, path: NodePath<VariableDeclarator>): Change | null {
  const { types } = auditing;
  const { id, init } = path.node;
  if (!init || !types.isPattern(id)) return null;
  const shape = shapeOf(auditing, id);
  if (!shape) return null;
  return () => {
    path.node.init = auditing.call('pattern', [path.node.init as Expression, shape], init);
  };
}

/** `({ left }) => ...`: what it was called with is looked at when the function begins. */
export function findParameters(auditing: Auditing, path: NodePath<FunctionNode>): Change | null {
  const { types } = auditing;
  const { params } = path.node;
  const patterns = params.flatMap((param, index) => {
    const shape = types.isPattern(param) ? shapeOf(auditing, param) : null;
    return shape ? [{ index, shape, param: param as Pattern }] : [];
  });
  if (patterns.length === 0) return null;
  if (!types.isArrowFunctionExpression(path.node))
    return () => {
      const given = (index: number): Expression =>
        types.memberExpression(types.identifier('arguments'), types.numericLiteral(index), true);
      for (const { index, shape, param } of patterns)
        addFirst(
          auditing,
          path,
          types.expressionStatement(auditing.call('pattern', [given(index), shape], param)),
        );
    };
  // An arrow function has no `arguments`, so the pattern moves into the body, unless a later parameter might use its names.
  const [only, ...others] = patterns;
  if (!only || others.length > 0 || only.index !== params.length - 1 || declaresAgain(path, only.param))
    return null;
  return () => {
    const { node } = path;
    const id = path.scope.generateUidIdentifier('given');
    const { param } = only;
    const isDefaulted = types.isAssignmentPattern(param);
    node.params[only.index] = isDefaulted ? types.assignmentPattern(id, param.right) : id;
    const taken = auditing.call('pattern', [types.cloneNode(id), only.shape], param);
    const pattern = (isDefaulted ? param.left : param) as Identifier;
    addFirst(auditing, path, types.variableDeclaration('let', [types.variableDeclarator(pattern, taken)]));
  };
}

/** Whether the body declares a name of the pattern as a `var` or function of its own. */
function declaresAgain(path: NodePath<FunctionNode>, pattern: Pattern): boolean {
  const { start, end } = pattern;
  return Object.values(path.scope.bindings).some(({ identifier, constantViolations }) => {
    const isOfPattern = (identifier.start ?? -1) >= (start ?? 0) && (identifier.end ?? 0) <= (end ?? 0);
    return (
      isOfPattern && constantViolations.some(at => at.isVariableDeclarator() || at.isFunctionDeclaration())
    );
  });
}

/** Puts a statement first in a function, whose body is given braces if it has none. */
export function addFirst(auditing: Auditing, path: NodePath<FunctionNode>, statement: Node): void {
  bodyOf(auditing, path.node).body.unshift(statement as BlockStatement['body'][number]);
}

/** The body of a function in braces. */
export function bodyOf({ types }: Auditing, fn: FunctionNode): BlockStatement {
  const { body } = fn;
  if (types.isBlockStatement(body)) return body;
  const block = types.blockStatement([types.returnStatement(body as Expression)]);
  (fn as { body: Node }).body = block;
  if (types.isArrowFunctionExpression(fn)) fn.expression = false;
  return block;
}
