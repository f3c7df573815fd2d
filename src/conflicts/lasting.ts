/**
 * Lasting: what lets a task last until the work is over that it has started and does not await.
 *
 * - a promise is followed: that of a call, of a reaction, or of each call that a built-in makes of a callback;
 * - a callback by which the task goes on is waited for, where it is handed over by an expression of its own, unless it settles
 *   a promise: then it only has to find the task.
 */
import { type Instance, isFollowed } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { consumerOf, nodesAround } from '../graph/syntax.js';
import type { CallOp, Leaf } from '../ir/ir.js';
import type { SegmentAnalysis } from './segments.js';

export type Lasting =
  /** The promise of the whole operation is followed. */
  | { by: 'promise' }
  /** So are those that a callback returns, handed over by these expressions. */
  | { by: 'results'; callbacks: Leaf[] }
  /** One of these callbacks is waited for. */
  | { by: 'callback'; callbacks: Leaf[] }
  /** The task waits for what they settle: these callbacks are to find it, and it need not wait for them. */
  | { by: 'itself'; callbacks: Leaf[] };

/**
 * How a task is to last for what an operation has started: nothing if that is awaited or has no conflicting accesses. A list
 * of callbacks may be empty: then nobody knows where they come from, and they are on their own.
 */
export function lastingAt(
  program: PointsTo,
  { floating, continuing, awaited, floatingCallbacks }: SegmentAnalysis,
  instance: Instance,
  index: number,
): Lasting[] {
  const record = instance.calls.get(index);
  if (!record) return [];
  const { op } = record;
  const lasting: Lasting[] = [];
  const goesOn = continuing.get(instance)?.has(index) === true;
  const isPromised = goesOn && isFollowed(record);
  const isSettledLater = record.settledBy?.some(by => awaited.get(by.instance)?.has(by.index));
  if (isPromised || isSettledLater || (op.op === 'call' && floating.get(instance)?.has(index)))
    lasting.push({ by: 'promise' });
  if (op.op !== 'call') return lasting;
  if (goesOn && !isPromised)
    lasting.push({
      by: 'callback',
      callbacks: leavesOf(
        program,
        instance,
        op,
        [...record.later].filter(target => !record.awaited?.has(target)),
      ),
    });
  if (awaited.get(instance)?.has(index))
    lasting.push({ by: 'itself', callbacks: leavesOf(program, instance, op, record.awaited ?? []) });
  if (floatingCallbacks.get(instance)?.has(index) && !isAwaited(instance, op))
    lasting.push({ by: 'results', callbacks: leavesOf(program, instance, op, record.callbacks) });
  return lasting;
}

/** The expressions among the arguments that give one of the functions. */
function leavesOf(
  program: PointsTo,
  instance: Instance,
  { leaves }: CallOp,
  functions: Iterable<Instance>,
): Leaf[] {
  const wanted = new Set([...functions].map(({ fn }) => fn));
  return leaves.filter(({ ref }) => {
    for (const id of program.solver.tokens(instance.node(ref))) {
      const { kind, fn } = program.heap.get(id);
      if (kind === 'function' && fn && wanted.has(fn)) return true;
    }
    return false;
  });
}

const COMBINATORS = /^Promise\.(all|allSettled|any|race)\($/;

/** `await Promise.all(list.map(async ...))`: the handler itself waits for the results. */
function isAwaited({ module }: Instance, { at, end }: CallOp): boolean {
  const { ast, code } = module.source;
  const path = nodesAround(ast, at, end);
  const all = consumerOf(path);
  if (all?.type !== 'CallExpression') return false;
  if (!COMBINATORS.test(code.slice(all.start ?? 0, all.arguments[0]?.start ?? 0).replace(/\s/g, '')))
    return false;
  const consumer = consumerOf(path.slice(0, path.indexOf(all) + 1));
  return consumer?.type === 'AwaitExpression';
}
