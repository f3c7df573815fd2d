/**
 * What the parts of the instrumentation share: how places are written, how calls of the audit are made, and which
 * expressions may be evaluated a second time.
 */
import type { NodePath } from '@babel/traverse';
import type { Expression, Identifier, MemberExpression, Node } from '@babel/types';
import type { ModuleAudit } from '../../plan/audit-plan.js';
import { isTransparent, placedAt, type Rewriting, type Types, temporaryFor } from '../rewriting.js';

export class Auditing {
  readonly types: Types;
  /** The function that gives the module's part of the audit. */
  readonly audit: string;

  constructor(
    readonly rewriting: Rewriting,
    readonly plan: ModuleAudit,
  ) {
    this.types = rewriting.types;
    this.audit = rewriting.program.scope.generateUid('audit');
  }

  /** `_audit().method(...)`. */
  call(method: string, args: Expression[], original: Node): Expression {
    const { types } = this;
    const module = types.callExpression(types.identifier(this.audit), []);
    const callee = types.memberExpression(module, types.identifier(method));
    return placedAt(types.callExpression(callee, args), original);
  }

  /** The place of a node of the source, as the plan writes it. */
  at(node: Node): Expression {
    return this.types.stringLiteral(placeOf(node));
  }

  /** Whether a name or `this` gives the same value when it is evaluated again, a little later. */
  isRepeatable(path: NodePath, node: Node): node is Identifier {
    if (this.types.isThisExpression(node)) return true;
    if (!this.types.isIdentifier(node)) return false;
    const binding = path.scope.getBinding(node.name);
    return binding?.constant === true && binding.kind !== 'module';
  }

  /** Lets an expression be named again: what to put in its place, and what to use afterwards. */
  keep(path: NodePath, value: Expression): [first: Expression, again: () => Expression] {
    const { types } = this;
    if (this.isRepeatable(path, value)) return [value, () => types.cloneNode(value)];
    if (types.isStringLiteral(value) || types.isNumericLiteral(value))
      return [value, () => types.cloneNode(value)];
    const temporary = temporaryFor(path, value);
    return [
      placedAt(types.assignmentExpression('=', temporary, value), value),
      () => types.cloneNode(temporary),
    ];
  }
}

export function placeOf({ loc }: Node): string {
  return loc ? `${loc.start.line}:${loc.start.column}` : '';
}

/** Whether a node is the author's own. */
export const isAuthors = (node: Node): boolean => node.start != null && node.loc != null;

/** The name of a property if it is known; null for computed ones. */
export function constantKey(types: Types, { property, computed }: MemberExpression): string | null {
  if (types.isPrivateName(property)) return `#${property.id.name}`;
  if (!computed) return types.isIdentifier(property) ? property.name : null;
  if (types.isStringLiteral(property)) return property.value;
  return types.isNumericLiteral(property) ? String(property.value) : null;
}

/** The node around that is not merely a type or parentheses, and the node in it that leads here. */
export function contextOf(types: Types, path: NodePath): { parent: NodePath | null; child: NodePath } {
  let child = path;
  while (child.parentPath && isTransparent(types, child.parent)) child = child.parentPath;
  return { parent: child.parentPath, child };
}

/** Whether code stands in the parameters of the function that `scope` is the scope of: nothing of its body is visible there. */
export function isInParameters(path: NodePath, fn: NodePath): boolean {
  for (let inner: NodePath | null = path; inner && inner !== fn; inner = inner.parentPath)
    if (inner.listKey === 'params' && inner.parentPath === fn) return true;
  return false;
}

/** Whether evaluating an expression may suspend the function that it is in. */
export function suspends(types: Types, node: Node | null | undefined): boolean {
  if (!node) return false;
  if (types.isAwaitExpression(node) || types.isYieldExpression(node)) return true;
  if (types.isForOfStatement(node) && node.await) return true;
  if (types.isFunction(node)) return false;
  return (types.VISITOR_KEYS[node.type] ?? []).some(key => {
    const child = (node as unknown as Record<string, Node | (Node | null)[] | null | undefined>)[key];
    return Array.isArray(child) ? child.some(each => suspends(types, each)) : suspends(types, child);
  });
}
