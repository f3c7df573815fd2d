/**
 * `parallel`, which the compiler emits once for each function with `"use parallel"`, and `moving`, for calls that are done with
 * their buffers.
 */
import { invalidArgument } from '../errors.js';
import { rememberCaller } from './caller.js';
import { type Crossing, cross, whyNotClonable } from './crossing.js';
import { Learned } from './learned.js';
import { currentQueue, poolIfStarted } from './process-pool.js';
import type { LineMap } from './protocol.js';
import type { QueuedCall } from './queue.js';
import { type Registered, register } from './registry.js';
import { runHere } from './run-here.js';
import { settings } from './settings.js';
import { SentSignal, signalOf } from './signals.js';
import { sizeClassOf } from './size-class.js';
import { snapshot } from './snapshot.js';
import { survey } from './survey.js';

export interface WorkerCode {
  /**
   * The body of a function with the one parameter `require` that returns the function. Self-contained. What it needs of outside it
   * gets by `require`. May end in a source map as a comment.
   */
  source: string;
  /** Which lines of the program those of `source` are, if that is not in a source map at its end. Files are named from its root. */
  lines?: LineMap;
  /** Where `require` resolves from: `import.meta.url`, or `__filename` in CommonJS. */
  from: string;
  /** The program's own classes of errors that the function may throw, by name: they come back as instances of these. */
  classes?: () => Readonly<Record<string, new (...args: never[]) => Error>>;
}

type Call = (...args: unknown[]) => Promise<unknown>;

const functions = new WeakMap<object, { registered: Registered; moved: Map<string, Call> }>();

/**
 * The function, to be called by those who await it. A call runs here or in a worker thread, wherever that is better.
 *
 * @param id names it, in messages and settings
 * @param fn must read only its arguments, write only what it makes itself, and not use `this`
 * @param code the same function for workers
 */
export function parallel<F extends (...args: never[]) => unknown>(
  id: string,
  fn: F,
  code: WorkerCode,
): (...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>> {
  if (typeof id !== 'string' || id === '') throw invalidArgument('The id of a function', 'a string', id);
  if (typeof fn !== 'function') throw invalidArgument(`What ${id} runs`, 'a function', fn);
  if (typeof code?.source !== 'string' || typeof code.from !== 'string') {
    throw invalidArgument(
      `The code of ${id} for workers`,
      'an object with the strings source and from',
      code,
    );
  }
  const registered = register(number => ({
    number,
    id,
    fn: fn as unknown as Registered['fn'],
    code: { id, source: code.source, from: code.from, lines: code.lines },
    classes: code.classes ?? (() => ({})),
    learned: new Learned(),
  }));
  const call = callOf(registered, []);
  functions.set(call, { registered, moved: new Map() });
  return call as ReturnType<typeof parallel<F>>;
}

/**
 * The same function, for a call that does not use the buffers in these arguments afterwards: when it crosses, they are moved
 * instead of copied.
 */
export function moving<F>(fn: F, ...argumentIndexes: number[]): F {
  const known = functions.get(fn as object);
  if (known === undefined)
    throw invalidArgument('What moves buffers', 'a function that parallel() has returned', fn);
  const key = argumentIndexes.join();
  let call = known.moved.get(key);
  if (call === undefined) {
    call = callOf(known.registered, argumentIndexes);
    known.moved.set(key, call);
  }
  return call as F;
}

function callOf(registered: Registered, movable: readonly number[]): Call {
  const call: Call = (...args) => start(registered, args, movable, call);
  Object.defineProperty(call, 'name', { value: registered.fn.name, configurable: true });
  Object.defineProperty(call, 'length', { value: registered.fn.length, configurable: true });
  return call;
}

function start(
  registered: Registered,
  args: unknown[],
  movable: readonly number[],
  outermost: Call,
): Promise<unknown> {
  const signal = signalOf(args);
  if (signal?.aborted) return Promise.reject(signal.reason);
  const mode = settings.functions.get(registered.id) ?? settings.mode;
  const learned = registered.learned.ofSize(sizeClassOf(args));
  if (mode === 'inline') return runHere(registered, args, learned);
  if (mode === 'auto') {
    const place = learned.decide(poolIfStarted()?.baseline);
    // A call that is tried in the pool and cannot cross is no fault of its caller's: the others run here.
    const canOnlyHere = learned.place === 'here' && place === 'pool' && !survey(args, [], signal).isClonable;
    if (place === 'here' || canOnlyHere) return runHere(registered, args, learned);
  }
  const caller = rememberCaller(outermost);
  const call: Crossing = { registered, args, movable, learned, caller, signal: undefined };
  return signal === undefined ? queued(call, mode === 'auto') : cancelable(call, mode === 'auto', signal);
}

/** A call that is worth another thread. */
function queued(crossing: Crossing, mayRunHere: boolean): Promise<unknown> {
  return new Promise(resolve => currentQueue().add(new Waiting(crossing, mayRunHere, undefined, resolve)));
}

/**
 * The same with a signal. A call that is aborted while it waits leaves the queue. One that runs is let run out, and what comes of it is
 * dropped: to end its worker would end the calls beside it, and clients that come and go could keep the pool starting workers.
 */
function cancelable(crossing: Crossing, mayRunHere: boolean, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const own = new SentSignal(signal, crossing.args);
    const queue = currentQueue();
    const call = new Waiting({ ...crossing, signal: own.sent }, mayRunHere, own, outcome => {
      // Not resolved with it: that could not be rejected any more.
      outcome.finally(done).then(resolve, reject);
    });
    const abort = (): void => {
      queue.remove(call);
      reject(signal.reason);
      done();
    };
    const done = (): void => {
      signal.removeEventListener('abort', abort);
      // Also closes the wire to the worker.
      own.abort(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    queue.add(call);
  });
}

class Waiting implements QueuedCall {
  /** Those of the caller, or a copy. */
  #args: unknown[];
  /** Of a copy: all of it is moved, as nobody else has it. */
  #movable: readonly number[];

  constructor(
    readonly crossing: Crossing,
    readonly mayRunHere: boolean,
    readonly signal: SentSignal | undefined,
    readonly settle: (outcome: Promise<unknown>) => void,
  ) {
    this.#args = crossing.args;
    this.#movable = crossing.movable;
  }

  get expected(): number | undefined {
    return this.crossing.learned.expected;
  }

  keep(): boolean {
    const { crossing, signal } = this;
    const copy = snapshot(signal?.without(this.#args) ?? this.#args, crossing.movable);
    if (copy === undefined) {
      this.settle(Promise.reject(whyNotClonable({ ...crossing, args: this.#args })));
      return false;
    }
    this.#args = signal?.withOwn(copy) ?? copy;
    this.#movable = [...copy.keys()];
    return true;
  }

  cross(): Promise<void> {
    const args = this.signal?.toSend(this.#args) ?? this.#args;
    const outcome = cross({ ...this.crossing, args, movable: this.#movable });
    this.settle(outcome);
    return outcome.then(nothing, nothing);
  }

  runHere(): void {
    this.settle(runHere(this.crossing.registered, this.#args, this.crossing.learned));
  }
}

function nothing(): void {}
