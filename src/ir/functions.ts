/** Lowers functions and classes: their own graphs, and the closures that stand for them outside. */
import type * as t from '@babel/types';
import { emitCall, emitSuperCall, withArguments } from './calls.js';
import { fieldOf, keyName, lowerExpression } from './expressions.js';
import type { FunctionBuilder } from './function-builder.js';
import { ELEMENT, type FunctionForm, ITERATED, NONE, RETURN_SLOT, type Ref, refOf, SELF_SLOT } from './ir.js';
import { assign } from './patterns.js';
import { declareHoisted, declareLexical, declarePattern, Scope } from './scope.js';
import { predicateOf } from './searches.js';
import { lowerReturn, lowerStatements } from './statements.js';

/** The class or object literal that a method belongs to, as a slot of the function around it. */
export interface Home {
  ref: Ref;
  isStatic: boolean;
}

type FunctionNode =
  | t.FunctionDeclaration
  | t.FunctionExpression
  | t.ArrowFunctionExpression
  | t.ObjectMethod
  | t.ClassMethod
  | t.ClassPrivateMethod;

const qualified = (b: FunctionBuilder, name: string): string => (b.name ? `${b.name}.${name}` : name);

function formOf(node: FunctionNode): FunctionForm {
  switch (node.type) {
    case 'FunctionDeclaration':
      return 'declaration';
    case 'FunctionExpression':
      return 'expression';
    case 'ArrowFunctionExpression':
      return 'arrow';
    default:
      return node.kind === 'method' ? 'method' : node.kind === 'constructor' ? 'constructor' : 'accessor';
  }
}

/** Lowers a function and gives the slot of its closure. */
export function lowerFunction(
  b: FunctionBuilder,
  scope: Scope,
  node: FunctionNode,
  hint: string,
  home: Home | null = null,
): Ref {
  const to = b.newTemp();
  lowerFunctionInto(b, scope, node, hint, home, to);
  return to;
}

/** The same for a declaration, whose closure is the value of the variable `to`. */
export function lowerFunctionInto(
  b: FunctionBuilder,
  scope: Scope,
  node: FunctionNode,
  hint: string,
  home: Home | null,
  to: Ref,
): void {
  const ownName = 'id' in node && node.id ? node.id.name : '';
  const inner = b.module.newFunction(b, qualified(b, ownName || hint || '<anonymous>'), formOf(node), {
    isAsync: node.async ?? false,
    isGenerator: node.generator ?? false,
    isStatic: home?.isStatic ?? false,
    start: node.start ?? 0,
    end: node.end ?? 0,
  });
  inner.home = home;
  let outer = scope;
  if (node.type === 'FunctionExpression' && ownName) {
    outer = new Scope(scope, inner);
    outer.bindings.set(ownName, {
      owner: inner,
      slot: SELF_SLOT,
      variable: {
        name: ownName,
        slot: SELF_SLOT,
        at: 0,
        isReassigned: false,
        isCaptured: false,
        isPrimitive: false,
        isConstant: false,
        init: null,
        value: null,
      },
    });
  }
  lowerBody(inner, outer, node.params, node.body);
  b.module.finished[inner.index] = inner.finish();
  b.emit({ op: 'closure', to, fn: inner.index });
}

function lowerBody(
  inner: FunctionBuilder,
  outer: Scope,
  params: readonly t.Node[],
  body: t.BlockStatement | t.Expression,
  before?: (scope: Scope) => void,
): void {
  const scope = new Scope(outer, inner);
  for (const param of params) {
    if (isThisParameter(param)) continue;
    declarePattern(scope, param);
  }
  if (inner.traits.isGenerator) {
    const generator = inner.alloc('generator', inner.name, inner.traits.start);
    inner.generatorSlot = generator;
    inner.copy(generator, refOf(0, RETURN_SLOT));
  }
  for (const param of params) lowerParameter(inner, scope, param);
  before?.(scope);
  if (body.type === 'BlockStatement') {
    for (const directive of body.directives) inner.directives.push(directive.value.value);
    declareHoisted(scope, body.body);
    inner.redeclaresFunctions = redeclaresFunctions(scope, body.body);
    declareLexical(scope, body.body);
    lowerStatements(inner, scope, body.body);
  } else {
    const span = { start: body.start ?? 0, end: body.end ?? 0 };
    inner.isValue = true;
    inner.inList(() => inner.inStatement(span, 'return', () => lowerReturn(inner, scope, body, span.start)));
  }
  inner.predicate = predicateOf(inner, body);
}

/** Whether a function declared at the top has the name of another one, of a parameter or of a `var`. */
function redeclaresFunctions(scope: Scope, statements: readonly t.Statement[]): boolean {
  const names = new Set(scope.bindings.keys());
  return statements.some(node => {
    if (node.type !== 'FunctionDeclaration' || !node.id) return false;
    const isKnown = names.has(node.id.name);
    names.add(node.id.name);
    return isKnown;
  });
}

const isThisParameter = (node: t.Node): boolean => node.type === 'Identifier' && node.name === 'this';

function lowerParameter(inner: FunctionBuilder, scope: Scope, param: t.Node): void {
  if (isThisParameter(param)) return;
  if (param.type === 'RestElement') {
    const array = inner.alloc('array', 'rest', param.start ?? 0);
    inner.rest = inner.newSlot();
    const at = param.start ?? 0;
    inner.emit({ op: 'store', base: array, field: ELEMENT, from: refOf(0, inner.rest), at, init: true });
    assign(inner, scope, param.argument, array, true);
    return;
  }
  const simple = param.type === 'Identifier' ? scope.bindings.get(param.name) : undefined;
  if (simple) {
    inner.params.push(simple.slot);
    return;
  }
  const slot = inner.newSlot();
  inner.params.push(slot);
  assign(inner, scope, param, refOf(0, slot), true);
  if (param.type === 'TSParameterProperty') {
    const name = param.parameter.type === 'Identifier' ? param.parameter : param.parameter.left;
    if (name.type === 'Identifier')
      inner.emit({
        op: 'store',
        base: inner.thisRef(),
        field: name.name,
        from: refOf(0, slot),
        at: param.start ?? 0,
        init: true,
      });
  }
}

/**
 * A class is the closure of its constructor, with its methods stored into its prototype and itself.
 * Fields are initialized at the start of the constructor: a place that is early enough, as nothing here
 * depends on the order in which an object that nobody else has yet is filled.
 */
export function lowerClass(b: FunctionBuilder, scope: Scope, node: t.Class, hint: string, into?: Ref): Ref {
  const at = node.start ?? 0;
  const name = node.id?.name || hint || '<class>';
  const superClass = lowerExpression(b, scope, node.superClass);
  const self = b.newTemp();
  const inner = new Scope(scope, b);
  if (node.id) {
    const binding = b.newVariable(node.id.name, at);
    inner.bindings.set(node.id.name, binding);
    b.copy(self, refOf(0, binding.slot));
  }
  const methods = node.body.body;
  const ctor = methods.find(
    (m): m is t.ClassMethod => m.type === 'ClassMethod' && m.kind === 'constructor' && m.body != null,
  );
  const builder = b.module.newFunction(b, qualified(b, name), 'constructor', {
    isAsync: false,
    isGenerator: false,
    isStatic: false,
    start: ctor?.start ?? at,
    end: ctor?.end ?? node.end ?? 0,
  });
  builder.home = { ref: self, isStatic: false };
  lowerBody(
    builder,
    inner,
    ctor?.params ?? [],
    ctor?.body ?? { type: 'BlockStatement', body: [], directives: [] },
    constructorScope => {
      if (!ctor && node.superClass) emitDefaultSuperCall(builder, at);
      lowerFields(builder, constructorScope, methods);
    },
  );
  b.module.finished[builder.index] = builder.finish();
  b.emit({ op: 'closure', to: self, fn: builder.index });
  const prototype = b.newTemp();
  b.emit({ op: 'load', base: self, field: 'prototype', to: prototype, at });
  if (superClass !== NONE) {
    const parentPrototype = b.newTemp();
    b.emit({ op: 'load', base: superClass, field: 'prototype', to: parentPrototype, at });
    b.emit({ op: 'store', base: self, field: '<proto>', from: superClass, at, init: true });
    b.emit({ op: 'store', base: prototype, field: '<proto>', from: parentPrototype, at, init: true });
  }
  for (const member of methods) lowerMember(b, inner, member, self, prototype, name);
  lowerDecorators(b, inner, node.decorators, self, null);
  if (into !== undefined) b.copy(self, into);
  return self;
}

function emitDefaultSuperCall(builder: FunctionBuilder, at: number): void {
  builder.argumentsSlot = builder.newSlot();
  const each = builder.newTemp();
  builder.emit({ op: 'load', base: refOf(0, builder.argumentsSlot), field: ITERATED, to: each, at });
  emitSuperCall(builder, { ...withArguments(each), spread: 0 }, at, at);
}

/** Instance fields, in the scope of the constructor that runs their initializers. */
function lowerFields(builder: FunctionBuilder, scope: Scope, members: readonly t.Node[]): void {
  const self = builder.thisRef();
  for (const member of members) {
    if (
      member.type !== 'ClassProperty' &&
      member.type !== 'ClassPrivateProperty' &&
      member.type !== 'ClassAccessorProperty'
    )
      continue;
    if (member.static || !member.value) continue;
    const field = fieldName(builder, scope, member);
    const value = lowerExpression(builder, scope, member.value, field);
    builder.emit({ op: 'store', base: self, field, from: value, at: member.start ?? 0, init: true });
  }
}

function fieldName(
  b: FunctionBuilder,
  scope: Scope,
  member: { computed?: boolean | null; key: t.Node },
): string {
  return member.computed
    ? fieldOf(b, scope, { computed: true, property: member.key })
    : (keyName(member.key) ?? ELEMENT);
}

function lowerMember(
  b: FunctionBuilder,
  scope: Scope,
  member: t.ClassBody['body'][number],
  self: Ref,
  prototype: Ref,
  className: string,
): void {
  const at = member.start ?? 0;
  switch (member.type) {
    case 'ClassMethod':
    case 'ClassPrivateMethod': {
      if (member.kind === 'constructor' || member.body == null) return;
      const isStatic = member.static ?? false;
      const target = isStatic ? self : prototype;
      const field = fieldName(b, scope, member);
      const fn = lowerFunction(b, scope, member, `${className}.${field}`, { ref: self, isStatic });
      if (member.kind === 'method') b.emit({ op: 'store', base: target, field, from: fn, at, init: true });
      else b.emit({ op: 'accessor', base: target, field, kind: member.kind, from: fn });
      lowerDecorators(b, scope, member.decorators, fn, { ref: target, field });
      return;
    }
    case 'ClassProperty':
    case 'ClassPrivateProperty':
    case 'ClassAccessorProperty': {
      const holder = { ref: member.static ? self : prototype, field: '' };
      lowerDecorators(b, scope, member.decorators, NONE, holder);
      if (!member.static || !member.value) return;
      const field = fieldName(b, scope, member);
      const value = runInitializer(b, scope, self, `${className}.${field}`, member, inner =>
        lowerExpression(inner.builder, inner, member.value, field),
      );
      b.emit({ op: 'store', base: self, field, from: value, at, init: true });
      return;
    }
    case 'StaticBlock':
      runInitializer(b, scope, self, `${className}.<static>`, member, inner => {
        declareHoisted(inner, member.body);
        declareLexical(inner, member.body);
        lowerStatements(inner.builder, inner, member.body);
        return NONE;
      });
      return;
  }
}

/** Code that runs once, with the class as `this`, while the class is defined. */
function runInitializer(
  b: FunctionBuilder,
  scope: Scope,
  self: Ref,
  name: string,
  node: t.Node,
  body: (scope: Scope) => Ref,
): Ref {
  const builder = b.module.newFunction(b, qualified(b, name), 'initializer', {
    isAsync: false,
    isGenerator: false,
    isStatic: true,
    start: node.start ?? 0,
    end: node.end ?? 0,
  });
  builder.home = { ref: self, isStatic: true };
  builder.returnValue(body(new Scope(scope, builder)), node.start ?? 0);
  b.module.finished[builder.index] = builder.finish();
  const fn = b.newTemp();
  b.emit({ op: 'closure', to: fn, fn: builder.index });
  return emitCall(b, { base: fn, self, call: withArguments(), at: node.start ?? 0, end: node.end ?? 0 });
}

/**
 * A decorator is a call with what it decorates, and may give something to take its place. Both kinds are covered:
 * the standard's, called with the value and a context, and TypeScript's, called with the class or its
 * prototype, a name and a property descriptor.
 * @param value what is decorated; none for a field, which takes its values later
 * @param holder what has it, if it is a member
 */
function lowerDecorators(
  b: FunctionBuilder,
  scope: Scope,
  decorators: readonly t.Decorator[] | null | undefined,
  value: Ref,
  holder: { ref: Ref; field: string } | null,
): void {
  for (const decorator of decorators ?? []) {
    const at = decorator.start ?? 0;
    const base = lowerExpression(b, scope, decorator.expression);
    if (base === NONE) continue;
    const target = b.newTemp();
    const descriptor = b.alloc('object', 'descriptor', at);
    b.copy(value, target);
    if (holder) b.copy(holder.ref, target);
    b.emit({ op: 'store', base: descriptor, field: 'value', from: value, at, init: true });
    const call = withArguments(target, NONE, descriptor);
    const result = emitCall(b, { base, call, at, end: decorator.end ?? 0 });
    if (!holder || value === NONE) {
      b.copy(result, value);
      continue;
    }
    for (const from of [result, descriptor]) {
      const replaced = b.newTemp();
      b.emit({ op: 'load', base: from, field: 'value', to: replaced, at });
      b.emit({ op: 'store', base: holder.ref, field: holder.field, from: replaced, at, init: true });
    }
    b.emit({ op: 'store', base: holder.ref, field: holder.field, from: result, at, init: true });
  }
}
