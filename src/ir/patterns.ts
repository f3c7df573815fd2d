/** Lowers what stands left of an assignment or a declaration: names, members, destructuring patterns. */
import type * as t from '@babel/types';
import { fieldOf, isMember, keyedFieldOf, keyName, lowerExpression, maybe } from './expressions.js';
import type { FunctionBuilder } from './function-builder.js';
import { ELEMENT, ITERATED, NONE, type Ref, type Value } from './ir.js';
import type { Scope } from './scope.js';

/** Evaluates what a member expression assigns to; the function that it gives does the assignment. */
export function lowerMemberTarget(
  b: FunctionBuilder,
  scope: Scope,
  target: t.MemberExpression | t.OptionalMemberExpression,
): (value: Ref, known?: Value | null) => void {
  const at = target.start ?? 0;
  const base = target.object.type === 'Super' ? b.thisRef() : lowerExpression(b, scope, target.object);
  const { field, key } = keyedFieldOf(b, scope, target);
  // What a constructor fills is an object that nobody else has yet.
  const init = b.form === 'constructor' && target.object.type === 'ThisExpression';
  return (from, known = null) => {
    if (base === NONE) return;
    b.emit({ op: 'store', base, field, from, at, init });
    b.note([key, known]);
  };
}

/** Gives `value` to `target`; `isInit` when this is the declaration that brings the names into being. */
export function assign(b: FunctionBuilder, scope: Scope, target: t.Node, value: Ref, isInit: boolean): void {
  if (isMember(target)) {
    lowerMemberTarget(b, scope, target)(value);
    return;
  }
  switch (target.type) {
    case 'Identifier':
      assignName(b, scope, target, value, isInit);
      return;
    case 'AssignmentPattern': {
      const to = b.newTemp();
      b.copy(value, to);
      maybe(b, () => b.copy(lowerExpression(b, scope, target.right, nameOf(target.left)), to));
      assign(b, scope, target.left, to, isInit);
      return;
    }
    case 'ObjectPattern':
      for (const property of target.properties) {
        if (property.type === 'RestElement') {
          assign(b, scope, property.argument, restOfObject(b, value, property), isInit);
          continue;
        }
        const field = property.computed
          ? fieldOf(b, scope, { computed: true, property: property.key })
          : (keyName(property.key) ?? ELEMENT);
        assign(b, scope, property.value, part(b, value, field, property), isInit);
      }
      return;
    case 'ArrayPattern':
      target.elements.forEach((element, i) => {
        if (!element) return;
        if (element.type === 'RestElement')
          assign(b, scope, element.argument, restOfArray(b, value, element), isInit);
        else assign(b, scope, element, part(b, value, String(i), element), isInit);
      });
      return;
    case 'RestElement':
      assign(b, scope, target.argument, value, isInit);
      return;
    case 'TSParameterProperty':
      assign(b, scope, target.parameter, value, isInit);
      return;
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
      assign(b, scope, target.expression, value, isInit);
      return;
  }
}

const nameOf = (node: t.Node): string => (node.type === 'Identifier' ? node.name : '');

function assignName(
  b: FunctionBuilder,
  scope: Scope,
  target: t.Identifier,
  value: Ref,
  isInit: boolean,
): void {
  const binding = scope.find(target.name);
  const at = target.start ?? 0;
  if (!binding) {
    const ref = b.module.globalRef(b, target.name);
    b.copy(value, ref);
    b.emit({ op: 'variable', ref, write: true, at });
    return;
  }
  if (binding.property) {
    const base = b.refTo(binding.property.owner, binding.property.slot);
    b.emit({ op: 'store', base, field: target.name, from: value, at, init: isInit });
    return;
  }
  const ref = b.refTo(binding.owner, binding.slot);
  if (!binding.variable.isPrimitive) b.copy(value, ref);
  if (isInit) return;
  binding.variable.isReassigned = true;
  if (binding.owner !== b) binding.variable.isCaptured = true;
  b.emit({ op: 'variable', ref, write: true, at });
}

function part(b: FunctionBuilder, value: Ref, field: string, node: t.Node): Ref {
  if (value === NONE) return NONE;
  const to = b.newTemp();
  b.emit({ op: 'load', base: value, field, to, at: node.start ?? 0 });
  return to;
}

/** A fresh object with the remaining fields of `value`. */
function restOfObject(b: FunctionBuilder, value: Ref, node: t.Node): Ref {
  const at = node.start ?? 0;
  const rest = b.alloc('object', 'rest', at);
  if (value !== NONE) b.emit({ op: 'spread', from: value, to: rest, at, isRest: true });
  return rest;
}

/** A fresh array of what iterating over the rest of `value` gives. */
function restOfArray(b: FunctionBuilder, value: Ref, node: t.Node): Ref {
  const at = node.start ?? 0;
  const rest = b.alloc('array', 'rest', at);
  const each = part(b, value, ITERATED, node);
  if (each !== NONE) b.emit({ op: 'store', base: rest, field: ELEMENT, from: each, at, init: true });
  return rest;
}
