/**
 * Callbacks by which a task goes on after its handler has returned: `readFile(path, (error, text) => ...)`.
 *
 * Such a callback is the rest of the handler as the code behind an `await` would be. So the task keeps what it holds
 * until it has been called, and it runs inside of the task: what it hands over in turn is found to belong there.
 */
import { standIn } from './scheduled-function.js';
import { stretch } from './stretch.js';
import { carried, followRun, runningTask, type Task } from './task.js';
import { see } from './task-trace.js';
import { type AnyFunction, type Arguments, isThenable } from './thenable.js';

export interface ContinuationOptions {
  readonly isAlternative?: boolean;
  readonly name?: string;
}

/** What one call waits for: the first of its callbacks that is called. */
class Hold {
  private isOpen = true;

  constructor(readonly task: Task) {
    task.begin();
    see(task, 'waits for a callback');
  }

  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.task.settleInSegment();
  }
}

/** Of a callback that is collected it is known that it will never be called. */
const forgotten = new FinalizationRegistry<Hold>(hold => hold.end());

/** The latest hold, for the other callbacks of the same call. */
let latest: Hold | null = null;

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
  if (options?.isAlternative !== true || latest?.task !== task) latest = new Hold(task);
  const hold = latest;
  const wrapper = wrap(callback as unknown as AnyFunction, options, (fn, self, args) => {
    forgotten.unregister(wrapper);
    return goOn(hold.task, hold, fn, self, args);
  });
  forgotten.register(wrapper, hold, wrapper);
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
  return wrap(callback as unknown as AnyFunction, options, (fn, self, args) =>
    goOn(task, null, fn, self, args),
  ) as unknown as F;
}

/** A function that looks like `fn`, and leaves it to `call` how that is called. */
function wrap(
  fn: AnyFunction,
  options: ContinuationOptions | undefined,
  call: (fn: AnyFunction, self: unknown, args: Arguments) => unknown,
): AnyFunction {
  // A method has no `prototype` of its own, as the callback may have none.
  const { wrapper } = {
    wrapper(this: unknown, ...args: unknown[]): unknown {
      return call(fn, this, args);
    },
  };
  standIn(wrapper, fn, options?.name);
  // By this property Node's emitters find a listener that is to be removed.
  Object.defineProperty(wrapper, 'listener', { value: fn, configurable: true, writable: true });
  return wrapper;
}

/** Calls `fn` inside of the task, if that is not over yet. */
function goOn(task: Task, hold: Hold | null, fn: AnyFunction, self: unknown, args: Arguments): unknown {
  if (!task.isOpen) return fn.apply(self, args as unknown[]);
  // From here on the task waits for this run of it.
  task.begin();
  hold?.end();
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
