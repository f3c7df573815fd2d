/**
 * Calls that may be those of a built-in method of a container, or of a built-in function that reads what it is handed.
 * Whether they are is known at run time; what is handed on here is what was called, on what, and the first arguments.
 */
import type { NodePath } from '@babel/traverse';
import type {
  CallExpression,
  Expression,
  MemberExpression,
  NewExpression,
  SpreadElement,
} from '@babel/types';
import { isTransparent, type Types } from '../rewriting.js';
import { type Auditing, constantKey } from './auditing.js';
import type { Change } from './instrument.js';
import { replace } from './variables.js';

/** How many of the arguments tell what is accessed, by the name of the method. */
const ARGUMENTS: Readonly<Record<string, number>> = {
  get: 1,
  has: 1,
  set: 1,
  add: 1,
  delete: 1,
  concat: Number.POSITIVE_INFINITY,
};

const METHODS = new Set(
  (
    'at clear copyWithin entries every fill filter find findIndex findLast findLastIndex flat flatMap forEach includes ' +
    'indexOf join keys lastIndexOf map pop push reduce reduceRight reverse shift slice some sort splice toReversed ' +
    'toSorted toSpliced unshift values with'
  ).split(' '),
);

const FUNCTIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  Array: new Set(['from']),
  JSON: new Set(['stringify']),
  Object: new Set(['assign', 'entries', 'fromEntries', 'getOwnPropertyNames', 'keys', 'values']),
};

/** Whether a call is one that is told of here; what it is called on is then told of, too. */
export function isAuditedCall({ types }: Auditing, { callee }: CallExpression): boolean {
  const member = memberOf(types, callee as Expression);
  if (!member || types.isSuper(member.object)) return false;
  const name = constantKey(types, member);
  if (name === null) return true;
  return Object.hasOwn(ARGUMENTS, name) || METHODS.has(name) || isBuiltInFunction(types, member, name);
}

function isBuiltInFunction(types: Types, { object }: MemberExpression, name: string): boolean {
  return (
    types.isIdentifier(object) &&
    Object.hasOwn(FUNCTIONS, object.name) &&
    FUNCTIONS[object.name]?.has(name) === true
  );
}

function memberOf(types: Types, callee: Expression): MemberExpression | null {
  let value: Expression = callee;
  while (isTransparent(types, value)) value = value.expression;
  return types.isMemberExpression(value) ? value : null;
}

export function findCall(auditing: Auditing, path: NodePath<CallExpression>): Change | null {
  const { types } = auditing;
  if (!isAuditedCall(auditing, path.node)) return null;
  return () => {
    const { node } = path;
    const member = memberOf(types, node.callee as Expression) as MemberExpression;
    const name = constantKey(types, member);
    const [object, receiver] = auditing.keep(path, member.object as Expression);
    member.object = object;
    let method = (): Expression => types.stringLiteral(name ?? '');
    if (name === null) {
      const [key, again] = auditing.keep(path, member.property as Expression);
      member.property = key;
      method = again;
    }
    const isFunction = name !== null && isBuiltInFunction(types, member, name);
    const most = name === null ? 1 : isFunction ? Number.POSITIVE_INFINITY : (ARGUMENTS[name] ?? 0);
    const args = types.arrayExpression(keepArguments(auditing, path, most));
    replace(path, auditing.call('called', [node, receiver(), method(), args, auditing.at(node)], node));
  };
}

function keepArguments(auditing: Auditing, path: NodePath<CallExpression>, most: number): Expression[] {
  const { types } = auditing;
  const { node } = path;
  const kept: Expression[] = [];
  for (const [index, argument] of node.arguments.entries()) {
    if (index >= most || !types.isExpression(argument)) break;
    // In an assignment to a temporary they would be named after it.
    if (types.isFunction(argument) || types.isClass(argument)) break;
    const [first, again] = auditing.keep(path, argument);
    node.arguments[index] = first;
    kept.push(again());
  }
  return kept;
}

/** `new Map(entries)`, `new Set(members)` */
export function findNew(auditing: Auditing, path: NodePath<NewExpression>): Change | null {
  const { types } = auditing;
  const { callee, arguments: args } = path.node;
  const [first] = args;
  if (!types.isIdentifier(callee) || !['Map', 'Set'].includes(callee.name)) return null;
  if (!types.isExpression(first) || path.scope.hasBinding(callee.name, true)) return null;
  return () => {
    const { node } = path;
    node.arguments[0] = auditing.call('iterated', [node.arguments[0] as Expression, auditing.at(node)], node);
  };
}

/** `[...list]`, `f(...list)`, `{ ...object }` */
export function findSpread(auditing: Auditing, path: NodePath<SpreadElement>): Change | null {
  const method = auditing.types.isObjectExpression(path.parent) ? 'copied' : 'iterated';
  return () => {
    const { node } = path;
    node.argument = auditing.call(method, [node.argument, auditing.at(node)], node);
  };
}
