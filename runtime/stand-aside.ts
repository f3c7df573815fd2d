/**
 * Giving up what a task holds while it waits for what only another task can bring.
 *
 * A long poll, a reply that is matched to its request, a queue that is empty: whoever settles such a promise may
 * need the very locks that its waiter holds. Like a monitor's `wait`, this releases them and takes them again
 * before the task goes on. What the task has read before may have changed by then, as it may have at that place
 * in the program as it was written.
 */
import type { Lock } from './lock.js';
import type { Mode } from './modes.js';
import { runReadySoon } from './ready.js';
import { PlacedRequest } from './request.js';
import { runningTask, type Task } from './task.js';
import { see } from './task-trace.js';
import { follow, isThenable } from './thenable.js';
import { startOfWait } from './waited-for.js';

/**
 * Gives up what the running task holds until `promise` has settled. Await what this returns, at once: it settles as
 * `promise` does, when the task holds everything again. Outside of a task it returns what it is given.
 */
export function standAside<P>(promise: P): P {
  const task = runningTask();
  return task === null ? promise : asideOf(task, promise);
}

/** The same for a task that is known. */
export function asideOf<P>(task: Task, promise: P): P {
  if (!isThenable(promise)) return promise;
  task.begin();
  see(task, 'stands aside for another task');
  task.standAside();
  runReadySoon();
  return follow(
    promise,
    value => comeBack(task).then(() => goOn(task, value)),
    error =>
      comeBack(task).then(() => {
        throw goOn(task, error);
      }),
  ) as P;
}

/** Not over: the task's own run goes on. */
function goOn<T>(task: Task, outcome: T): T {
  task.settle();
  return outcome;
}

/** Those that are about to come back: a task may have several reasons to at once. */
const comingBack = new WeakMap<Task, Promise<void>>();

/** Takes everything again, in its turn, unless somebody else has seen to that. The caller keeps the task open. */
export function comeBack(task: Task): Promise<void> {
  if (!task.isAside) return Promise.resolve();
  const known = comingBack.get(task);
  if (known) return known;
  let isBack!: () => void;
  const back = new Promise<void>(resolve => {
    isBack = () => {
      comingBack.delete(task);
      task.endAside();
      resolve();
    };
  });
  comingBack.set(task, back);
  const needed = task.allModes();
  if (needed.size === 0) {
    task.comeBack();
    isBack();
    return back;
  }
  const request = new ComingBack(needed, task, isBack);
  if (request.lineUp()) request.grant();
  return back;
}

class ComingBack extends PlacedRequest {
  constructor(
    needed: Map<Lock, Mode>,
    private readonly task: Task,
    private readonly resolve: () => void,
  ) {
    super({ locks: [...needed.keys()], modes: [...needed.values()] }, null, startOfWait());
  }

  grant(): void {
    this.task.comeBack();
    this.leave();
    this.resolve();
  }

  /** A task that has begun cannot be given up, so it goes on without. */
  fail(): void {
    this.resolve();
  }

  describe(): string {
    return `${this.task.handler.id} (coming back)`;
  }
}
