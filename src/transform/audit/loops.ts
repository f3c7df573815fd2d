/** Loops over what containers hold: they read them at each step, and give what they find to names or patterns. */
import type { NodePath } from '@babel/traverse';
import type { Expression, ForInStatement, ForOfStatement, LVal, Statement } from '@babel/types';
import { type Auditing, suspends } from './auditing.js';
import type { Change } from './instrument.js';
import { targetsOf } from './members.js';
import { shapeOf } from './patterns.js';
import type { Variables } from './variables.js';

export function findLoop(
  auditing: Auditing,
  variables: Variables,
  path: NodePath<ForOfStatement | ForInStatement>,
): Change {
  const { types } = auditing;
  const { left, body } = path.node;
  const method = types.isForInStatement(path.node) ? 'copied' : 'iterated';
  const target = types.isVariableDeclaration(left) ? left.declarations[0]?.id : left;
  const shape = target && types.isPattern(target) ? shapeOf(auditing, target) : null;
  // A declaration brings its names into being.
  const assigned = types.isVariableDeclaration(left) ? [] : targetsOf(auditing, left);
  const isLong = suspends(types, body);
  return () => {
    const { node } = path;
    const at = auditing.at(node);
    const first: Statement[] = [];
    if (isLong) {
      const [right, again] = auditing.keep(path, node.right);
      node.right = auditing.call(method, [right, at], node);
      first.push(types.expressionStatement(auditing.call(method, [again(), types.cloneNode(at)], node)));
    } else node.right = auditing.call(method, [node.right, at], node);
    if (shape && target) first.push(takeApart(auditing, path, target as LVal, shape));
    for (const id of assigned) {
      const variable = variables.find(path, id.name);
      if (variable)
        first.push(
          types.expressionStatement(variables.note('set', [types.identifier(id.name)], variable, id)),
        );
    }
    if (first.length > 0) node.body = types.blockStatement([...first, node.body]);
  };
}

/** Lets the loop give what it finds to a name, and the pattern take it from there. */
function takeApart(
  auditing: Auditing,
  { node, scope }: NodePath<ForOfStatement | ForInStatement>,
  target: LVal,
  shape: Expression,
): Statement {
  const { types } = auditing;
  const id = scope.generateUidIdentifier('each');
  const taken = auditing.call('pattern', [types.cloneNode(id), shape], target);
  const { left } = node;
  node.left = types.variableDeclaration('const', [types.variableDeclarator(id)]);
  if (types.isVariableDeclaration(left)) {
    const [declarator] = left.declarations;
    if (declarator) declarator.init = taken;
    return left;
  }
  return types.expressionStatement(types.assignmentExpression('=', target, taken));
}
