/**
 * `schedule`: what the transformed program calls once for each handler.
 */
import { call, fail, finish } from './call.js';
import { startedChannel } from './channels.js';
import { asyncGeneratorCall, generatorCall } from './generators.js';
import { type Handler, handlerFor } from './handler.js';
import { checkNeeds, type Needs } from './needs.js';
import { isScheduled, standIn } from './scheduled-function.js';
import { carryTasks, stretch } from './stretch.js';
import { type AnyFunction, type Arguments, isNative, isThenable } from './thenable.js';

type Call = (
  handler: Handler,
  fn: AnyFunction,
  self: unknown,
  args: Arguments,
  needs: Needs | null,
) => unknown;

/**
 * Wraps `fn` so that each call is a task that holds what `needs` says, or passes it as a gate.
 *
 * The wrapper has the same length, name, `this`, arguments, `new.target`, result and errors. A call that need not
 * wait runs at once, and returns synchronously what `fn` returns; one that must wait returns a promise. A
 * function that is scheduled already, and a value that is no function, are returned as they are.
 */
export function schedule<F>(handlerId: string, fn: F, needs: Needs): F {
  checkNeeds(handlerId, needs);
  if (typeof fn !== 'function') return fn;
  const body = fn as unknown as AnyFunction;
  if (isScheduled(body)) return fn;
  const callFn = callOf(body);
  // A generator runs nothing at its call: what it would pass there as a gate it must hold for its steps.
  const handler = handlerFor(handlerId, callFn === generatorCall ? { ...needs, gate: false } : needs);
  // From here on calls look for a carried task.
  if (handler.carriesTask) carryTasks();
  // Only what depends on the arguments is looked for at each call.
  const varying = needs.keyed !== undefined || needs.signal !== undefined ? needs : null;
  const isPlain = callFn === call && !handler.carriesTask && varying === null;
  const wrap = handler.gate ? plainGate : isAsync(body) ? plainAsync : plain;
  const wrapper = isConstructor(body)
    ? constructible(handler, body, varying)
    : isPlain
      ? wrap(handler, body)
      : callable(handler, body, callFn, varying);
  standIn(wrapper, body, needs.name);
  return wrapper as unknown as F;
}

/** How a function of this kind is called; by its tag, which does not depend on the realm it comes from. */
function callOf(fn: AnyFunction): Call {
  switch ((fn as { [Symbol.toStringTag]?: string })[Symbol.toStringTag]) {
    case 'GeneratorFunction':
      return generatorCall;
    case 'AsyncGeneratorFunction':
      return asyncGeneratorCall;
    default:
      return call;
  }
}

function isAsync(fn: AnyFunction): boolean {
  return (fn as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === 'AsyncFunction';
}

/** Whether `new fn()` may work: asking the engine, without running anything. */
function isConstructor(fn: AnyFunction): boolean {
  try {
    Reflect.construct(Object, [], fn);
    return true;
  } catch {
    return false;
  }
}

/**
 * The wrapper of a section without anything special, which is what most are: `call` and `run`, written out,
 * as one function call more would be a tenth of it. A method, not a function expression: like what it stands for,
 * it cannot be constructed.
 */
function plain(handler: Handler, fn: AnyFunction): AnyFunction {
  return {
    scheduled(this: unknown): unknown {
      if (isSpecial() || !handler.isFree()) {
        // biome-ignore lint/complexity/noArguments: a rest parameter would be copied at each call.
        return call(handler, fn, this, arguments, null);
      }
      handler.runs++;
      stretch.handler = handler;
      let result: unknown;
      try {
        // biome-ignore lint/complexity/noArguments: a rest parameter would be copied at each call.
        result = fn.apply(this, arguments as unknown as unknown[]);
      } catch (error) {
        fail(handler);
        throw error;
      }
      if (stretch.task !== null) return finish(handler, null, result);
      stretch.handler = null;
      // Over within its segment: nothing was taken, and nobody was told.
      return isThenable(result) ? finish(handler, null, result) : result;
    },
  }.scheduled;
}

/**
 * The same of an async function. Written out again, as the engine optimizes code for the values that it has seen:
 * with one wrapper for both, a function that returns at once would pay as much again for those that do not.
 */
function plainAsync(handler: Handler, fn: AnyFunction): AnyFunction {
  return {
    scheduled(this: unknown): unknown {
      if (isSpecial() || !handler.isFree()) {
        // biome-ignore lint/complexity/noArguments: a rest parameter would be copied at each call.
        return call(handler, fn, this, arguments, null);
      }
      handler.runs++;
      stretch.handler = handler;
      let result: unknown;
      try {
        // biome-ignore lint/complexity/noArguments: a rest parameter would be copied at each call.
        result = fn.apply(this, arguments as unknown as unknown[]);
      } catch (error) {
        // Not even an async function returns a promise if the stack is full.
        fail(handler);
        throw error;
      }
      if (stretch.task !== null || !isNative(result)) return finish(handler, null, result);
      stretch.handler = null;
      handler.take();
      return result.then(handler.onFulfilled, handler.onRejected);
    },
  }.scheduled;
}

/** The same of a gate: it holds nothing, and returns what the author's function returns. */
function plainGate(handler: Handler, fn: AnyFunction): AnyFunction {
  return {
    scheduled(this: unknown): unknown {
      if (isSpecial() || !handler.isFree()) {
        // biome-ignore lint/complexity/noArguments: a rest parameter would be copied at each call.
        return call(handler, fn, this, arguments, null);
      }
      handler.runs++;
      stretch.handler = handler;
      try {
        // biome-ignore lint/complexity/noArguments: a rest parameter would be copied at each call.
        return fn.apply(this, arguments as unknown as unknown[]);
      } finally {
        stretch.handler = null;
      }
    },
  }.scheduled;
}

/** Whether a call may belong to a task, or somebody is to be told of it. */
function isSpecial(): boolean {
  return stretch.handler !== null || stretch.storage !== null || startedChannel.hasSubscribers;
}

function callable(handler: Handler, fn: AnyFunction, callFn: Call, needs: Needs | null): AnyFunction {
  return {
    scheduled(this: unknown): unknown {
      // biome-ignore lint/complexity/noArguments: a rest parameter would be copied at each call.
      return callFn(handler, fn, this, arguments, needs);
    },
  }.scheduled;
}

function constructible(handler: Handler, fn: AnyFunction, needs: Needs | null): AnyFunction {
  return function scheduled(this: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: a rest parameter would be copied at each call.
    const args: Arguments = arguments;
    if (new.target === undefined) return call(handler, fn, this, args, needs);
    // A subclass may have been constructed: its prototype must be found.
    const target = (new.target as unknown) === scheduled ? fn : new.target;
    return call(handler, (...given) => Reflect.construct(fn, given, target), undefined, args, needs);
  };
}
