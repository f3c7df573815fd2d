/**
 * Work on shared state that nobody waits for.
 *
 * A call whose promise is dropped goes on after the handler has answered. It is still protected, as its task stays open
 * until it has settled; but a failure has nobody to handle it, and others wait longer than the handler takes. The same holds
 * for an async callback that is handed to a built-in which drops its promises (`forEach`).
 */
import type { File } from '@babel/types';
import type { CallRecord, Instance } from '../effects/instances.js';
import { consumerOf, nodesAround, quote } from '../graph/syntax.js';
import type { CallOp } from '../ir/ir.js';
import { type Analysis, calleeOf, resourceOf, type Spot } from './finding.js';

export interface FloatingWork extends Spot {
  /** The call, as it is written. */
  call: string;
  /** A resource that the work accesses after its first suspension or before. */
  resource: string;
  /** True when a built-in drops the promises of a callback. */
  isDropped: boolean;
}

/** One for each place. */
export function findFloatingWork(analysis: Analysis): FloatingWork[] {
  const { segments } = analysis.conflicts;
  const found = new Map<string, FloatingWork>();
  const add = (instance: Instance, op: CallOp, targets: Iterable<Instance>, isDropped: boolean): void => {
    const { ast, code, id } = instance.module.source;
    if (found.has(`${id} ${op.at}`) || (!isDropped && !isStatement(ast, op))) return;
    const resource = resourceOf(analysis, targets);
    if (resource === null) return;
    const call = quote(code, calleeOf(ast, op));
    found.set(`${id} ${op.at}`, { module: id, at: op.at, call, resource, isDropped });
  };
  for (const [instance, ops] of segments.floating)
    for (const index of ops) {
      const record = instance.calls.get(index);
      if (record?.op.op === 'call') add(instance, record.op, [...record.targets].filter(givesPromise), false);
    }
  for (const [instance, ops] of segments.floatingCallbacks)
    for (const index of ops) {
      const record = instance.calls.get(index);
      if (record?.op.op !== 'call' || record.op.isNew) continue;
      const own = [...handedIn(analysis, record)].filter(givesPromise);
      add(instance, record.op, own, dropsResults(record));
    }
  return [...found.values()];
}

/** Whether what a function returns tells when its work has ended: others start work, too, but somewhere inside. */
function givesPromise(instance: Instance): boolean {
  for (const { fn, calls } of returnedFrom(instance)) {
    if (fn.isAsync && !fn.isGenerator) return true;
    for (const { op } of calls.values()) if (op.op === 'react' && op.join === 'return') return true;
  }
  return false;
}

/** The function, and those whose results it returns. */
function returnedFrom(instance: Instance): Set<Instance> {
  const found = new Set([instance]);
  for (const { calls } of found)
    for (const { op, targets } of calls.values())
      if ('join' in op && op.join === 'return') for (const target of targets) found.add(target);
  return found;
}

/** The callbacks that are handed over by this very call; those of an emitter have been so before. */
function handedIn({ program }: Analysis, record: CallRecord): Set<Instance> {
  const functions = new Set<unknown>();
  for (const arg of record.args)
    for (const id of program.solver.tokens(arg)) functions.add(program.heap.get(id).fn);
  return new Set([...record.callbacks].filter(({ fn }) => functions.has(fn)));
}

/** Whether all that may be called forget what their callbacks return. */
function dropsResults({ models }: CallRecord): boolean {
  const calls = models.flatMap(({ model }) => model.calls ?? []).filter(({ when }) => when === 'now');
  return calls.length > 0 && calls.every(({ result }) => result === undefined);
}

/** A statement of its own; with `void`, the author has said that nobody need wait. */
function isStatement(file: File, { at, end }: CallOp): boolean {
  const path = nodesAround(file, at, end);
  return consumerOf(path)?.type === 'ExpressionStatement';
}
