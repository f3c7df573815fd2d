/**
 * `wrap-method`: a method of an object literal or of a class.
 *
 * A method is not a function expression: it cannot be constructed, has a home object for `super`, and its
 * name comes from its key. So it stays a method, and what is scheduled is read off it again.
 */
import type { NodePath } from '@babel/traverse';
import type {
  ClassBody,
  ClassMethod,
  ClassPrivateMethod,
  Expression,
  Node,
  ObjectExpression,
  ObjectMethod,
} from '@babel/types';
import type { PlannedHandler } from '../plan/plan.js';
import { staticKey } from './inferred-name.js';
import { needsOf } from './needs.js';
import { repeatableKey } from './property-key.js';
import { placedAt, type Rewriting } from './rewriting.js';
import { scheduleCall } from './wrap-expression.js';

type Method = ObjectMethod | ClassMethod | ClassPrivateMethod;

/** Schedules the method at `path`. */
export function wrapMethod(rewriting: Rewriting, path: NodePath, handler: PlannedHandler): void {
  const { types } = rewriting;
  const method = path.node as Method;
  if (method.kind !== 'method') {
    throw path.buildCodeFrameError(`A ${method.kind} is no handler, but the plan wraps ${handler.id}.`);
  }
  if (isOverridden(rewriting, path)) return;
  if (types.isClassPrivateMethod(method)) wrapPrivateMethod(rewriting, path, handler);
  else if (types.isClassMethod(method)) wrapClassMethod(rewriting, path, handler);
  else if (usesSuper(path)) wrapOnObject(rewriting, path, handler);
  else wrapInPlace(rewriting, path, handler);
}

/**
 * `async add(c) { ... }` in an object literal becomes
 * `add: _schedule("id", { async add(c) { ... } }.add, { ... })`.
 */
function wrapInPlace(rewriting: Rewriting, path: NodePath, handler: PlannedHandler): void {
  const { types } = rewriting;
  const method = path.node as ObjectMethod;
  const written = method.computed ? undefined : staticKey(types, method.key);
  const again = method.computed
    ? repeatableKey(rewriting, path)
    : () => types.cloneNode(method.key as Expression);
  // The key that the author wrote moves out to the property, and is only repeated inside.
  const outerKey = method.key as Expression;
  method.key = again();
  const literal = placedAt(types.objectExpression([method]), method);
  const isName = types.isIdentifier(method.key) && !method.computed;
  const named = placedAt(types.memberExpression(literal, again(), !isName), method);
  const scheduled = scheduleCall(rewriting, handler, named, needsOf(types, handler), method);
  // A method may be called `__proto__`; a property of that name would set the prototype instead.
  const property =
    written === '__proto__'
      ? types.objectProperty(types.stringLiteral(written), scheduled, true)
      : types.objectProperty(outerKey, scheduled, method.computed);
  path.replaceWith(placedAt(property, method));
}

/**
 * A method that uses `super` has to stay in its object, which is its home: the method is replaced on the
 * object as soon as that exists, `_scheduleMethod({ async add(c) { ... } }, "add", "id", { ... })`.
 */
function wrapOnObject(rewriting: Rewriting, path: NodePath, handler: PlannedHandler): void {
  const object = path.parentPath as NodePath<ObjectExpression>;
  const key = keyArgument(rewriting, path);
  const method = path.node as Method;
  const { start, end } = object.node;
  // The other methods are still to be edited as members of an object.
  rewriting.afterwards.push({
    start: start ?? 0,
    end: end ?? 0,
    apply: () => object.replaceWith(scheduleMethodCall(rewriting, object.node, key, method, handler)),
  });
}

/**
 * A method of a class is replaced on the prototype (or on the class) by a static block. The block comes
 * first, so that no static field initializer sees the method before: `static instance = new Cart()` with a
 * constructor that hands out `this.add` is common.
 */
function wrapClassMethod(rewriting: Rewriting, path: NodePath, handler: PlannedHandler): void {
  const { types } = rewriting;
  const method = path.node as ClassMethod;
  const body = path.parentPath as NodePath<ClassBody>;
  const key = keyArgument(rewriting, path);
  const target = method.static
    ? types.thisExpression()
    : types.memberExpression(types.thisExpression(), types.identifier('prototype'));
  const replaced = scheduleMethodCall(rewriting, target, key, method, handler);
  const statement = placedAt(types.expressionStatement(replaced), method);
  rewriting.prologues.push({ body, order: method.start ?? 0, statement });
}

/**
 * A private method cannot be replaced. It gets another name, and its own becomes a private field, first in
 * the class so that it is there as early as the method was:
 * `#add = _schedule("id", this.#_add, { ..., name: "#add" })`.
 */
function wrapPrivateMethod(rewriting: Rewriting, path: NodePath, handler: PlannedHandler): void {
  const { types } = rewriting;
  const method = path.node as ClassPrivateMethod;
  const body = path.parentPath as NodePath<ClassBody>;
  const { name } = method.key.id;
  const renamed = freePrivateName(rewriting, name);
  const privateName = (id: string) => types.privateName(types.identifier(id));
  const read = types.memberExpression(types.thisExpression(), privateName(renamed));
  const needs = needsOf(types, handler, `#${name}`);
  const field = types.classPrivateProperty(
    placedAt(privateName(name), method.key),
    scheduleCall(rewriting, handler, placedAt(read, method), needs, method),
  );
  field.static = method.static ?? false;
  method.key = placedAt(privateName(renamed), method.key);
  body.unshiftContainer('body', placedAt(field, method.key));
}

function scheduleMethodCall(
  { types, runtime }: Rewriting,
  target: Expression,
  key: Expression,
  method: Method,
  handler: PlannedHandler,
): Expression {
  const callee = placedAt(runtime.reference('scheduleMethod'), method);
  const needs = needsOf(types, handler);
  return placedAt(
    types.callExpression(callee, [target, key, types.stringLiteral(handler.id), needs]),
    method,
  );
}

function keyArgument(rewriting: Rewriting, path: NodePath): Expression {
  const { types } = rewriting;
  const method = path.node as ObjectMethod | ClassMethod;
  if (method.computed) return repeatableKey(rewriting, path)();
  return types.stringLiteral(staticKey(types, method.key) as string);
}

/** Of several methods with one name the last is the one that exists. */
function isOverridden({ types }: Rewriting, path: NodePath): boolean {
  const method = path.node as Method;
  if (types.isClassPrivateMethod(method) || method.computed) return false;
  const name = staticKey(types, method.key);
  const isStatic = (member: Node) => 'static' in member && member.static === true;
  const later = (path.container as Node[]).slice((path.key as number) + 1);
  return later.some(
    member =>
      (types.isObjectMethod(member) || types.isClassMethod(member)) &&
      !member.computed &&
      isStatic(member) === isStatic(method) &&
      staticKey(types, member.key) === name,
  );
}

/**
 * Whether the method mentions `super`, be it the one of a class inside it: staying in its object is right
 * for any method, only longer to read.
 */
function usesSuper(path: NodePath): boolean {
  let found = false;
  path.traverse({
    Super: reference => {
      found = true;
      reference.stop();
    },
  });
  return found;
}

function freePrivateName({ program }: Rewriting, name: string): string {
  const taken = new Set<string>();
  program.traverse({
    PrivateName(path) {
      taken.add(path.node.id.name);
    },
  });
  let free = `_${name}`;
  for (let suffix = 2; taken.has(free); suffix++) free = `_${name}${suffix}`;
  return free;
}
