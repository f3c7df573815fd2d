/**
 * The tasks of an audited program: one run of a handler, from the call until all that it has started is over.
 *
 * They are found by execution alone, not by what the plan says, so that a function that the analysis took for no handler
 * is a task of its own here as soon as something outside calls it.
 */
import type { Holder } from '../held.js';

/** Where code of the program is: a module, and a place in it as `line:column`. */
export interface Site {
  readonly module: string;
  readonly at: string;
}

/** One access that was made. */
export interface Touch {
  readonly task: AuditTask;
  /** Who made it, for people: a handler, or the function that outside code has called. */
  readonly by: string;
  readonly site: Site;
  readonly isWrite: boolean;
  /** What was accessed, for people. */
  readonly storage: string;
}

/** Two accesses in conflict, in the order in which they were made. */
export interface Precedence {
  readonly earlier: Touch;
  readonly later: Touch;
}

export class AuditTask {
  /** Tasks that a conflicting access puts after this one. */
  readonly successors = new Map<AuditTask, Precedence>();
  readonly predecessors = new Set<AuditTask>();
  /** What the runtime says it holds: tasks of the lock table, and sections in bodies. */
  readonly holders = new Set<Holder>();
  /** Gates that it has passed, with the segment that each is good for; none as long as that has not begun. */
  private gates: { holder: Holder; segment: number | null }[] = [];
  /** Runs of functions, results and floating promises that are not over. */
  private pending = 0;
  /** No conflict can lead back to it any more. */
  isGone = false;

  constructor(
    /** The handlers that it may be a run of; none if the plan knows of no handler there. */
    readonly handlers: readonly string[],
    /** For people. */
    readonly name: string,
    /** Common to the tasks that one request leads to, one after another. */
    readonly lineage: object,
    /** What module bodies do before there are tasks. */
    readonly isStartUp: boolean,
  ) {}

  get isOpen(): boolean {
    return this.pending > 0 || this.isStartUp;
  }

  begin(): void {
    this.pending++;
  }

  settle(): void {
    if (--this.pending === 0) this.forget();
  }

  /** It is over: no access of it is to come, so what nothing precedes is in no circle. */
  forget(): void {
    if (this.isOpen || this.isGone || this.predecessors.size > 0) return;
    this.isGone = true;
    for (const successor of this.successors.keys()) {
      successor.predecessors.delete(this);
      successor.forget();
    }
    this.successors.clear();
  }

  passGate(holder: Holder, segment: number | null): void {
    this.gates = this.gates.filter(gate => gate.segment === null || gate.segment === segment);
    this.gates.push({ holder, segment });
  }

  /** Whether it may read or write a class now: it holds it, or has passed a gate of it in this segment. */
  mayAccess(className: string, isWrite: boolean, segment: number): boolean {
    for (const holder of this.holders) if (holder.mayAccess(className, isWrite)) return true;
    for (const gate of this.gates) {
      gate.segment ??= segment;
      if (gate.segment === segment && gate.holder.mayAccess(className, isWrite)) return true;
    }
    return false;
  }

  /** Whether the runtime has a task or section for it that holds something. */
  isKnownAs(holder: Holder): boolean {
    return this.holders.has(holder);
  }
}

/**
 * Notes that `later` comes after `earlier` in every serial order.
 * @returns the precedences that lead back, if there is no serial order any more
 */
export function precede(earlier: Touch, later: Touch): Precedence[] | null {
  const from = earlier.task;
  const to = later.task;
  if (from === to || from.isGone || from.successors.has(to)) return null;
  const back = pathBetween(to, from);
  if (back) return back;
  from.successors.set(to, { earlier, later });
  to.predecessors.add(from);
  return null;
}

function pathBetween(from: AuditTask, to: AuditTask): Precedence[] | null {
  if (from.successors.size === 0 || to.predecessors.size === 0) return null;
  const cameBy = new Map<AuditTask, Precedence | null>([[from, null]]);
  for (const task of cameBy.keys()) {
    if (task === to) {
      const path: Precedence[] = [];
      for (let step = cameBy.get(to); step; step = cameBy.get(step.earlier.task)) path.unshift(step);
      return path;
    }
    for (const [next, step] of task.successors) if (!cameBy.has(next)) cameBy.set(next, step);
  }
  return null;
}
