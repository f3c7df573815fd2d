/**
 * Call paths: by which calls does a handler come to an access?
 *
 * A plan says where handlers access things, not how they get there: that is many times as much, and asked for rarely. So it
 * is looked for here, on demand, breadth first: the shortest path is the one that is easiest to read.
 */
import type { CallRecord, Instance } from '../effects/instances.js';
import { byKeys } from '../order/by-keys.js';

/** How a function comes to run in the course of an operation of another. */
export type Relation =
  /** The operation calls it. */
  | 'call'
  /** A built-in calls it during the operation, as `map` does. */
  | 'callback'
  /** It runs in a later segment of the task, as what is handed to `then` does. */
  | 'later';

/** One function runs another. */
export interface Step {
  caller: Instance;
  /** Index of the operation in the caller. */
  op: number;
  relation: Relation;
  callee: Instance;
}

/** From one of the functions that a task starts with to all that it may run. */
export class CallTree {
  /** The last step on the shortest path to each function; none to those that the task starts with. */
  private readonly lastSteps = new Map<Instance, Step | null>();

  constructor(roots: readonly Instance[]) {
    for (const root of roots) this.lastSteps.set(root, null);
    for (const caller of this.lastSteps.keys())
      for (const [op, record] of inOrder(caller.calls))
        for (const [relation, callees] of relationsOf(record))
          for (const callee of callees)
            if (!this.lastSteps.has(callee)) this.lastSteps.set(callee, { caller, op, relation, callee });
  }

  /** The shortest path to a function, from outside to inside; undefined if there is none. */
  to(instance: Instance): Step[] | undefined {
    let last = this.lastSteps.get(instance);
    if (last === undefined) return undefined;
    const steps: Step[] = [];
    for (; last; last = this.lastSteps.get(last.caller)) steps.push(last);
    return steps.reverse();
  }
}

/** Records are kept in the order in which the solver found them. */
const inOrder = (calls: ReadonlyMap<number, CallRecord>): [number, CallRecord][] =>
  [...calls].sort(([a], [b]) => a - b);

function relationsOf({ targets, callbacks, later }: CallRecord): (readonly [Relation, Instance[]])[] {
  return [
    ['call', byPlace(targets)],
    ['callback', byPlace(callbacks)],
    ['later', byPlace(later)],
  ];
}

const byPlace = (instances: Iterable<Instance>): Instance[] =>
  [...instances].sort(
    byKeys<Instance>(
      i => i.moduleId,
      i => i.fn.start,
      i => i.id,
    ),
  );
