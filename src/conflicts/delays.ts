/**
 * Delays: how long is a timer set for, at most?
 *
 * Seen from the expression alone: numbers, constants, and what is computed of them. Of anything else nothing is known.
 */
import type { Expression, Node } from '@babel/types';
import type { Instance } from '../effects/instances.js';
import { nodesAround } from '../graph/syntax.js';
import type { CallOp, Variable } from '../ir/ir.js';

const ROUNDING: ReadonlySet<string> = new Set(['ceil', 'floor', 'round', 'trunc']);

/** Constants that are made of others are followed so far. */
const MAX_DEPTH = 8;

/**
 * The most milliseconds after which a call `setTimeout(f, delay)` has `f` called.
 * @returns `Infinity` where nothing is known
 */
export function longestDelay(instance: Instance, { at, end }: CallOp): number {
  const call = nodesAround(instance.module.source.ast, at, end).at(-1);
  if (call?.type !== 'CallExpression' && call?.type !== 'OptionalCallExpression') return Infinity;
  const [, delay] = call.arguments;
  return delay ? most(instance, delay, MAX_DEPTH) : 0;
}

/** The most that an expression gives, if that is a number and not negative: the same delay as none. */
function most(instance: Instance, node: Node, depth: number): number {
  const of = (part: Node): number => most(instance, part, depth);
  switch (node.type) {
    case 'NumericLiteral':
      return node.value;
    case 'BinaryExpression':
      if (node.operator === '+') return of(node.left) + of(node.right);
      if (node.operator === '*') return product(of(node.left), of(node.right));
      return Infinity;
    case 'ConditionalExpression':
      return Math.max(of(node.consequent), of(node.alternate));
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
      return of(node.expression);
    case 'CallExpression':
      return mostOfCall(node.callee, node.arguments, of);
    case 'Identifier': {
      const found = depth > 0 ? constantNamed(instance, node.name) : null;
      return found ? most(found.of, found.init, depth - 1) : Infinity;
    }
    default:
      return Infinity;
  }
}

/** Nothing times what is not known is not known either. */
const product = (left: number, right: number): number =>
  left === Infinity || right === Infinity ? Infinity : left * right;

function mostOfCall(callee: Node, args: readonly Node[], of: (part: Node) => number): number {
  if (callee.type !== 'MemberExpression' || callee.computed) return Infinity;
  const { object, property } = callee;
  if (object.type !== 'Identifier' || object.name !== 'Math' || property.type !== 'Identifier')
    return Infinity;
  if (property.name === 'random') return 1;
  const [rounded] = args;
  return rounded && ROUNDING.has(property.name) ? Math.ceil(of(rounded)) : Infinity;
}

/** What the innermost variable of that name is set to, if it is set once. */
function constantNamed(from: Instance, name: string): { of: Instance; init: Expression } | null {
  for (let instance: Instance | null = from; instance; instance = instance.parent) {
    const named: readonly Variable[] = instance.fn.variables.filter(variable => variable.name === name);
    const [variable] = named;
    if (!variable) continue;
    if (named.length > 1 || variable.isReassigned || !variable.init) return null;
    if (instance.fn.params.includes(variable.slot)) return null;
    const { start, end } = variable.init;
    const init = nodesAround(instance.module.source.ast, start, end).at(-1);
    return init ? { of: instance, init: init as Expression } : null;
  }
  return null;
}
