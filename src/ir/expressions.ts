/** Lowers expressions: what each may give, and what it reads, writes, calls and waits for on the way. */
import type * as t from '@babel/types';
import { lowerCall, lowerNew, lowerTaggedTemplate } from './calls.js';
import { symbolKey } from './constants.js';
import { AS_NUMBER, AS_TEXT, convert, convertOperands } from './conversions.js';
import type { FunctionBuilder } from './function-builder.js';
import { lowerClass, lowerFunction } from './functions.js';
import {
  DISPOSER,
  ELEMENT,
  type Field,
  HAS_INSTANCE,
  ITERATED,
  ITERATOR,
  type Join,
  type Leaf,
  NONE,
  type Op,
  RETURNED,
  type Ref,
  refOf,
  SENT,
  TO_PRIMITIVE,
  type Value,
} from './ir.js';
import { lowerArray, lowerJsx, lowerLeaf, lowerObject } from './literals.js';
import { assign, lowerMemberTarget } from './patterns.js';
import type { Scope } from './scope.js';
import { knownValue, sumOf } from './values.js';

/**
 * @param hint the name that the code around gives to the value, for sites and functions without a name
 * @param join how a promise that the expression gives is waited for
 */
export function lowerExpression(
  b: FunctionBuilder,
  scope: Scope,
  node: t.Node | null | undefined,
  hint = '',
  join: Join = 'none',
): Ref {
  if (!node) return NONE;
  switch (node.type) {
    case 'Identifier':
      return lowerIdentifier(b, scope, node);
    case 'ThisExpression':
      return b.thisRef();
    case 'MemberExpression':
    case 'OptionalMemberExpression':
      return lowerMember(b, scope, node);
    case 'CallExpression':
    case 'OptionalCallExpression':
      return lowerCall(b, scope, node, join, hint);
    case 'NewExpression':
      return lowerNew(b, scope, node, hint);
    case 'AwaitExpression': {
      const value = lowerExpression(b, scope, node.argument, hint, 'await');
      return suspend(b, 'await', value, node);
    }
    case 'YieldExpression':
      return lowerYield(b, scope, node);
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return lowerFunction(b, scope, node, hint);
    case 'ClassExpression':
      return lowerClass(b, scope, node, hint);
    case 'ObjectExpression':
      return lowerObject(b, scope, node, hint, null);
    case 'ArrayExpression':
      return lowerArray(b, scope, node, hint, null);
    case 'AssignmentExpression':
      return lowerAssignment(b, scope, node);
    case 'UpdateExpression':
      convert(b, lowerExpression(b, scope, node.argument), AS_NUMBER, node);
      assign(b, scope, node.argument, NONE, false);
      return NONE;
    case 'ConditionalExpression': {
      lowerExpression(b, scope, node.test);
      const fork = b.current;
      const to = b.newTemp();
      b.advance();
      b.copy(lowerExpression(b, scope, node.consequent, hint, join), to);
      const consequentEnd = b.current;
      b.enter(fork);
      b.advance();
      b.copy(lowerExpression(b, scope, node.alternate, hint, join), to);
      b.advance();
      b.edge(consequentEnd, b.current);
      return to;
    }
    case 'LogicalExpression': {
      const to = b.newTemp();
      // `a && b` gives `a` only if that is falsy, which no object is.
      if (node.operator === '&&') lowerExpression(b, scope, node.left);
      else b.copy(lowerExpression(b, scope, node.left, hint, join), to);
      maybe(b, () => b.copy(lowerExpression(b, scope, node.right, hint, join), to));
      return to;
    }
    case 'SequenceExpression': {
      let last = NONE;
      node.expressions.forEach((e, i) => {
        last = lowerExpression(b, scope, e, hint, i === node.expressions.length - 1 ? join : 'none');
      });
      return last;
    }
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
    case 'TypeCastExpression':
    case 'TSInstantiationExpression':
      return lowerExpression(b, scope, node.expression, hint, join);
    case 'BinaryExpression':
      lowerBinary(b, scope, node);
      return NONE;
    case 'UnaryExpression':
      if (node.operator === 'delete') {
        if (isMember(node.argument)) assign(b, scope, node.argument, NONE, false);
      } else {
        const operand = lowerExpression(b, scope, node.argument);
        if (CONVERTING.has(node.operator)) convert(b, operand, AS_NUMBER, node);
      }
      return NONE;
    case 'TemplateLiteral': {
      const parts = node.expressions.map(e => {
        const part = lowerExpression(b, scope, e);
        const value = knownValue(b, scope, e, part);
        convert(b, part, AS_TEXT, e);
        return value;
      });
      const strings = node.quasis.map(({ value }) => value.cooked ?? '');
      if (parts.every(part => part !== null)) b.texts.set(node, { is: 'text', strings, parts });
      return NONE;
    }
    case 'TaggedTemplateExpression':
      return lowerTaggedTemplate(b, scope, node, join);
    case 'MetaProperty': {
      if (node.meta.name !== 'new') return NONE;
      // The class that `new.target` is, however it is derived, is the new object's `constructor`.
      const to = b.newTemp();
      b.emit({ op: 'load', base: b.thisRef(), field: 'constructor', to, at: node.start ?? 0 });
      return to;
    }
    case 'RegExpLiteral':
      return b.alloc('regexp', hint || 'regexp', node.start ?? 0);
    case 'JSXElement':
    case 'JSXFragment':
      return lowerJsx(b, scope, node);
    case 'ImportExpression': {
      const to = b.newTemp();
      const request = node.source.type === 'StringLiteral' ? node.source.value : null;
      if (request === null) lowerExpression(b, scope, node.source);
      b.emit({ op: 'import', to, request, name: null, dynamic: true, at: node.start ?? 0 });
      return to;
    }
    default:
      return NONE;
  }
}

const CONVERTING: ReadonlySet<string> = new Set(['+', '-', '~']);

/** `await value` or a step of `for await`: what it gives after the suspension. */
export function suspend(b: FunctionBuilder, kind: 'await' | 'yield', value: Ref, node: t.Node): Ref {
  const to = b.newTemp();
  const end = node.type === 'AwaitExpression' ? (node.end ?? -1) : -1;
  b.emit({ op: 'suspend', kind, value, to, at: node.start ?? 0, end });
  return to;
}

/** Runs `body` on a path that may also be passed by. */
export function maybe(b: FunctionBuilder, body: () => void): void {
  const fork = b.current;
  b.advance();
  body();
  b.advance();
  b.edge(fork, b.current);
}

export function isMember(node: t.Node): node is t.MemberExpression | t.OptionalMemberExpression {
  return node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression';
}

export function lowerIdentifier(b: FunctionBuilder, scope: Scope, node: t.Identifier): Ref {
  const { name } = node;
  if (name === 'undefined') return NONE;
  const binding = scope.find(name);
  if (!binding) {
    if (name === 'arguments') return argumentsOf(b);
    const ref = b.module.globalRef(b, name);
    b.emit({ op: 'variable', ref, write: false, at: node.start ?? 0 });
    return ref;
  }
  const ref = b.refTo(binding.owner, binding.slot);
  if (binding.owner !== b) binding.variable.isCaptured = true;
  b.emit({ op: 'variable', ref, write: false, at: node.start ?? 0 });
  if (scope.isPrimitive(binding)) return NONE;
  if (!binding.property) return ref;
  const to = b.newTemp();
  const base = b.refTo(binding.property.owner, binding.property.slot);
  b.copy(ref, to);
  b.emit({ op: 'load', base, field: name, to, at: node.start ?? 0 });
  return to;
}

function argumentsOf(b: FunctionBuilder): Ref {
  let owner = b;
  while (owner.isArrow && owner.parent) owner = owner.parent;
  if (owner.argumentsSlot < 0) owner.argumentsSlot = owner.newSlot();
  return b.refTo(owner, owner.argumentsSlot);
}

type Member = { computed?: boolean | null; property: t.Node };

/** The field that a member expression names; lowers a computed key for its effects. */
export function fieldOf(b: FunctionBuilder, scope: Scope, node: Member): Field {
  return keyedFieldOf(b, scope, node).field;
}

/** The same, with what is known of a computed key. */
export function keyedFieldOf(
  b: FunctionBuilder,
  scope: Scope,
  node: Member,
): { field: Field; key: Value | null } {
  const { property } = node;
  if (!node.computed) {
    if (property.type === 'PrivateName') return { field: `#${property.id.name}`, key: null };
    if (property.type === 'Identifier') return { field: property.name, key: null };
  }
  const constant = constantKey(property) ?? namedKey(b, scope, property);
  if (constant !== null) return { field: constant, key: null };
  const ref = lowerExpression(b, scope, property);
  const symbol = wellKnownSymbol(property);
  if (symbol) return { field: symbol, key: null };
  const key = knownValue(b, scope, property, ref);
  convert(b, ref, AS_TEXT, property);
  return { field: ELEMENT, key };
}

/** The property that a constant of the module stands for, or a symbol that is the same everywhere. */
function namedKey(b: FunctionBuilder, scope: Scope, node: t.Node): Field | null {
  if (node.type === 'CallExpression') return scope.find('Symbol') ? null : symbolKey(node);
  const name = dottedName(node);
  return name === null ? null : (b.module.constantNamed(scope, name) ?? null);
}

/** `name`, `object.property` and so on, as they stand. */
function dottedName(node: t.Node): string | null {
  if (node.type === 'Identifier') return node.name;
  if (node.type !== 'MemberExpression' || node.computed || node.property.type !== 'Identifier') return null;
  const object = dottedName(node.object);
  return object === null ? null : `${object}.${node.property.name}`;
}

export function constantKey(node: t.Node): string | null {
  if (node.type === 'StringLiteral') return node.value;
  if (node.type === 'NumericLiteral') return String(node.value);
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? null;
  return null;
}

const SYMBOLS: Readonly<Record<string, Field>> = {
  iterator: ITERATOR,
  asyncIterator: ITERATOR,
  dispose: DISPOSER,
  asyncDispose: DISPOSER,
  toPrimitive: TO_PRIMITIVE,
  hasInstance: HAS_INSTANCE,
};

function wellKnownSymbol(node: t.Node): Field | undefined {
  return node.type === 'MemberExpression' &&
    node.object.type === 'Identifier' &&
    node.object.name === 'Symbol' &&
    node.property.type === 'Identifier'
    ? SYMBOLS[node.property.name]
    : undefined;
}

/** What `super.x` starts from: the prototype of the home object. */
export function superBase(b: FunctionBuilder, at: number): Ref {
  let owner: FunctionBuilder | null = b;
  while (owner && !owner.home) owner = owner.parent;
  if (!owner?.home) return NONE;
  const { ref, isStatic } = owner.home;
  const homeOwner = owner.parent ?? owner;
  const homeClass = b.refTo(homeOwner, ref);
  let object: Ref = homeClass;
  if (!isStatic) {
    object = b.newTemp();
    b.emit({ op: 'load', base: homeClass, field: 'prototype', to: object, at });
  }
  const parent = b.newTemp();
  b.emit({ op: 'load', base: object, field: '<proto>', to: parent, at });
  return parent;
}

function lowerMember(
  b: FunctionBuilder,
  scope: Scope,
  node: t.MemberExpression | t.OptionalMemberExpression,
): Ref {
  const at = node.start ?? 0;
  const base = node.object.type === 'Super' ? superBase(b, at) : lowerExpression(b, scope, node.object);
  const { field, key } = keyedFieldOf(b, scope, node);
  if (base === NONE) return NONE;
  const to = b.newTemp();
  b.emit({ op: 'load', base, field, to, at });
  b.note([key]);
  return to;
}

function lowerBinary(b: FunctionBuilder, scope: Scope, node: t.BinaryExpression): void {
  const { left, operator, right } = node;
  // An object always has or lacks a private name: asking for it reads nothing that changes.
  const operand = left.type === 'PrivateName' ? NONE : lowerExpression(b, scope, left);
  const key = left.type === 'PrivateName' ? null : knownValue(b, scope, left, operand);
  const named = operator === 'in' ? namedKey(b, scope, left) : null;
  const base = lowerExpression(b, scope, right);
  if (operator === '+') {
    const sum = sumOf(key, knownValue(b, scope, right, base));
    if (sum !== null) b.texts.set(node, sum);
  } else if (operator === '===' || operator === '!==') {
    const other = knownValue(b, scope, right, base);
    if (key !== null && other !== null) b.equalities.set(node, [key, other]);
  }
  convertOperands(b, node, operand, base);
  if (operator !== 'in' || left.type === 'PrivateName' || base === NONE) return;
  const field = constantKey(left) ?? named ?? ELEMENT;
  b.emit({ op: 'load', base, field, to: b.newTemp(), at: node.start ?? 0 });
  if (field === ELEMENT) b.note([key]);
}

function lowerYield(b: FunctionBuilder, scope: Scope, node: t.YieldExpression): Ref {
  const at = node.start ?? 0;
  let value = lowerExpression(b, scope, node.argument, '', 'await');
  let returned = NONE;
  if (node.delegate && value !== NONE) {
    returned = b.newTemp();
    b.emit({ op: 'load', base: value, field: RETURNED, to: returned, at });
    const step = b.newTemp();
    b.emit({ op: 'load', base: value, field: ITERATED, to: step, at });
    value = step;
  }
  if (b.generatorSlot < 0) return NONE;
  const generator = refOf(0, b.generatorSlot);
  if (value !== NONE) b.emit({ op: 'store', base: generator, field: ELEMENT, from: value, at, init: true });
  b.give(value, at);
  suspend(b, 'yield', NONE, node);
  const sent = b.newTemp();
  b.emit({ op: 'load', base: generator, field: SENT, to: sent, at });
  b.copy(returned, sent);
  return sent;
}

function lowerAssignment(b: FunctionBuilder, scope: Scope, node: t.AssignmentExpression): Ref {
  const { left, operator } = node;
  if (operator === '=') {
    const leaves: Leaf[] | null = isExportTarget(left) ? [] : null;
    // The object is there before the value is: `current.count = await f()` reads `current` in the first segment.
    const store = isMember(left) ? lowerMemberTarget(b, scope, left) : null;
    const value = leaves
      ? lowerLeaf(b, scope, node.right, hintOf(left), leaves)
      : lowerExpression(b, scope, node.right, hintOf(left));
    if (leaves) b.module.exportLeaves.push(...leaves);
    const load = b.lastOp;
    if (store) {
      store(value, value === NONE ? knownValue(b, scope, node.right, value) : null);
      if (load) noteCopy(b, scope, node, load);
    } else {
      assign(b, scope, left, value, false);
      const last = b.lastOp;
      if (left.type === 'Identifier' && last?.op === 'variable') b.module.assignments.add(last);
    }
    return value;
  }
  const old = lowerExpression(b, scope, left);
  if (operator === '||=' || operator === '&&=' || operator === '??=') {
    const to = b.newTemp();
    b.copy(old, to);
    maybe(b, () => {
      const value = lowerExpression(b, scope, node.right, hintOf(left));
      assign(b, scope, left, value, false);
      b.copy(value, to);
    });
    return to;
  }
  const right = lowerExpression(b, scope, node.right);
  convert(b, old, AS_NUMBER, node);
  convert(b, right, AS_NUMBER, node);
  assign(b, scope, left, NONE, false);
  return NONE;
}

/**
 * `target[key] = source[key]`, as in loops that copy all properties: each comes under its own name.
 * @param load the last operation that reading took
 */
function noteCopy(b: FunctionBuilder, scope: Scope, { left, right }: t.AssignmentExpression, load: Op): void {
  const key = computedName(left);
  const store = b.lastOp;
  // An object in the place of the key may give another text each time.
  if (key === null || key !== computedName(right) || b.module.convertsObjects) return;
  const binding = scope.find(key);
  if (!binding || store?.op !== 'store' || load.op !== 'load' || store.from !== load.to) return;
  if (store.field !== ELEMENT || load.field !== ELEMENT) return;
  store.copied = load.base;
  b.module.copies.push({ op: store, key: binding.variable });
}

/** The name that is the key of `object[key]`, where finding the object changes nothing. */
function computedName(node: t.Node): string | null {
  if (node.type !== 'MemberExpression' || !node.computed || node.property.type !== 'Identifier') return null;
  let object: t.Node = node.object;
  while (object.type === 'MemberExpression' && !object.computed) object = object.object;
  return object.type === 'Identifier' || object.type === 'ThisExpression' ? node.property.name : null;
}

/** `exports.x`, `module.exports`, `module.exports.x`. */
function isExportTarget(node: t.Node): boolean {
  if (node.type !== 'MemberExpression') return false;
  const { object } = node;
  if (object.type === 'Identifier')
    return object.name === 'exports' || (object.name === 'module' && hintOf(node) === 'exports');
  return object.type === 'MemberExpression' && isExportTarget(object) && hintOf(object) === 'exports';
}

export function hintOf(node: t.Node): string {
  if (node.type === 'Identifier') return node.name;
  if (isMember(node)) {
    if (!node.computed && node.property.type === 'Identifier') return node.property.name;
    if (!node.computed && node.property.type === 'PrivateName') return `#${node.property.id.name}`;
    return constantKey(node.property) ?? '';
  }
  return '';
}

export function keyName(node: t.Node): string | null {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'PrivateName') return `#${node.id.name}`;
  if (node.type === 'BigIntLiteral') return node.value;
  return constantKey(node);
}
