/**
 * Which buffers can be moved to another thread, rather than copied: those that nobody uses when the call has been made.
 *
 * Where that is not plain to see, they are copied. So it is asked of the text: a variable that is declared in the function that
 * makes the call, gets fresh memory there, is used for nothing that keeps the memory, and does not stand anywhere behind the call. Code
 * that stands before it runs before it, unless a loop goes back or a function is called again.
 */
import type { Node } from '@babel/types';
import type { CallRecord, Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { childrenOf, isFunction, isLoop, nodesAround } from '../graph/syntax.js';
import { definitionsOf } from '../ir/definitions.js';
import { NONE, type Op, type Ref, type Span, slotOf, upOf, type Variable } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import { calleesOf } from './callees.js';
import type { ParallelCall } from './find-parallel.js';

/** The arguments of a call whose buffers nobody uses afterwards, by their numbers. */
export function movedIn(program: PointsTo, { module, op, records }: ParallelCall): number[] {
  if (op.spread >= 0 || !op.rewritable || !records.every(({ record }) => isPlain(record))) return [];
  const around = nodesAround(module.ast, op.at, op.end);
  const call = around.at(-1);
  if (call?.type !== 'CallExpression') return [];
  return [...op.args.keys()].filter(index => {
    const argument = call.arguments[index];
    const ref = op.args[index] as Ref;
    if (argument?.type !== 'Identifier' || ref === NONE || upOf(ref) !== 0) return false;
    return (
      records.every(({ instance }) => isFreshMemory(program, instance, ref)) &&
      isLastUse(records[0]?.instance as Instance, slotOf(ref), around, argument)
    );
  });
}

/** Whether the call leads to the parallel function and to nothing else. */
function isPlain({ targets, callbacks, later, models, externals }: CallRecord): boolean {
  return targets.size === 1 && callbacks.size + later.size + externals.size + models.length === 0;
}

/** What gives memory that nobody else has. */
const FRESH =
  /^((node:buffer\.)?Buffer\.(alloc|allocUnsafe|allocUnsafeSlow|concat)|node:fs(\/promises)?\.readFile(Sync)?|node:zlib\.\w+|node:crypto\.(random|hkdf|pbkdf2|scrypt)\w*|Hash#(digest|final)|TextEncoder#encode|(FetchResponse|Blob)#(arrayBuffer|bytes)|FileHandle#readFile)$/;
/** The same, unless they are given memory that they are a view of then. */
const FRESH_OR_VIEW =
  /^((node:buffer\.)?Buffer\.from|ArrayBuffer|DataView|(Big)?(Int|Uint|Float)\d+(Clamped)?Array)$/;

/** Whether a variable holds memory that was made for it. */
function isFreshMemory(program: PointsTo, instance: Instance, ref: Ref): boolean {
  const { bySlot, indices } = definitionsOf(instance.fn);
  let op: Op | undefined = bySlot.get(slotOf(ref));
  while (op?.op === 'copy' || op?.op === 'suspend') {
    const from: Ref = op.op === 'copy' ? op.from : op.value;
    if (from === NONE || upOf(from) !== 0) return false;
    op = bySlot.get(slotOf(from));
  }
  if (op?.op !== 'call') return false;
  const record = instance.calls.get(indices.get(op) ?? -1);
  if (!record || record.targets.size > 0) return false;
  const { args } = op;
  const isView = args.some(arg => arg !== NONE && [...program.solver.tokens(instance.node(arg))].length > 0);
  const callees = calleesOf(program, instance, op);
  return (
    callees.length > 0 &&
    callees.every(({ name }) => FRESH.test(name) || (FRESH_OR_VIEW.test(name) && !isView))
  );
}

/**
 * Whether a variable is of no use when the call has been made.
 * @param around the nodes around the call, the call itself last
 */
function isLastUse({ fn }: Instance, slot: number, around: readonly Node[], argument: Node): boolean {
  const variable = variableOf(fn, slot);
  if (!variable?.init || variable.isCaptured || variable.isReassigned || fn.params.includes(slot))
    return false;
  const { init } = variable;
  const inside = around.slice(around.findLastIndex(isFunction) + 1);
  const root = around.findLast(isFunction);
  // A loop around the call that does not make the variable anew comes by the call again.
  const isRepeated = inside.some(node => isLoop(node) && !holds(node, init));
  if (!root || isRepeated) return false;
  return usesOf(root, variable).every(
    path => path.at(-1) === argument || (endOf(path) <= (argument.start ?? 0) && keepsNothing(path)),
  );
}

const holds = (node: Node, { start, end }: Span): boolean =>
  (node.start ?? 0) <= start && end <= (node.end ?? 0);

const endOf = (path: readonly Node[]): number => path.at(-1)?.end ?? Number.POSITIVE_INFINITY;

/** The nodes around every mention of the name but the declaration; of another variable with the name, too. */
function usesOf(root: Node, { name, at }: Variable): Node[][] {
  const found: Node[][] = [];
  const path: Node[] = [];
  const visit = (node: Node): void => {
    path.push(node);
    if (node.type === 'Identifier' && node.name === name && node.start !== at && !isName(path))
      found.push([...path]);
    for (const child of childrenOf(node)) visit(child);
    path.pop();
  };
  visit(root);
  return found;
}

/** `other.name`, `{ name: other }`: names of properties. */
function isName(path: readonly Node[]): boolean {
  const [parent, node] = path.slice(-2);
  if (parent?.type === 'MemberExpression' || parent?.type === 'OptionalMemberExpression')
    return parent.property === node && !parent.computed;
  return parent?.type === 'ObjectProperty' && parent.key === node && !parent.computed && !parent.shorthand;
}

const NUMBERS: ReadonlySet<string> = new Set(['length', 'byteLength', 'byteOffset']);
/** Methods that give a number, a string or a truth value. */
const READING = /^(read\w+|write\w*|equals|compare|copy|indexOf|lastIndexOf|includes|toString)$/;
/** Methods that change the content. What they give is the buffer itself. */
const FILLING = /^(fill|set|reverse|sort|copyWithin|swap\d+)$/;

/** Whether a use of a buffer gives nobody anything that shares its memory. */
function keepsNothing(path: readonly Node[]): boolean {
  const [outer, consumer, member, node] = path.slice(-4);
  if (member?.type !== 'MemberExpression' || member.object !== node) return false;
  if (member.computed) {
    // As an operand or a target it is a number: not `buffer[name]`, which may be all of the memory.
    if (consumer?.type === 'AssignmentExpression') return consumer.left === member;
    return consumer?.type === 'BinaryExpression' || consumer?.type === 'UpdateExpression';
  }
  if (member.property.type !== 'Identifier') return false;
  const { name } = member.property;
  if (NUMBERS.has(name)) return true;
  if (consumer?.type !== 'CallExpression' || consumer.callee !== member) return false;
  return READING.test(name) || (FILLING.test(name) && outer?.type === 'ExpressionStatement');
}
