/**
 * Sync handlers that may have to wait, and whose value somebody takes.
 *
 * A sync function cannot wait: when it has to, the call returns a promise instead of the value. Whoever registered a listener or
 * a timer does not look at what it returns, and frameworks await what routes return. Whoever calls an export or a callback
 * may count on the value, though.
 */
import type { Node } from '@babel/types';
import type { Handler } from '../conflicts/handlers.js';
import type { Instance } from '../effects/instances.js';
import { childrenOf, nodesAround } from '../graph/syntax.js';
import type { FunctionIR } from '../ir/ir.js';
import type { HandlerKind } from '../plan/plan.js';
import type { Analysis, Spot } from './finding.js';

export interface PromisedValue extends Spot {
  handler: string;
  kind: HandlerKind;
}

/** In the order of the handlers. */
export function findPromisedValues(analysis: Analysis): PromisedValue[] {
  const { handlers, conflicts } = analysis;
  const candidates = handlers.filter(({ kind, fn }, i) => {
    const isScheduled = conflicts.decisions[i]?.protection !== 'untouched';
    return isScheduled && !fn.isAsync && !fn.isGenerator && (kind === 'export' || kind === 'callback');
  });
  if (candidates.length === 0) return [];
  const inside = calledInside(analysis);
  return (
    candidates
      // What the program itself calls is most likely there for the program alone.
      .filter(handler => !inside.has(handler.fn) && givesValue(handler))
      .map(({ id, kind, module, at }) => ({ handler: id, kind, module, at }))
  );
}

/** Functions that the program calls itself: those calls wait for nothing. */
function calledInside({ program }: Analysis): Set<FunctionIR> {
  const inside = new Set<FunctionIR>();
  for (const instance of program.instances.all) for (const { fn } of instance.runs) inside.add(fn);
  return inside;
}

/** Whether the function returns, somewhere, what is a value and no promise. */
function givesValue({ instances }: Handler): boolean {
  const [instance] = instances;
  if (!instance) return false;
  const { start, end, form } = instance.fn;
  const fn = nodesAround(instance.module.source.ast, start, end).at(-1);
  if (!fn || !('body' in fn)) return false;
  const body = fn.body as Node;
  // What an arrow function without a body of statements does is often what it is for: `() => count++`.
  if (form === 'arrow' && body.type !== 'BlockStatement') return isValue(instance, body, true);
  return returnsIn(body).some(value => isValue(instance, value, false));
}

function returnsIn(node: Node): Node[] {
  if (node.type === 'ReturnStatement') return node.argument ? [node.argument] : [];
  // Functions inside return to somebody else.
  return childrenOf(node).flatMap(child =>
    'params' in child || child.type === 'ClassBody' ? [] : returnsIn(child),
  );
}

function isValue(instance: Instance, node: Node, mayBeEffect: boolean): boolean {
  const isPart = (part: Node): boolean => isValue(instance, part, mayBeEffect);
  switch (node.type) {
    case 'NumericLiteral':
    case 'StringLiteral':
    case 'BooleanLiteral':
    case 'TemplateLiteral':
    case 'BinaryExpression':
    case 'ObjectExpression':
    case 'ArrayExpression':
    case 'MemberExpression':
    case 'OptionalMemberExpression':
      return true;
    case 'Identifier':
      return node.name !== 'undefined' && !holdsPromise(instance, node);
    case 'UnaryExpression':
      return node.operator !== 'void' && node.operator !== 'delete';
    case 'UpdateExpression':
      return !mayBeEffect;
    case 'ConditionalExpression':
      return isPart(node.consequent) || isPart(node.alternate);
    case 'LogicalExpression':
      return isPart(node.left) || isPart(node.right);
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
      return isPart(node.expression);
    case 'CallExpression':
      return !mayBeEffect && isPlainCall(instance, node);
    default:
      return false;
  }
}

/** A name may hold a promise if something that gives one is ever stored in it. */
function holdsPromise(instance: Instance, { name, start }: Extract<Node, { type: 'Identifier' }>): boolean {
  const variable = instance.fn.variables.find(v => v.name === name && v.init !== null);
  if (!variable?.init || variable.at > (start ?? 0)) return false;
  const { init } = variable;
  const value = nodesAround(instance.module.source.ast, init.start, init.end).at(-1);
  return (
    value?.type === 'NewExpression' || (value?.type === 'CallExpression' && !isPlainCall(instance, value))
  );
}

/** A call of which it is known that it gives no promise. */
function isPlainCall(instance: Instance, { start, end }: Node): boolean {
  for (const { op, targets, externals, models } of instance.calls.values()) {
    if (op.op !== 'call' || op.at !== start || op.end !== end) continue;
    return (
      externals.size === 0 &&
      targets.size + models.length > 0 &&
      [...targets].every(({ fn }) => !fn.isAsync && !fn.isGenerator && fn.blocks.every(isWithoutCalls)) &&
      models.every(({ model }) => !model.isAsync && !model.returns?.includes('Promise'))
    );
  }
  return false;
}

/** What a function returns that calls nothing is no promise of its own making. */
const isWithoutCalls = ({ ops }: { ops: readonly { op: string }[] }): boolean =>
  ops.every(({ op }) => op !== 'call' && op !== 'react');
