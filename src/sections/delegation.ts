/**
 * Delegation: a handler whose conflicting accesses are all made by one call of another handler leaves them to that
 * one's section, and needs none of its own.
 *
 * That is how servers are written: a controller takes the request apart, calls a service and sends what comes back.
 * The call then reaches the service as everybody's call does, with its section; so it must not be made inside of
 * anybody else's, where it would wait for what its own task holds.
 */
import type { Conflicts, Decision } from '../conflicts/classes.js';
import type { Handler } from '../conflicts/handlers.js';
import type { ResourceId } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import { reachableFrom } from '../effects/reachable.js';
import type { FunctionIR } from '../ir/ir.js';
import { BodyFlow } from './flow.js';
import type { Touching } from './touching.js';

/** The calls by which a handler delegates: by function, indices of operations. */
export type DelegatingCalls = Map<FunctionIR, Set<number>>;

/** By index of the handler that delegates: its calls, and the handlers that they reach. */
export type Delegations = Map<number, { calls: DelegatingCalls; to: ReadonlySet<number> }>;

export function findDelegations(
  handlers: readonly Handler[],
  conflicts: Conflicts,
  touching: Touching,
  /** By handler: whether it may hold a lock of the program's own when it calls another. */
  locking: readonly boolean[],
): Delegations {
  const byFunction = handlersByFunction(handlers, conflicts);
  const classOf = new Map(
    conflicts.classes.flatMap((c, index) => c.resources.map(id => [id, index] as const)),
  );
  const found: Delegations = new Map();
  handlers.forEach((handler, index) => {
    if (conflicts.decisions[index]?.protection === 'untouched' || locking[index]) return;
    // Where a stage is called, it is its own section that may be waited for.
    if (handler.isStage) return;
    const delegation = delegationOf(handler, index, byFunction, classOf, handlers, conflicts, touching);
    if (delegation) found.set(index, delegation);
  });
  for (let changed = true; changed; ) {
    changed = false;
    const inside = functionsInside(conflicts, found);
    for (const [index, { calls }] of found) {
      if (![...calls.keys()].some(fn => inside.has(fn))) continue;
      found.delete(index);
      changed = true;
    }
  }
  return found;
}

/** Functions that run inside of a section or behind a gate of somebody who does not delegate. */
function functionsInside({ decisions }: Conflicts, delegations: Delegations): Set<FunctionIR> {
  const inside = new Set<FunctionIR>();
  decisions.forEach(({ protection, reached }, index) => {
    if (protection === 'untouched' || delegations.has(index)) return;
    for (const { fn } of reached) inside.add(fn);
  });
  return inside;
}

/** The handlers that are scheduled where they are defined, so that every call reaches them as such. */
function handlersByFunction(handlers: readonly Handler[], { decisions }: Conflicts): Map<FunctionIR, number> {
  const found = new Map<FunctionIR, number>();
  const several = new Set<FunctionIR>();
  handlers.forEach(({ fn, isReachableInside }, index) => {
    if (found.has(fn)) several.add(fn);
    if (fn.isGenerator) return;
    if (isReachableInside && decisions[index]?.protection !== 'untouched') found.set(fn, index);
  });
  for (const fn of several) found.delete(fn);
  return found;
}

function delegationOf(
  handler: Handler,
  index: number,
  byFunction: ReadonlyMap<FunctionIR, number>,
  classOf: ReadonlyMap<ResourceId, number>,
  handlers: readonly Handler[],
  conflicts: Conflicts,
  touching: Touching,
): { calls: DelegatingCalls; to: Set<number> } | null {
  const calls: DelegatingCalls = new Map();
  const to = new Set<number>();
  for (const instance of handler.instances) {
    if (touching.ofCaller(instance)) return null;
    const operations = touching.operationsOf(instance);
    for (const operation of operations) {
      const callees = calleesOf(instance, operation, byFunction, handlers, touching);
      if (callees === null || callees.has(index)) return null;
      for (const callee of callees.keys()) to.add(callee);
      for (const [callee, targets] of callees)
        if (!covers(conflicts, classOf, conflicts.decisions[callee] as Decision, targets)) return null;
    }
    if (operations.size > 0 && new BodyFlow(instance.fn).mayComeTwice(operations)) return null;
    calls.set(instance.fn, new Set([...(calls.get(instance.fn) ?? []), ...operations]));
  }
  return to.size > 0 ? { calls, to } : null;
}

/** The handlers that an operation calls, if they make all its accesses and the operation waits for them. */
function calleesOf(
  instance: Instance,
  operation: number,
  byFunction: ReadonlyMap<FunctionIR, number>,
  handlers: readonly Handler[],
  touching: Touching,
): Map<number, Instance[]> | null {
  const record = instance.calls.get(operation);
  if (record?.op.op !== 'call' || record.op.join === 'none' || record.op.isNew) return null;
  if (touching.hasOwn(instance, operation)) return null;
  for (const target of [...record.callbacks, ...record.later]) if (touching.isTouching(target)) return null;
  const found = new Map<number, Instance[]>();
  for (const target of record.targets) {
    if (!touching.isTouching(target)) continue;
    const callee = byFunction.get(target.fn);
    if (callee === undefined) return null;
    found.set(callee, [...(found.get(callee) ?? []), target]);
  }
  const tokens = new Set([...found.keys()].flatMap(callee => handlers[callee]?.tokens ?? []));
  for (const token of record.callees) if (!tokens.has(token)) return null;
  return found;
}

/** Whether the handler holds or passes all that these activations of its function need. */
function covers(
  { footprints, classes }: Conflicts,
  classOf: ReadonlyMap<ResourceId, number>,
  decision: Decision,
  targets: readonly Instance[],
): boolean {
  const own = new Map(decision.classes.map(c => [c.class, c.write]));
  for (const [resource, write] of footprints.touchedBy(reachableFrom(targets), [])) {
    const index = classOf.get(resource);
    if (index === undefined || !classes[index]?.locked) continue;
    if (!own.has(index) || (write && !own.get(index))) return false;
  }
  return true;
}
