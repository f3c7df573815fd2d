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
import {
  dequeue,
  type Entry,
  enqueue,
  entriesOf,
  isGrantable,
  type Request,
  type RequestKind,
} from './request.js';
import { runningTask, type Task } from './task.js';
import { see } from './task-trace.js';
import { follow, isThenable } from './thenable.js';
import { clock } from './waited-for.js';

/**
 * Gives up what the running task holds until `promise` has settled. Await what this returns, at once: it settles as
 * `promise` does, when the task holds everything again. Outside of a task it returns what it is given.
 */
export function standAside<P>(promise: P): P {
  const task = runningTask();
  if (task === null || !isThenable(promise)) return promise;
  task.begin();
  see(task, 'stands aside for another task');
  task.standAside();
  runReadySoon();
  return follow(
    promise,
    value => comeBack(task).then(() => value),
    error =>
      comeBack(task).then(() => {
        throw error;
      }),
  ) as P;
}

/** Takes everything again, in its turn. */
function comeBack(task: Task): Promise<void> {
  return new Promise(resolve => {
    const needed = task.allModes();
    if (needed.size === 0) {
      task.comeBack();
      task.settle();
      resolve();
      return;
    }
    const locks = [...needed.keys()];
    const request: ComingBack = {
      lock: locks[0] as Lock,
      mode: needed.get(locks[0] as Lock) as Mode,
      previous: null,
      next: null,
      get request(): Request {
        return request;
      },
      entries: null as readonly Entry[] | null,
      kind: comingBack,
      since: clock.now,
      task,
      resolve,
    };
    request.entries = entriesOf(request, locks, [...needed.values()]);
    enqueue(request);
    if (isGrantable(request)) comingBack.grant(request);
  });
}

interface ComingBack extends Request {
  entries: readonly Entry[] | null;
  readonly task: Task;
  readonly resolve: () => void;
}

const comingBack: RequestKind = {
  grant(request: ComingBack) {
    request.task.comeBack();
    dequeue(request);
    request.resolve();
    // Not yet over: the task's own run goes on.
    request.task.settle();
  },
  fail(request: ComingBack) {
    // A task that has begun cannot be given up, so it goes on without.
    request.resolve();
    request.task.settle();
  },
  describe(request: ComingBack) {
    return `${request.task.handler.id} (coming back)`;
  },
};
