/**
 * Scheduled generators: the task lasts from the call (async: from the first `next()`) until the generator
 * is exhausted, returned or thrown into, and each step is a stretch of it.
 *
 * The generator object stays the author's own: its three methods are shadowed by own properties, so that
 * `for`, spreading and `yield*` find them while identity and prototype are kept. A generator that is abandoned
 * in the middle would hold its locks for ever, so the collector's notice releases them.
 */
import { call } from './call.js';
import type { Handler } from './handler.js';
import type { Needs } from './needs.js';
import { carryTasks, stretch } from './stretch.js';
import { runningTask, type Task } from './task.js';
import { type AnyFunction, type Arguments, follow } from './thenable.js';

type Step = 'next' | 'return' | 'throw';
const steps: readonly Step[] = ['next', 'return', 'throw'];

/** What keeps a generator's task open. Must not refer to the generator, or it would never be collected. */
class Hold {
  constructor(private task: Task | null) {
    task?.begin();
  }

  /** Runs one step of the generator as a stretch of its task. */
  step(run: () => unknown): unknown {
    const { task } = this;
    if (task === null) return run();
    const { handler: outerHandler, task: outerTask } = stretch;
    stretch.handler = task.handler;
    stretch.task = task;
    try {
      return task.handler.carriesTask ? carryTasks().run(task, run) : run();
    } finally {
      stretch.handler = outerHandler;
      stretch.task = outerTask;
    }
  }

  /** The generator is over. Steps may still be asked of it, and the collector's notice may come as well. */
  end(): void {
    const { task } = this;
    this.task = null;
    task?.settleInSegment();
    abandoned.unregister(this);
  }
}

const abandoned = new FinalizationRegistry<Hold>(hold => hold.end());

/** Calls a scheduled generator function. */
export function generatorCall(
  handler: Handler,
  fn: AnyFunction,
  self: unknown,
  args: Arguments,
  needs: Needs | null,
): unknown {
  return call(handler, open, self, args, needs);

  function open(this: unknown, ...given: unknown[]): unknown {
    const generator = fn.apply(this, given) as Generator;
    const hold = new Hold(runningTask());
    abandoned.register(generator, hold, hold);
    shadow(generator, (original, value) => {
      let result: IteratorResult<unknown>;
      try {
        result = hold.step(() => original.call(generator, value)) as IteratorResult<unknown>;
      } catch (error) {
        hold.end();
        throw error;
      }
      if (result.done) hold.end();
      return result;
    });
    return generator;
  }
}

/** Calls a scheduled async generator function. Nothing of it runs before its first `next()`. */
export function asyncGeneratorCall(
  handler: Handler,
  fn: AnyFunction,
  self: unknown,
  args: Arguments,
  needs: Needs | null,
): unknown {
  const generator = fn.apply(self, args as unknown[]) as AsyncGenerator;
  let hold: Hold | null = null;
  /** The first step, which may have to wait for its turn; later ones are asked of the generator after it. */
  let opening: Promise<unknown> | null = null;

  function step(original: AnyFunction, value: unknown): unknown {
    const held = hold;
    if (held === null) return original.call(generator, value);
    return follow(
      held.step(() => original.call(generator, value)) as Promise<IteratorResult<unknown>>,
      result => {
        if ((result as IteratorResult<unknown>).done) held.end();
        return result;
      },
      error => {
        held.end();
        throw error;
      },
    );
  }

  function open(original: AnyFunction, value: unknown): Promise<unknown> {
    const first = () => {
      hold = new Hold(runningTask());
      abandoned.register(generator, hold, hold);
      return step(original, value);
    };
    return call(handler, first, self, args, needs) as Promise<unknown>;
  }

  shadow(generator, (original, value, name) => {
    if (hold !== null) return step(original, value);
    if (opening !== null) {
      const next = () => step(original, value);
      return opening.then(next, next);
    }
    // To return from or throw into a generator that has not begun ends it without running any of it.
    if (name !== 'next') return original.call(generator, value);
    opening = open(original, value);
    return opening;
  });
  return generator;
}

/** Shadows the methods of a generator object by own properties that are as invisible as inherited ones. */
function shadow(
  generator: Generator | AsyncGenerator,
  step: (original: AnyFunction, value: unknown, name: Step) => unknown,
): void {
  for (const name of steps) {
    const original = generator[name] as AnyFunction;
    Object.defineProperty(generator, name, {
      value: (value?: unknown) => step(original, value, name),
      configurable: true,
      writable: true,
    });
  }
}
