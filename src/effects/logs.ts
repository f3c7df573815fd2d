/**
 * Logs: lists that tasks only ever append to, and that are emptied into the outside.
 *
 * ```js
 * const pending = [];
 * export const log = line => { pending.push(line); };
 * export async function flush() {
 *   const lines = pending.splice(0);
 *   if (lines.length > 0) await appendFile('server.log', lines.join('\n'));
 * }
 * ```
 *
 * It is the same as to append each line to the file at once, which no model takes for a conflict: nothing in the program can tell in
 * which order two tasks have appended. So it need not be the order of their sections, and nobody has to hold anything for it.
 *
 * That nothing can tell is proven, of each access: it appends and drops what that gives (the new length), or it takes out all at once, in
 * a function that accesses nothing else which ever changes, hands nothing to code without a model, and returns nothing. What it has taken
 * out can get nowhere then but out of the program.
 */
import type { Function as FunctionNode, Node } from '@babel/types';
import { childrenOf, isDropped, isFunction, nodesAround } from '../graph/syntax.js';
import { type CallOp, ELEMENT, type FunctionIR } from '../ir/ir.js';
import type { Access, Accesses, ResourceId } from './accesses.js';
import type { CallRecord, Instance } from './instances.js';
import type { PointsTo } from './points-to.js';
import { reachableFrom } from './reachable.js';

/** A list that is a log, and where it is used. */
export interface Log {
  resource: ResourceId;
  appends: LogUse[];
  drains: LogUse[];
}

export interface LogUse {
  instance: Instance;
  access: Access;
}

/** In the order of their resources. */
export function findLogs(program: PointsTo, accesses: Accesses): Log[] {
  // Of lists that count as one, nobody knows which is drained.
  if (accesses.isMerged) return [];
  const usesOf = new Map<ResourceId, LogUse[]>();
  for (const { id, storage } of accesses.resources)
    if (storage.kind === 'field' && storage.field === ELEMENT && isList(program, storage.token))
      usesOf.set(id, []);
  for (const [instance, all] of accesses.of)
    for (const access of all) usesOf.get(access.resource)?.push({ instance, access });
  const drained = new Drains(accesses);
  return [...usesOf].flatMap(([resource, uses]) => {
    const appends = uses.filter(isAppend);
    const drains = uses.filter(use => !isAppend(use));
    const isLog = appends.length > 0 && drains.every(use => isDrain(use) && drained.isHandedOut(use));
    return isLog ? [{ resource, appends, drains }] : [];
  });
}

/** Made once, while modules evaluate: lists of a task's own making may be handed on in ways that are none of a log. */
function isList({ heap }: PointsTo, token: number): boolean {
  const { kind, type, parent } = heap.get(token);
  return kind === 'object' && type === 'Array' && parent?.fn.form === 'module';
}

/** The call that makes an access, if that is one of a built-in by this name and no other. */
function builtInCall({ instance, access }: LogUse, name: string): CallOp | null {
  const record = instance.calls.get(access.op);
  if (!record || access.assumed !== null || record.op.op !== 'call') return null;
  return record.op.field === name && isOnlyModelled(record) ? record.op : null;
}

const isOnlyModelled = ({ externals, models, targets }: CallRecord): boolean =>
  externals.size === 0 && targets.size === 0 && models.length > 0;

/** `pending.push(line);` */
function isAppend(use: LogUse): boolean {
  const call = builtInCall(use, 'push');
  return call !== null && isDropped(around(use.instance, call));
}

/** `pending.splice(0)` */
function isDrain(use: LogUse): boolean {
  const call = builtInCall(use, 'splice');
  const node = call && around(use.instance, call).at(-1);
  if (node?.type !== 'CallExpression') return false;
  const [start, ...others] = node.arguments;
  return others.length === 0 && start?.type === 'NumericLiteral' && start.value === 0;
}

const around = ({ module }: Instance, { at, end }: CallOp): Node[] => nodesAround(module.source.ast, at, end);

/** Asks of functions that take everything out of a log whether it leaves the program there, unseen. */
class Drains {
  /** What tasks write: all else is constant. */
  private readonly changing = new Set<ResourceId>();

  constructor(private readonly accesses: Accesses) {
    for (const [{ fn }, all] of accesses.of)
      if (fn.form !== 'module') for (const { resource, write } of all) if (write) this.changing.add(resource);
  }

  isHandedOut({ instance, access }: LogUse): boolean {
    if (instance.fn.form === 'module' || !returnsNothing(instance)) return false;
    const reached = reachableFrom([instance]);
    const functions = new Set<FunctionIR>([...reached].map(({ fn }) => fn));
    return [...reached].every(
      inner => this.accessesOnly(inner, access.resource) && keepsToItself(inner, functions),
    );
  }

  private accessesOnly(instance: Instance, log: ResourceId): boolean {
    return (this.accesses.of.get(instance) ?? []).every(
      ({ resource, assumed }) => resource === log || (assumed === null && !this.changing.has(resource)),
    );
  }
}

/** Whether it calls no code without a model, and makes no function that is called by others, later. */
function keepsToItself(instance: Instance, functions: ReadonlySet<FunctionIR>): boolean {
  for (const { externals, stages } of instance.calls.values()) if (externals.size > 0 || stages) return false;
  let isAlone = true;
  instance.forEachOp(op => {
    if (op.op === 'closure' && !functions.has(instance.module.ir.functions[op.fn] as FunctionIR))
      isAlone = false;
    if (op.op === 'opaque') isAlone = false;
  });
  return isAlone;
}

/** Whether nobody learns anything from calling it but that it is over. */
function returnsNothing({ fn, module }: Instance): boolean {
  const node = nodesAround(module.source.ast, fn.start, fn.end).at(-1);
  if (!node || !isFunction(node) || fn.isGenerator) return false;
  return (node as FunctionNode).body.type === 'BlockStatement' && !tells((node as FunctionNode).body);
}

function tells(node: Node): boolean {
  if (isFunction(node)) return false;
  if (node.type === 'ThrowStatement') return true;
  return (node.type === 'ReturnStatement' && node.argument != null) || childrenOf(node).some(tells);
}
