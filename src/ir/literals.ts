/** Lowers what makes objects with known contents: object and array literals, JSX elements, and functions in them. */
import type * as t from '@babel/types';
import { emitCall, withArguments } from './calls.js';
import { fieldOf, keyName, lowerExpression } from './expressions.js';
import type { FunctionBuilder } from './function-builder.js';
import { lowerFunction } from './functions.js';
import { ELEMENT, ITERATED, type Leaf, NONE, type Ref } from './ir.js';
import type { Scope } from './scope.js';
import { knownValue } from './values.js';

/** Lowers an expression that is handed to somebody, noting where functions in it come from. */
export function lowerLeaf(b: FunctionBuilder, scope: Scope, node: t.Node, hint: string, leaves: Leaf[]): Ref {
  if (node.type === 'ObjectExpression') return lowerObject(b, scope, node, hint, leaves);
  if (node.type === 'ArrayExpression') return lowerArray(b, scope, node, hint, leaves);
  const ref = lowerExpression(b, scope, node, hint);
  if (ref !== NONE) leaves.push({ ref, start: node.start ?? 0, end: node.end ?? 0 });
  return ref;
}

export function lowerObject(
  b: FunctionBuilder,
  scope: Scope,
  node: t.ObjectExpression,
  hint: string,
  leaves: Leaf[] | null,
): Ref {
  const object = b.alloc('object', hint || 'object', node.start ?? 0);
  for (const property of node.properties) {
    const at = property.start ?? 0;
    if (property.type === 'SpreadElement') {
      const source = lowerExpression(b, scope, property.argument);
      if (source === NONE) continue;
      b.emit({ op: 'spread', from: source, to: object, at, isRest: false });
      continue;
    }
    const field = property.computed
      ? fieldOf(b, scope, { computed: true, property: property.key })
      : (keyName(property.key) ?? ELEMENT);
    if (property.type === 'ObjectMethod') {
      const fn = lowerFunction(b, scope, property, field, {
        ref: object,
        isStatic: true,
      });
      if (property.kind === 'method') b.emit({ op: 'store', base: object, field, from: fn, at, init: true });
      else b.emit({ op: 'accessor', base: object, field, kind: property.kind, from: fn });
      continue;
    }
    const value = leaves
      ? lowerLeaf(b, scope, property.value, field, leaves)
      : lowerExpression(b, scope, property.value, field);
    if (field === '__proto__' && !property.computed) {
      if (value !== NONE)
        b.emit({ op: 'store', base: object, field: '<proto>', from: value, at, init: true });
    } else {
      const known = value === NONE ? knownValue(b, scope, property.value, value) : null;
      b.emit({ op: 'store', base: object, field, from: value, at, init: true });
      b.note([null, known]);
    }
  }
  return object;
}

export function lowerArray(
  b: FunctionBuilder,
  scope: Scope,
  node: t.ArrayExpression,
  hint: string,
  leaves: Leaf[] | null,
): Ref {
  const array = b.alloc('array', hint || 'array', node.start ?? 0);
  let position = 0;
  for (const element of node.elements) {
    if (!element) {
      position++;
      continue;
    }
    const at = element.start ?? 0;
    if (element.type === 'SpreadElement') {
      const source = lowerExpression(b, scope, element.argument);
      position = -1;
      if (source === NONE) continue;
      const each = b.newTemp();
      b.emit({ op: 'load', base: source, field: ITERATED, to: each, at });
      b.emit({ op: 'store', base: array, field: ELEMENT, from: each, at, init: true });
      continue;
    }
    const value = leaves ? lowerLeaf(b, scope, element, '', leaves) : lowerExpression(b, scope, element);
    const field = position < 0 ? ELEMENT : String(position++);
    if (value !== NONE) b.emit({ op: 'store', base: array, field, from: value, at, init: true });
  }
  return array;
}

export function lowerJsx(b: FunctionBuilder, scope: Scope, node: t.JSXElement | t.JSXFragment): Ref {
  const at = node.start ?? 0;
  const props = b.alloc('object', 'props', at);
  const keep = (field: string, value: Ref): void => {
    if (value !== NONE) b.emit({ op: 'store', base: props, field, from: value, at, init: true });
  };
  let component = NONE;
  if (node.type === 'JSXElement') {
    const { name, attributes } = node.openingElement;
    component = lowerJsxName(b, scope, name);
    for (const attribute of attributes) {
      if (attribute.type === 'JSXSpreadAttribute') {
        const source = lowerExpression(b, scope, attribute.argument);
        if (source !== NONE) b.emit({ op: 'spread', from: source, to: props, at, isRest: false });
      } else if (attribute.value?.type === 'JSXExpressionContainer') {
        const field = attribute.name.type === 'JSXIdentifier' ? attribute.name.name : ELEMENT;
        keep(field, lowerExpression(b, scope, attribute.value.expression, field));
      } else if (attribute.value) {
        keep(ELEMENT, lowerExpression(b, scope, attribute.value));
      }
    }
  }
  for (const child of node.children) {
    if (child.type === 'JSXExpressionContainer' || child.type === 'JSXSpreadChild')
      keep('children', lowerExpression(b, scope, child.expression));
    else keep('children', lowerExpression(b, scope, child));
  }
  if (component !== NONE)
    emitCall(b, { base: component, call: withArguments(props), at, end: node.end ?? 0 });
  return props;
}

function lowerJsxName(b: FunctionBuilder, scope: Scope, node: t.Node): Ref {
  if (node.type === 'JSXIdentifier') {
    const binding = scope.find(node.name);
    return binding ? b.refTo(binding.owner, binding.slot) : NONE;
  }
  if (node.type !== 'JSXMemberExpression') return NONE;
  const base = lowerJsxName(b, scope, node.object);
  if (base === NONE) return NONE;
  const to = b.newTemp();
  b.emit({ op: 'load', base, field: node.property.name, to, at: node.start ?? 0 });
  return to;
}
