/** Accesses of properties, and assignments to anything. */
import type { NodePath } from '@babel/traverse';
import type {
  AssignmentExpression,
  BinaryExpression,
  Expression,
  Identifier,
  LVal,
  MemberExpression,
  Node,
  UnaryExpression,
  UpdateExpression,
} from '@babel/types';
import { isTransparent } from '../rewriting.js';
import { type Auditing, constantKey, contextOf, placeOf, suspends } from './auditing.js';
import { isAuditedCall } from './calls.js';
import type { Change } from './instrument.js';
import { shapeOf } from './patterns.js';
import { type AuditedVariable, replace, type Variables } from './variables.js';

/** Of these nothing is storage of the program. */
const BUILT_IN_OBJECTS = new Set(['Atomics', 'Intl', 'JSON', 'Math', 'Reflect', 'console']);

type Mode = 'read' | 'write' | 'update' | 'initialize';

/** A property that is read, or assigned by a pattern or a loop. */
export function findMember(auditing: Auditing, path: NodePath<MemberExpression>): Change | null {
  const { types } = auditing;
  if (!isStored(auditing, path)) return null;
  const { parent, child } = contextOf(types, path);
  const around = parent?.node;
  // Those see to it themselves.
  if (types.isUpdateExpression(around)) return null;
  if (types.isUnaryExpression(around, { operator: 'delete' })) return null;
  if (types.isAssignmentExpression(around) && child.key === 'left') return null;
  if (parent && types.isCallExpression(around) && child.key === 'callee' && isAuditedCall(auditing, around))
    return null;
  const mode = isTarget(auditing, child) ? 'write' : 'read';
  return () => noteAtOnce(auditing, path, path.node, mode);
}

/** Whether a pattern, or the head of a loop, assigns to what stands here. */
function isTarget({ types }: Auditing, { parent, parentPath, key }: NodePath): boolean {
  if (types.isArrayPattern(parent) || types.isRestElement(parent)) return true;
  if (types.isAssignmentPattern(parent)) return key === 'left';
  if (types.isForXStatement(parent)) return key === 'left';
  return types.isObjectProperty(parent) && key === 'value' && types.isObjectPattern(parentPath?.parent);
}

function isStored({ types }: Auditing, path: NodePath<MemberExpression>): boolean {
  const { object, property } = path.node;
  if (types.isSuper(object) || types.isMetaProperty(object) || types.isImport(object)) return false;
  if (types.isPrivateName(property)) return !isPrivateMethod(path, property.id.name);
  if (!types.isIdentifier(object)) return true;
  return !BUILT_IN_OBJECTS.has(object.name) || path.scope.hasBinding(object.name, true);
}

/** Private methods and accessors have no storage. */
function isPrivateMethod(path: NodePath, name: string): boolean {
  for (let outer = path.parentPath; outer; outer = outer.parentPath) {
    const { node } = outer;
    if (node.type !== 'ClassBody') continue;
    for (const member of node.body)
      if ('key' in member && member.key?.type === 'PrivateName' && member.key.id.name === name)
        return member.type === 'ClassPrivateMethod';
  }
  return false;
}

/** `_audit().read(object, "key", at).key`, or `(_o = object)[_audit().readAt(_o, key, at)]`. */
function noteAtOnce(auditing: Auditing, path: NodePath, member: MemberExpression, mode: Mode): void {
  const { types } = auditing;
  const key = constantKey(types, member);
  const at = auditing.at(member);
  if (key !== null) {
    member.object = auditing.call(mode, [member.object, types.stringLiteral(key), at], member);
    return;
  }
  const [object, again] = auditing.keep(path, member.object as Expression);
  member.object = object;
  member.property = auditing.call(`${mode}At`, [again(), member.property as Expression, at], member);
}

/** Names the object and the key of a member, so that an assignment to it can be noted when it is made. */
function keepTarget(
  auditing: Auditing,
  path: NodePath,
  member: MemberExpression,
): { object: () => Expression; key: () => Expression } {
  const { types } = auditing;
  const [object, again] = auditing.keep(path, member.object as Expression);
  member.object = object;
  const name = constantKey(types, member);
  if (name !== null) return { object: again, key: () => types.stringLiteral(name) };
  const [key, keyAgain] = auditing.keep(path, member.property as Expression);
  member.property = key;
  return { object: again, key: keyAgain };
}

export function findAssignment(
  auditing: Auditing,
  variables: Variables,
  path: NodePath<AssignmentExpression>,
): Change | null {
  const { types } = auditing;
  const { left, operator, right } = path.node;
  const target = withoutTypes(auditing, left);
  if (types.isIdentifier(target)) {
    if (operator === '=' && auditing.plan.initial.includes(placeOf(target))) return null;
    const variable = variables.find(path, target.name);
    return variable && (() => assignVariable(auditing, variables, path, target, variable));
  }
  if (types.isMemberExpression(target)) {
    const member = path.get('left') as NodePath<MemberExpression>;
    if (!isStored(auditing, innermost(auditing, member))) return null;
    if (isExports(auditing, path, target)) return null;
    if (operator === '=' && isInitialization(auditing, path, target))
      return () => noteAtOnce(auditing, path, target, 'initialize');
    const isLate = suspends(types, right) || ['??=', '||=', '&&='].includes(operator);
    return () => assignMember(auditing, path, target, isLate);
  }
  if (!types.isPattern(target)) return null;
  const shape = shapeOf(auditing, target);
  const assigned = targetsOf(auditing, target).flatMap(id => {
    const variable = variables.find(path, id.name);
    return variable ? [{ id, variable }] : [];
  });
  if (!shape && assigned.length === 0) return null;
  return () => {
    const { node } = path;
    if (shape) node.right = auditing.call('pattern', [node.right, shape], node.right);
    let whole: Expression = node;
    for (const { id, variable } of assigned) whole = variables.note('set', [whole], variable, id);
    replace(path, whole);
  };
}

function assignVariable(
  { types }: Auditing,
  variables: Variables,
  path: NodePath<AssignmentExpression>,
  target: Identifier,
  variable: AuditedVariable,
): void {
  const { node } = path;
  const read = (): Expression =>
    variables.note('variable', [types.identifier(target.name)], variable, target);
  if (node.operator === '=') replace(path, variables.note('set', [node], variable, target));
  else if (['??=', '||=', '&&='].includes(node.operator))
    replace(path, variables.note('setIfChanged', [read(), node], variable, target));
  else replace(path, variables.note('set', [types.sequenceExpression([read(), node])], variable, target));
}

function assignMember(
  auditing: Auditing,
  path: NodePath<AssignmentExpression>,
  target: MemberExpression,
  isLate: boolean,
): void {
  const { node } = path;
  const isUpdate = node.operator !== '=';
  if (!isLate) {
    noteAtOnce(auditing, path, target, isUpdate ? 'update' : 'write');
    return;
  }
  const { object, key } = keepTarget(auditing, path, target);
  if (isUpdate) {
    const { types } = auditing;
    const read = auditing.call('readAt', [object(), key(), auditing.at(target)], target);
    const name = constantKey(types, target);
    // The key is evaluated last before the property is read.
    if (name === null) {
      target.property = types.sequenceExpression([target.property as Expression, read, key()]);
    } else {
      target.object = auditing.call(
        'read',
        [target.object, types.stringLiteral(name), auditing.at(target)],
        target,
      );
    }
  }
  node.right = auditing.call('assigned', [node.right, object(), key(), auditing.at(target)], target);
}

/** `module.exports = ...` and `exports.name = ...` are read off the text by whoever imports the module. */
function isExports({ types }: Auditing, path: NodePath, { object }: MemberExpression): boolean {
  const isModules = types.isIdentifier(object) && ['exports', 'module'].includes(object.name);
  const isOfBoth = types.isMemberExpression(object) && types.isIdentifier(object.object, { name: 'module' });
  return (isModules || isOfBoth) && path.getFunctionParent() === null;
}

/** What a constructor puts into the object that it makes: nobody else has that yet. */
function isInitialization({ types }: Auditing, path: NodePath, { object }: MemberExpression): boolean {
  if (!types.isThisExpression(object)) return false;
  const fn = path.getFunctionParent()?.node;
  return types.isClassMethod(fn) && fn.kind === 'constructor';
}

export function findUpdate(
  auditing: Auditing,
  variables: Variables,
  path: NodePath<UpdateExpression>,
): Change | null {
  const { types } = auditing;
  const target = withoutTypes(auditing, path.node.argument);
  if (types.isMemberExpression(target)) {
    const member = path.get('argument') as NodePath<MemberExpression>;
    return isStored(auditing, innermost(auditing, member))
      ? () => noteAtOnce(auditing, path, target, 'update')
      : null;
  }
  if (!types.isIdentifier(target)) return null;
  const variable = variables.find(path, target.name);
  return (
    variable &&
    (() => {
      const read = variables.note('variable', [types.identifier(target.name)], variable, target);
      replace(path, variables.note('set', [types.sequenceExpression([read, path.node])], variable, target));
    })
  );
}

export function findDelete(auditing: Auditing, path: NodePath<UnaryExpression>): Change | null {
  const { types } = auditing;
  if (path.node.operator !== 'delete') return null;
  const target = withoutTypes(auditing, path.node.argument);
  if (!types.isMemberExpression(target)) return null;
  const member = innermost(auditing, path.get('argument') as NodePath<MemberExpression>);
  return isStored(auditing, member) ? () => noteAtOnce(auditing, path, target, 'write') : null;
}

/** `"key" in object` */
export function findIn(auditing: Auditing, path: NodePath<BinaryExpression>): Change | null {
  const { types } = auditing;
  const { left, operator } = path.node;
  if (operator !== 'in' || types.isPrivateName(left)) return null;
  return () => {
    const { node } = path;
    const [key, again] = auditing.keep(path, node.left as Expression);
    node.left = key;
    node.right = auditing.call('read', [node.right, again(), auditing.at(node)], node);
  };
}

/** The names that a pattern assigns to. */
export function targetsOf(auditing: Auditing, node: Node | null): Identifier[] {
  switch (node?.type) {
    case 'Identifier':
      return [node];
    case 'AssignmentPattern':
      return targetsOf(auditing, node.left);
    case 'RestElement':
      return targetsOf(auditing, node.argument);
    case 'ArrayPattern':
      return node.elements.flatMap(element => targetsOf(auditing, element));
    case 'ObjectPattern':
      return node.properties.flatMap(property =>
        targetsOf(auditing, property.type === 'RestElement' ? property : property.value),
      );
    default:
      return [];
  }
}

function withoutTypes({ types }: Auditing, node: LVal | Expression | Node): Node {
  let value: Node = node;
  while (isTransparent(types, value)) value = value.expression;
  return value;
}

function innermost({ types }: Auditing, path: NodePath): NodePath<MemberExpression> {
  let inner = path;
  while (isTransparent(types, inner.node)) inner = inner.get('expression') as NodePath;
  return inner as NodePath<MemberExpression>;
}
