/**
 * Makes a wrapper look like the function it stands for.
 *
 * Programs look at functions: frameworks at `length` (Express tells error handlers by it), `instanceof` at
 * `prototype`, loggers at `name`, and authors keep properties on them. What is not copied is inherited: the
 * wrapper's prototype is the function itself, so properties set on it later are seen too.
 */
import type { AnyFunction, Arguments } from './thenable.js';

interface Scheduled {
  readonly wrapper: AnyFunction;
  readonly fn: AnyFunction;
}

const scheduled = Symbol('anyspeed.scheduled');

type MaybeScheduled = { readonly [scheduled]?: Scheduled };

/** A stand-in for `fn` that leaves it to `call` what becomes of a call. */
export function standInFor(
  fn: AnyFunction,
  name: string | undefined,
  call: (self: unknown, args: Arguments) => unknown,
): AnyFunction {
  // A method has no `prototype` of its own, as the function may have none.
  const { wrapper } = {
    wrapper(this: unknown, ...args: unknown[]): unknown {
      return call(this, args);
    },
  };
  standIn(wrapper, fn, name);
  return wrapper;
}

/** Makes `wrapper` a stand-in for `fn`. */
export function standIn(wrapper: AnyFunction, fn: AnyFunction, name: string | undefined): void {
  // V8 puts an own `name` into stack traces, so the author's function gets the name as well.
  if (name !== undefined && Object.getOwnPropertyDescriptor(fn, 'name')?.configurable) {
    Object.defineProperty(fn, 'name', { value: name, configurable: true });
  }
  Object.setPrototypeOf(wrapper, fn);
  for (const property of ['name', 'length', 'prototype'] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(fn, property);
    if (descriptor !== undefined) Object.defineProperty(wrapper, property, descriptor);
  }
  takeOver((fn as { prototype?: unknown }).prototype, wrapper, fn);
  const record: Scheduled = { wrapper, fn };
  Object.defineProperty(wrapper, scheduled, { value: record });
}

/** What is constructed is to name the function that the program knows as its constructor. */
function takeOver(prototype: unknown, wrapper: AnyFunction, fn: AnyFunction): void {
  if (typeof prototype !== 'object' || prototype === null) return;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'constructor');
  if (descriptor?.value !== fn || !descriptor.configurable) return;
  Object.defineProperty(prototype, 'constructor', { ...descriptor, value: wrapper });
}

/** Whether `fn` is a wrapper made here. A function that merely inherits from one is not. */
export function isScheduled(fn: AnyFunction): boolean {
  return (fn as MaybeScheduled)[scheduled]?.wrapper === fn;
}

/**
 * The author's own function behind a scheduled one, or `fn` itself. Code that already runs in a task calls other
 * handlers through it, so that they run in that task.
 */
export function unscheduled<F>(fn: F): F {
  if (typeof fn !== 'function') return fn;
  const record = (fn as MaybeScheduled)[scheduled];
  return record !== undefined && record.wrapper === (fn as unknown) ? (record.fn as F) : fn;
}
