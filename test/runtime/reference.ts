/**
 * A naive lock table, to compare the real one with: no queues, no counts, no intention modes. It keeps all holds and
 * all waits in two lists and works out from the rules alone, pair by pair, who may run.
 */

export type Mode = 'shared' | 'update' | 'exclusive';

/** A class as a whole, or one key of it. */
export interface Claim {
  class: string;
  key?: number;
  mode: Mode;
}

export interface ReferenceTask {
  id: number;
  claims: Claim[];
  /** It holds nothing once it has started: a gate, or a sync section, which is over at once. */
  isInstant: boolean;
}

interface LateWait {
  task: number;
  claims: Claim[];
}

function conflict(one: Claim, other: Claim): boolean {
  if (one.class !== other.class) return false;
  if (one.key !== undefined && other.key !== undefined && one.key !== other.key) return false;
  const modes = [one.mode, other.mode];
  if (modes.includes('exclusive')) return true;
  return one.mode === 'update' && other.mode === 'update';
}

/** Whether holders of the two must not run together. */
export function conflicts(some: Claim[], others: Claim[]): boolean {
  return some.some(one => others.some(other => conflict(one, other)));
}

export class ReferenceTable {
  readonly holds = new Map<number, Claim[]>();
  private waiting: ReferenceTask[] = [];
  private late: LateWait[] = [];
  /** Tasks in the order in which they started. */
  readonly started: number[] = [];
  /** How many cycles were broken. */
  broken = 0;

  request(task: ReferenceTask): void {
    this.waiting.push(task);
    this.advance();
  }

  release(task: number): void {
    this.holds.delete(task);
    this.advance();
  }

  giveUp(task: number): void {
    this.waiting = this.waiting.filter(other => other.id !== task);
    this.advance();
  }

  /** A task that holds something asks for more. */
  requestLate(task: number, claims: Claim[]): void {
    this.late.push({ task, claims });
    this.advance();
    if (this.isWaitingLate(task) && this.reaches(task, task, new Set())) {
      this.late = this.late.filter(wait => wait.task !== task);
      this.broken++;
      this.advance();
    }
  }

  /** A task that stood aside asks for what it held. */
  comeBack(task: number, claims: Claim[]): void {
    this.waiting.push({ id: task, claims, isInstant: false });
    this.advance();
  }

  isWaiting(task: number): boolean {
    return this.waiting.some(other => other.id === task);
  }

  isWaitingLate(task: number): boolean {
    return this.late.some(wait => wait.task === task);
  }

  private heldByOthers(task: number): Claim[] {
    return [...this.holds].flatMap(([other, claims]) => (other === task ? [] : claims));
  }

  /** Whom the late wait of a task waits for. */
  private blockers(task: number): number[] {
    const index = this.late.findIndex(wait => wait.task === task);
    const wait = this.late[index];
    if (wait === undefined) return [];
    const holders = [...this.holds].filter(
      ([other, claims]) => other !== task && conflicts(claims, wait.claims),
    );
    const earlier = this.ahead(index).filter(other => conflicts(other.claims, wait.claims));
    return [...holders.map(([other]) => other), ...earlier.map(other => other.task)];
  }

  /** The late waits before one, without those that wait for its own task: they cannot be served before it. */
  private ahead(index: number): LateWait[] {
    const own = this.holds.get((this.late[index] as LateWait).task) ?? [];
    return this.late.slice(0, index).filter(other => !conflicts(other.claims, own));
  }

  private reaches(from: number, goal: number, seen: Set<number>): boolean {
    for (const blocker of this.blockers(from)) {
      if (blocker === goal) return true;
      if (seen.has(blocker)) continue;
      seen.add(blocker);
      if (this.reaches(blocker, goal, seen)) return true;
    }
    return false;
  }

  private advance(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const [index, wait] of this.late.entries()) {
        const ahead = this.ahead(index).flatMap(({ claims }) => claims);
        if (conflicts(wait.claims, [...this.heldByOthers(wait.task), ...ahead])) continue;
        this.holds.set(wait.task, [...(this.holds.get(wait.task) ?? []), ...wait.claims]);
        this.late = this.late.filter(other => other !== wait);
        changed = true;
        break;
      }
      if (changed) continue;
      for (const [index, task] of this.waiting.entries()) {
        const ahead = [...this.waiting.slice(0, index), ...this.late].flatMap(({ claims }) => claims);
        if (conflicts(task.claims, [...this.heldByOthers(task.id), ...ahead])) continue;
        this.started.push(task.id);
        if (!task.isInstant) this.holds.set(task.id, task.claims);
        this.waiting = this.waiting.filter(other => other !== task);
        changed = true;
        break;
      }
    }
  }
}
