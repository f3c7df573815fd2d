/**
 * `call-unscheduled`: a call from inside a task reaches the author's function and not the scheduled one
 * around it. What is called is evaluated where it was, once, and keeps its `this`.
 *
 *     f(x)          _unscheduled(f)(x)
 *     o.m(x)        _unscheduled(o.m).call(o, x)
 *     a().m(x)      _unscheduled((_a = a()).m).call(_a, x)
 *     new F(x)      new (_unscheduled(F))(x)
 *     o.tag`x`      _unscheduled(o.tag).bind(o)`x`
 */
import type { NodePath } from '@babel/traverse';
import type {
  CallExpression,
  Expression,
  MemberExpression,
  NewExpression,
  OptionalCallExpression,
  OptionalMemberExpression,
  TaggedTemplateExpression,
} from '@babel/types';
import { openChain } from './optional-chain.js';
import { repeatableReceiver } from './receiver.js';
import { isTransparent, placedAt, type Rewriting } from './rewriting.js';

type Member = MemberExpression | OptionalMemberExpression;
type Call = CallExpression | OptionalCallExpression | NewExpression | TaggedTemplateExpression;

/** Lets the call, construction or tagged template at `path` reach the unscheduled function. */
export function callUnscheduled(rewriting: Rewriting, path: NodePath): void {
  const { types } = rewriting;
  const call = path.node as Call;
  const slot = types.isTaggedTemplateExpression(call) ? 'tag' : 'callee';
  // `a?.m?.(x)`: the call's own test stays with it. What is left of that has to be tested before.
  const isTested = types.isOptionalCallExpression(call) && call.optional;
  openChain(rewriting, isTested ? (path.get(slot) as NodePath) : path);

  // On the node: all edits inside are done, and no traversal has begun that would have to be told.
  const callee = call as unknown as Record<typeof slot, Expression>;
  const fn = withoutTypes(rewriting, callee[slot]);
  if (types.isNewExpression(call) || !isMember(fn)) {
    callee[slot] = unscheduled(rewriting, fn);
    return;
  }
  unscheduleApplied(rewriting, fn);
  const receiver = repeatableReceiver(rewriting, path, fn);
  const body = unscheduled(rewriting, fn);
  if (types.isTaggedTemplateExpression(call)) {
    const bind = types.memberExpression(body, types.identifier('bind'));
    callee[slot] = placedAt(types.callExpression(bind, [receiver]), fn);
    return;
  }
  const apply = types.identifier('call');
  // They were the type arguments of the method, not of `call`.
  call.typeArguments = null;
  call.typeParameters = null;
  if (isTested) call.optional = false;
  call.arguments.unshift(receiver);
  callee[slot] = placedAt(
    isTested ? types.optionalMemberExpression(body, apply, false, true) : types.memberExpression(body, apply),
    fn,
  );
}

/**
 * `f.call(o, x)` calls `f` if that is a function, and a method named `call` if it is not. Taking the
 * scheduling off both the object and its method is right for either.
 */
function unscheduleApplied(rewriting: Rewriting, member: Member): void {
  const { types } = rewriting;
  const { object, property } = member;
  const isApplication = types.isIdentifier(property) && ['call', 'apply'].includes(property.name);
  if (isApplication && !member.computed && types.isIdentifier(object)) {
    member.object = unscheduled(rewriting, object);
  }
}

function isMember(fn: Expression): fn is Member {
  return fn.type === 'MemberExpression' || fn.type === 'OptionalMemberExpression';
}

/** `(o.m as Add)(x)` and `o.m!(x)` call `m` on `o` as `o.m(x)` does. */
function withoutTypes({ types }: Rewriting, fn: Expression): Expression {
  let value = fn;
  while (isTransparent(types, value)) value = value.expression;
  return value;
}

function unscheduled({ types, runtime }: Rewriting, fn: Expression): Expression {
  const callee = placedAt(runtime.reference('unscheduled'), fn);
  return placedAt(types.callExpression(callee, [fn]), fn);
}
