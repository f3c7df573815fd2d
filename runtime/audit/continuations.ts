/**
 * Callbacks by which a task goes on, as the audit sees them: until one of a call's callbacks has been called, or all have been
 * collected, the task is not over, and what is called is part of it, whoever calls it.
 */
import { type ContinuationOptions, Hold, lookAlike } from '../continuation.js';
import type { AnyFunction } from '../thenable.js';
import type { Activations } from './activations.js';
import type { AuditTask } from './task.js';

export class Continuations {
  /** The latest, for the other callbacks of the same call. */
  private latest: Hold<AuditTask> | null = null;

  constructor(private readonly activations: Activations) {}

  /** `tied`, which the runtime has made of `callback`, as that by which the running task goes on. */
  waitFor<F>(callback: F, tied: F, options: ContinuationOptions | undefined): F {
    const { task } = this.activations;
    if (!task || typeof tied !== 'function') return tied;
    if (options?.isAlternative !== true || this.latest?.task !== task) this.latest = holdOpen(task);
    const hold = this.latest;
    const wrapper = this.inside(task, callback, tied, () => hold.end());
    hold.waitFor(wrapper as object);
    return wrapper;
  }

  /** The same without waiting for it. */
  belonging<F>(callback: F, tied: F): F {
    const { task } = this.activations;
    return task && typeof tied === 'function' ? this.inside(task, callback, tied, () => {}) : tied;
  }

  private inside<F>(task: AuditTask, callback: F, tied: F, ended: () => void): F {
    const handlers = this.activations.current?.handlers ?? task.handlers;
    return lookAlike(tied as AnyFunction, { listener: callback as AnyFunction }, (fn, self, args) => {
      const call = () => fn.apply(self, args as unknown[]);
      try {
        return task.isOpen ? this.activations.within(task, handlers, call) : call();
      } finally {
        ended();
      }
    }) as F;
  }
}

function holdOpen(task: AuditTask): Hold<AuditTask> {
  task.begin();
  return new Hold(task, () => task.settle());
}
