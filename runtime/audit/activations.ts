/**
 * Which task the running code belongs to.
 *
 * Each audited function says when a run of it begins, suspends, goes on and ends. So the runs that are on the stack are
 * known, and a function that is called where there are none was called by code outside. What such a call belongs to is
 * decided by the context in which it was set up (`AsyncLocalStorage`): a promise reaction belongs to the task that made it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { types } from 'node:util';
import { followUnseen } from '../floating.js';
import { running } from '../index.js';
import type { PlanTables } from './plan-tables.js';
import { AuditTask } from './task.js';

/** A run of a function. */
export class Activation {
  private isOn = false;
  private isOver = false;
  /** The context to go back to; `false` if it need not be changed. */
  private outer: AuditTask | undefined | false = false;

  constructor(
    private readonly activations: Activations,
    public task: AuditTask,
    /** The handlers that the plan may charge its accesses to: those that it is a run of, and its callers. */
    public handlers: readonly string[],
  ) {
    task.begin();
  }

  /** It begins, or goes on. Called as often as one likes. */
  resume<T>(value?: T): T {
    if (!this.isOn && !this.isOver) {
      this.isOn = true;
      this.activations.push(this);
      const current = context.getStore();
      this.outer = current === this.task ? false : current;
      if (this.outer !== false) context.enterWith(this.task);
    }
    return value as T;
  }

  /** A generator goes on: in the task of whoever asked it to, which may be another one each time. */
  driven<T>(value: T): T {
    const driver = this.activations.current;
    if (driver && driver.task !== this.task && !this.isOver) {
      driver.task.begin();
      this.task.settle();
      this.task = driver.task;
      this.handlers = driver.handlers;
    }
    return this.resume(value);
  }

  /** What `for await` iterates over: each step is asked for by this run. */
  iterated<T>(iterable: T): T {
    return asked(iterable, ask => {
      this.resume();
      try {
        return ask();
      } finally {
        this.suspend();
      }
    });
  }

  /** It waits for `value`. */
  suspend<T>(value?: T): T {
    if (this.isOn && isLazy(value)) {
      // Whatever begins when it is awaited begins in the course of this run.
      return this.suspend(Promise.resolve(value) as T);
    }
    if (this.isOn) {
      this.isOn = false;
      this.activations.pop(this);
      if (this.outer !== false) context.enterWith(this.outer as AuditTask);
    }
    return value as T;
  }

  leave(): void {
    if (this.isOver) return;
    this.suspend();
    this.isOver = true;
    this.task.settle();
  }

  /** What it returns: the task goes on until that has settled. */
  returned<T>(value: T): T {
    if (value instanceof Promise) keepOpen(this.task, value);
    return value;
  }
}

const context = new AsyncLocalStorage<AuditTask>();

/** An object with a `then` of its own, that works only when it is awaited. */
function isLazy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Promise || types.isProxy(value))
    return false;
  for (let holder: object | null = value; holder; holder = Object.getPrototypeOf(holder)) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, 'then');
    if (descriptor) return typeof descriptor.value === 'function';
  }
  return false;
}

/** An iterable whose iterator is asked for each step by `inside`. */
function asked<T>(iterable: T, inside: <R>(ask: () => R) => R): T {
  const source = iterable as Partial<Record<symbol, () => AsyncIterator<unknown>>> | null | undefined;
  const kind = source?.[Symbol.asyncIterator] == null ? Symbol.iterator : Symbol.asyncIterator;
  if (typeof source?.[kind] !== 'function') return iterable;
  const open = (): object => {
    const iterator = inside(() => source[kind]?.()) as AsyncIterator<unknown>;
    const { next } = iterator;
    const step = (name: 'return' | 'throw') => {
      const method = iterator[name];
      return method && { [name]: (...args: [unknown?]) => inside(() => method.apply(iterator, args)) };
    };
    return {
      next: (...args: [unknown?]) => inside(() => next.apply(iterator, args as [])),
      ...step('return'),
      ...step('throw'),
    };
  };
  return { [kind]: open } as T;
}

/** A task is not over before a promise has settled. */
export function keepOpen(task: AuditTask, promise: Promise<unknown>): void {
  task.begin();
  followUnseen(promise, () => task.settle());
}

export class Activations {
  /** Counts the stretches of code that run without interruption. */
  segment = 0;
  private readonly stack: Activation[] = [];
  private readonly startUp = new AuditTask([], 'start-up', {}, true);
  /** By what a handler was called with: the request. */
  private readonly lineages = new WeakMap<object, object>();

  constructor(private readonly plan: PlanTables) {}

  /** The run that the running code is part of, if it is one of an audited function. */
  get current(): Activation | undefined {
    return this.stack[this.stack.length - 1];
  }

  /** The task that the running code belongs to. */
  get task(): AuditTask | undefined {
    return this.current?.task ?? context.getStore();
  }

  /**
   * Begins a run of a function.
   * @param handlers those that the plan takes it for
   * @param name of the function, for people
   * @param args what it was called with
   */
  begin(handlers: readonly string[], name: string, args: Iterable<unknown>): Activation {
    const caller = this.current;
    const base = caller?.task ?? context.getStore();
    const task = this.taskOf(base, caller, handlers, name, args);
    const isInside = task === base;
    const inherited = isInside ? (caller?.handlers ?? task.handlers) : [];
    const all = handlers.length === 0 ? inherited : [...new Set([...handlers, ...inherited])];
    const activation = new Activation(this, task, all.length > 0 ? all : task.handlers);
    activation.resume();
    return activation;
  }

  /** Calls a function as part of a task, whoever it is that calls it. */
  within<T>(task: AuditTask, handlers: readonly string[], call: () => T): T {
    const activation = new Activation(this, task, handlers);
    activation.resume();
    try {
      return activation.returned(call());
    } finally {
      activation.leave();
    }
  }

  /** Begins the evaluation of a module. */
  evaluate(): Activation {
    const activation = new Activation(this, this.startUp, []);
    activation.resume();
    // A body that throws does not say that it has ended; at the next microtask none of them can be running.
    queueMicrotask(() => activation.suspend());
    return activation;
  }

  push(activation: Activation): void {
    if (this.stack.length === 0) this.segment++;
    this.stack.push(activation);
    this.look(activation.task);
  }

  pop(activation: Activation): void {
    const index = this.stack.lastIndexOf(activation);
    if (index >= 0) this.stack.splice(index, 1);
  }

  /** Notes what the runtime says of the running code. */
  private look(task: AuditTask): void {
    const held = running();
    if (!held) return;
    if (held.isGate) task.passGate(held.holder, this.segment);
    else task.holders.add(held.holder);
  }

  private taskOf(
    base: AuditTask | undefined,
    caller: Activation | undefined,
    handlers: readonly string[],
    name: string,
    args: Iterable<unknown>,
  ): AuditTask {
    if (base?.isStartUp && (caller || handlers.length === 0)) return base;
    if (base?.isOpen && !base.isStartUp) {
      if (handlers.length === 0) return base;
      const held = running();
      if (held && !held.isGate) {
        if (base.isKnownAs(held.holder)) return base;
      } else if (!caller || this.plan.charges(caller.handlers, handlers)) return base;
    }
    const lineage = base && !base.isStartUp ? base.lineage : this.lineageOf(args);
    const own = handlers.length > 0 || !base || base.isStartUp ? handlers : base.handlers;
    return new AuditTask(own, own[0] ?? name, lineage, false);
  }

  /** What is handed to a handler for a request leads to what it was handed before for the same one. */
  private lineageOf(args: Iterable<unknown>): object {
    const objects: object[] = [];
    for (const arg of args) if (typeof arg === 'object' && arg !== null) objects.push(arg);
    const known = objects.map(object => this.lineages.get(object)).find(lineage => lineage !== undefined);
    const lineage = known ?? {};
    for (const object of objects) this.lineages.set(object, lineage);
    return lineage;
  }
}
