/**
 * Callbacks by which a task goes on after its handler has returned: `readFile(path, (error, text) => ...)`.
 *
 * Such a callback is the rest of the handler as the code behind an `await` would be. So the task keeps what it holds
 * until it has been called, and it runs inside of the task: what it hands over in turn is found to belong there.
 */
import type { Lock } from './lock.js';
import type { Mode } from './modes.js';
import { watchRequest } from './outgoing-requests.js';
import { runReadyNow } from './ready.js';
import { warn } from './reports.js';
import { standInFor } from './scheduled-function.js';
import { comeBack } from './stand-aside.js';
import { stretch } from './stretch.js';
import { carried, followRun, runningTask, type Task } from './task.js';
import { see } from './task-trace.js';
import { type AnyFunction, type Arguments, isThenable } from './thenable.js';

export interface ContinuationOptions {
  readonly isAlternative?: boolean;
  readonly name?: string;
}

/** By task: how many calls it waits for. */
const waiting = new Map<Task, number>();

/** What one call waits for: the first of its callbacks that is called, or that none of them can be any more. */
export class Hold<Owner> {
  private isOpen = true;
  private callbacks = 0;

  constructor(
    readonly task: Owner,
    private readonly ended: (task: Owner) => void,
  ) {}

  waitFor(callback: object): void {
    this.callbacks++;
    collected.register(callback, this as Hold<unknown>);
  }

  lose(): void {
    if (--this.callbacks === 0) this.end();
  }

  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.ended(this.task);
  }
}

/** Of a callback that is collected it is known that it will never be called. */
const collected = new FinalizationRegistry<Hold<unknown>>(hold => hold.lose());

function holdOpen(task: Task): Hold<Task> {
  task.begin();
  waiting.set(task, (waiting.get(task) ?? 0) + 1);
  see(task, 'waits for a callback');
  return new Hold(task, letGo);
}

function letGo(task: Task): void {
  const left = (waiting.get(task) as number) - 1;
  if (left > 0) waiting.set(task, left);
  else waiting.delete(task);
  task.settleInSegment();
}

/**
 * Lets those tasks stand aside that keep others from a lock and wait for nothing but callbacks. Some never come (that of a
 * request that has failed), and some wait for the very tasks that are kept waiting (`server.close`). One that comes after
 * all waits until its task holds again what it has given up.
 */
export function makeWay(lock: Lock, mode: Mode): void {
  for (const [task, calls] of waiting) {
    if (task.isAside || !task.waitsFor(calls) || !task.keepsOut(lock, mode)) continue;
    see(task, 'stands aside until its callback is called');
    warn(
      'ANYSPEED_STOOD_ASIDE',
      `${task.handler.id} has made others wait for ${task.describe()} until a callback is called, and stands aside.`,
      'What it has read may have changed by then. See docs/runtime.md.',
    );
    task.standAside();
  }
  runReadyNow();
}

/** The latest hold, for the other callbacks of the same call. */
let latest: Hold<Task> | null = null;

/**
 * Ties a callback that is called later, once or never, to the running task, which keeps what it holds until the callback
 * has been called and what it returns has settled. Hand over what this returns in its place: it has the same length,
 * name, `this`, arguments, result and errors. Outside of a task, and for what is no function, it is what was given.
 *
 * @param options.isAlternative it is handed over by the same call as the callback before: one of them is called
 * @param options.name the `name` that the function would have had
 */
export function continuation<F>(callback: F, options?: ContinuationOptions): F {
  if (typeof callback !== 'function') return callback;
  const task = runningTask();
  if (task === null) return callback;
  if (options?.isAlternative !== true || latest?.task !== task) latest = holdOpen(task);
  const hold = latest;
  const wrapper = lookAlike(callback as unknown as AnyFunction, options, (fn, self, args) =>
    goOn(task, hold, fn, self, args),
  );
  hold.waitFor(wrapper);
  watchRequest(wrapper, () => hold.end());
  return wrapper as unknown as F;
}

/**
 * Lets a callback that is called later run inside of the running task as long as that is open, and by itself afterwards.
 * The task does not wait for it. Otherwise as `continuation`.
 */
export function belonging<F>(callback: F, options?: ContinuationOptions): F {
  if (typeof callback !== 'function') return callback;
  const task = runningTask();
  if (task === null) return callback;
  return lookAlike(callback as unknown as AnyFunction, options, (fn, self, args) =>
    goOn(task, null, fn, self, args),
  ) as unknown as F;
}

/**
 * A function that looks like `fn`, and leaves it to `call` how that is called.
 * @param options.listener what it stands for, if `fn` stands for something itself
 */
export function lookAlike(
  fn: AnyFunction,
  options: { readonly name?: string; readonly listener?: AnyFunction } | undefined,
  call: (fn: AnyFunction, self: unknown, args: Arguments) => unknown,
): AnyFunction {
  const wrapper = standInFor(fn, options?.name, (self, args) => call(fn, self, args));
  // By this property Node's emitters find a listener that is to be removed.
  Object.defineProperty(wrapper, 'listener', {
    value: options?.listener ?? fn,
    configurable: true,
    writable: true,
  });
  return wrapper;
}

/** Calls `fn` inside of the task, if that is not over yet: when it is its turn again, if it has stood aside. */
function goOn(task: Task, hold: Hold<Task> | null, fn: AnyFunction, self: unknown, args: Arguments): unknown {
  if (!task.isOpen) return fn.apply(self, args as unknown[]);
  // From here on the task waits for this run of it.
  task.begin();
  hold?.end();
  return task.isAside ? comeBack(task).then(() => run(task, fn, self, args)) : run(task, fn, self, args);
}

function run(task: Task, fn: AnyFunction, self: unknown, args: Arguments): unknown {
  const { handler: outerHandler, task: outerTask } = stretch;
  stretch.handler = task.handler;
  stretch.task = task;
  let result: unknown;
  try {
    if (task.handler.carriesTask && stretch.storage?.getStore() !== task)
      result = carried(task, fn, self, args);
    else result = fn.apply(self, args as unknown[]);
  } catch (error) {
    task.settleInSegment();
    throw error;
  } finally {
    stretch.handler = outerHandler;
    stretch.task = outerTask;
  }
  if (isThenable(result)) return followRun(task, result);
  task.settleInSegment();
  return result;
}
