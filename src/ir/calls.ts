/** Lowers calls: who may be called with what, how the result is waited for, and the few callees that are syntax. */
import type * as t from '@babel/types';
import { fieldOf, isMember, lowerExpression, maybe, superBase } from './expressions.js';
import type { FunctionBuilder } from './function-builder.js';
import {
  DISPOSER,
  type Field,
  ITERATED,
  type Join,
  type Leaf,
  type Literal,
  NONE,
  type Ref,
  SELF_SLOT,
  type Value,
} from './ir.js';
import { lowerLeaf } from './literals.js';
import type { Scope } from './scope.js';
import { knownValue } from './values.js';

interface Arguments {
  args: Ref[];
  spread: number;
  leaves: Leaf[];
  literals: Literal[];
  /** What is known of those without a slot. */
  values: (Value | null)[];
}

const REACTIONS = new Set(['then', 'catch', 'finally']);

function lowerArguments(
  b: FunctionBuilder,
  scope: Scope,
  nodes: readonly t.Node[],
  join: Join = 'none',
): Arguments {
  const result: Arguments = { args: [], spread: -1, leaves: [], literals: [], values: [] };
  nodes.forEach((node, i) => {
    if (node.type === 'SpreadElement') {
      if (result.spread < 0) result.spread = i;
      const source = lowerExpression(b, scope, node.argument);
      if (source === NONE) return;
      const each = b.newTemp();
      b.emit({ op: 'load', base: source, field: ITERATED, to: each, at: node.start ?? 0 });
      result.args.push(each);
      return;
    }
    if (result.spread < 0) result.literals.push(literalOf(b, scope, node));
    const ref =
      join === 'none'
        ? lowerLeaf(b, scope, node, '', result.leaves)
        : lowerExpression(b, scope, node, '', join);
    result.args.push(ref);
    result.values.push(ref === NONE ? knownValue(b, scope, node, ref) : null);
  });
  return result;
}

/** What is known of an argument; behind a spread one not even its position is. */
function literalOf(b: FunctionBuilder, scope: Scope, node: t.Node): Literal {
  if (node.type === 'StringLiteral') return node.value;
  const binding = node.type === 'Identifier' ? scope.find(node.name) : null;
  const parameter = binding?.owner === b ? b.params.indexOf(binding.slot) : -1;
  return parameter < 0 ? null : parameter;
}

export function lowerCall(
  b: FunctionBuilder,
  scope: Scope,
  node: t.CallExpression | t.OptionalCallExpression,
  join: Join,
  hint = '',
): Ref {
  const { callee } = node;
  const at = node.start ?? 0;
  const end = node.end ?? 0;
  if (callee.type === 'Import') return lowerImport(b, scope, node, true);
  if (callee.type === 'Identifier' && !scope.find(callee.name)) {
    if (callee.name === 'require') return lowerImport(b, scope, node, false);
    if (callee.name === 'eval') return lowerEval(b, scope, node);
  }
  if (callee.type === 'Super') return lowerSuperCall(b, scope, node);

  const member = skipWrappers(callee);
  if (isMember(member)) {
    const isSuper = member.object.type === 'Super';
    const base = isSuper
      ? superBase(b, at)
      : lowerExpression(b, scope, member.object, '', joinOfReceiver(member, join));
    const field = fieldOf(b, scope, member);
    const finish = (): Ref => {
      const call = lowerArguments(b, scope, node.arguments, isPromiseResolve(member) ? join : 'none');
      const to = b.newTemp();
      if (REACTIONS.has(field) && !isSuper) {
        b.emit({ op: 'react', base, method: field, args: call.args, to, join, at, end });
        return to;
      }
      return emitCall(b, {
        base,
        field,
        self: isSuper ? b.thisRef() : NONE,
        call,
        join,
        at,
        end,
        rewritable: !isSuper,
        hint,
      });
    };
    return isOptional(node) || isOptional(member) ? optionally(b, finish) : finish();
  }
  const base = lowerExpression(b, scope, callee, '', 'none');
  const finish = (): Ref => {
    const call = lowerArguments(b, scope, node.arguments);
    return emitCall(b, { base, call, join, at, end, rewritable: true, hint });
  };
  return isOptional(node) ? optionally(b, finish) : finish();
}

/** In `await f().then(g)` the promise of `f()` is part of what is awaited. */
function joinOfReceiver(member: t.MemberExpression | t.OptionalMemberExpression, join: Join): Join {
  const { property } = member;
  return property.type === 'Identifier' && !member.computed && REACTIONS.has(property.name) ? join : 'none';
}

/** `Promise.resolve(f())` settles when `f()` does. */
function isPromiseResolve(member: t.MemberExpression | t.OptionalMemberExpression): boolean {
  const { object, property } = member;
  return (
    object.type === 'Identifier' &&
    object.name === 'Promise' &&
    property.type === 'Identifier' &&
    property.name === 'resolve'
  );
}

const isOptional = (node: t.Node): boolean => 'optional' in node && node.optional === true;

function optionally(b: FunctionBuilder, body: () => Ref): Ref {
  const to = b.newTemp();
  maybe(b, () => b.copy(body(), to));
  return to;
}

function skipWrappers(node: t.Node): t.Node {
  let inner = node;
  while (
    inner.type === 'ParenthesizedExpression' ||
    inner.type === 'TSNonNullExpression' ||
    inner.type === 'TSAsExpression'
  )
    inner = inner.expression;
  return inner;
}

/** The arguments of a call that no call expression makes. */
export const withArguments = (...args: Ref[]): Arguments => ({
  args,
  spread: -1,
  leaves: [],
  literals: [],
  values: [],
});

/** Calls `base`, or its method `field`; what is left out is as in the call of a plain function. */
export function emitCall(
  b: FunctionBuilder,
  parts: {
    base: Ref;
    field?: Field | null;
    self?: Ref;
    call: Arguments;
    join?: Join;
    at: number;
    end: number;
    rewritable?: boolean;
    isNew?: boolean;
    hint?: string;
  },
): Ref {
  const to = b.newTemp();
  const {
    call: { values, ...call },
    ...rest
  } = parts;
  const usual = { field: null, self: NONE, join: 'none', rewritable: false, isNew: false, hint: '' } as const;
  b.emit({ op: 'call', ...usual, ...rest, ...call, to });
  b.note(values);
  return to;
}

/** Leaving the scope of a `using` declaration calls a method of what it holds. */
export function emitDisposal(b: FunctionBuilder, base: Ref, join: Join, node: t.Node): void {
  const [at, end] = [node.start ?? 0, node.end ?? 0];
  emitCall(b, { base, field: DISPOSER, call: withArguments(), join, at, end });
}

export function lowerNew(b: FunctionBuilder, scope: Scope, node: t.NewExpression, hint = ''): Ref {
  const base = lowerExpression(b, scope, node.callee);
  const call = lowerArguments(b, scope, node.arguments);
  return emitCall(b, {
    base,
    call,
    at: node.start ?? 0,
    end: node.end ?? 0,
    rewritable: true,
    isNew: true,
    hint,
  });
}

export function lowerTaggedTemplate(
  b: FunctionBuilder,
  scope: Scope,
  node: t.TaggedTemplateExpression,
  join: Join,
): Ref {
  const { tag } = node;
  const at = node.start ?? 0;
  const receiver = isMember(tag) ? lowerExpression(b, scope, tag.object) : NONE;
  const field = isMember(tag) ? fieldOf(b, scope, tag) : null;
  const base = isMember(tag) ? receiver : lowerExpression(b, scope, tag);
  const call = lowerArguments(b, scope, node.quasi.expressions);
  const strings = b.alloc('array', 'strings', at);
  call.args.unshift(strings);
  call.literals.unshift(null);
  call.values.unshift(null);
  if (call.spread >= 0) call.spread++;
  return emitCall(b, { base, field, call, join, at, end: node.end ?? 0 });
}

/** `super(...)`: the parent constructor runs on this very object. */
function lowerSuperCall(
  b: FunctionBuilder,
  scope: Scope,
  node: t.CallExpression | t.OptionalCallExpression,
): Ref {
  const call = lowerArguments(b, scope, node.arguments);
  emitSuperCall(b, call, node.start ?? 0, node.end ?? 0);
  return b.thisRef();
}

export function emitSuperCall(b: FunctionBuilder, call: Arguments, at: number, end: number): void {
  let owner = b;
  while (owner.isArrow && owner.parent) owner = owner.parent;
  const parent = b.newTemp();
  b.emit({ op: 'load', base: b.refTo(owner, SELF_SLOT), field: '<proto>', to: parent, at });
  emitCall(b, {
    base: parent,
    field: null,
    self: b.thisRef(),
    call,
    join: 'none',
    at,
    end,
    rewritable: false,
  });
}

function lowerImport(
  b: FunctionBuilder,
  scope: Scope,
  node: t.CallExpression | t.OptionalCallExpression,
  dynamic: boolean,
): Ref {
  const [argument] = node.arguments;
  const at = node.start ?? 0;
  let request: string | null = null;
  if (argument?.type === 'StringLiteral') request = argument.value;
  else if (argument?.type === 'TemplateLiteral' && argument.expressions.length === 0)
    request = argument.quasis[0]?.value.cooked ?? null;
  else lowerExpression(b, scope, argument);
  const to = b.newTemp();
  b.emit({ op: 'import', to, request, name: null, dynamic, at });
  return to;
}

/** Direct `eval`: its code sees, and may change, every variable in scope. */
function lowerEval(b: FunctionBuilder, scope: Scope, node: t.CallExpression | t.OptionalCallExpression): Ref {
  lowerArguments(b, scope, node.arguments);
  emitOpaque(b, scope, 'eval', node.start ?? 0);
  return NONE;
}

export function emitOpaque(b: FunctionBuilder, scope: Scope, code: string, at: number): void {
  const refs = new Map<string, Ref>();
  for (let s: Scope | null = scope; s; s = s.parent) {
    for (const [name, binding] of s.bindings) {
      if (refs.has(name)) continue;
      binding.variable.isReassigned = true;
      binding.variable.isCaptured = true;
      refs.set(name, b.refTo(binding.owner, binding.slot));
    }
  }
  b.module.note(code, at);
  b.emit({ op: 'opaque', refs: [...refs.values()], code, at });
}
