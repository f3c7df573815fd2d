/**
 * Runs programs: all serial orders of some tasks, and interleavings of them that follow from a seed.
 *
 * Every timer of a program is in the hands of the test. When nothing can go on without one, the seed decides which of
 * them is over next, or which task arrives, so a seed replays an interleaving exactly.
 */
import * as runtime from '../../runtime/index.js';
import type { Rendered } from './render.js';

export interface TaskCall {
  handler: number;
  key: 'x' | 'y';
  other: 'x' | 'y';
  n: number;
  /** The handler that the function calls which the task is handed. */
  inner?: number;
}

/** What came out: of each task, and of the shared state. */
export type Outcome = string;

/** What a module gets as `anyspeed/runtime`. */
export type RuntimeModule = Record<string, unknown>;

type Work = (key: string, n: number, other: string, request: { k: string }) => unknown;

interface Running {
  handlers: Record<
    string,
    (key: string, n: number, other: string, request: { k: string }, work: Work) => unknown
  >;
  observe: () => string;
  /** The timers that are not over. */
  timers: (() => void)[];
}

/** Classes of programs that have nothing to do with each other must not meet in the one lock table of the process. */
let instances = 0;

/** The runtime with class names of its own for one instance of a program. */
export function isolatedRuntime(): RuntimeModule {
  const prefix = `${++instances}:`;
  const name = (className: string): string => prefix + className;
  const needsOf = (needs: runtime.Needs): runtime.Needs => ({
    ...needs,
    ...Object.fromEntries(
      (['shared', 'update', 'exclusive'] as const).flatMap(mode =>
        needs[mode] ? [[mode, needs[mode].map(name)]] : [],
      ),
    ),
    ...(needs.later && { later: needs.later.map(step => step.map(name)) }),
    ...(needs.keyed ? { keyed: needs.keyed.map(keyed => ({ ...keyed, class: name(keyed.class) })) } : {}),
  });
  return {
    ...runtime,
    schedule: (id: string, fn: unknown, needs: runtime.Needs) =>
      runtime.schedule(name(id), fn, needsOf(needs)),
    scheduleMethod: (target: object, key: PropertyKey, id: string, needs: runtime.Needs) =>
      runtime.scheduleMethod(target, key, name(id), needsOf(needs)),
    guard: (id: string, needs: runtime.Needs) => runtime.guard(name(id), needsOf(needs)),
  };
}

/** What is told of what a program does. */
export interface Tracer {
  apart<T>(name: string, run: () => T): T;
}

function instantiate(code: string, runtimeModule: RuntimeModule, trace?: Tracer): Running {
  const timers: (() => void)[] = [];
  const sandbox = { observe: () => '', trace };
  const module = { exports: {} };
  const pause = (_ms: unknown, value: unknown): Promise<unknown> =>
    new Promise(resolve => {
      timers.push(() => resolve(value));
    });
  let ids = 0;
  const outside: Record<string, unknown> = {
    'anyspeed/runtime': runtimeModule,
    'node:timers/promises': { setTimeout: pause },
    'node:crypto': { randomUUID: () => `new ${++ids}` },
  };
  const require = (request: string): unknown => outside[request];
  new Function('module', 'exports', 'require', 'globalThis', code)(module, module.exports, require, sandbox);
  return { handlers: module.exports, observe: () => sandbox.observe(), timers };
}

/** Lets everything run that can without a timer. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

function start({ handlers }: Running, call: TaskCall, index: number, results: string[]): void {
  const note = (text: string): void => {
    results[index] = text;
  };
  const failed = (error: unknown): void => note(`throws ${error instanceof Error ? error.message : error}`);
  try {
    const innermost: Work = async () => 1;
    const work: Work = (key, n, other, request) =>
      handlers[`h${call.inner ?? 0}`]?.(key, n, other, request, innermost);
    const result = handlers[`h${call.handler}`]?.(call.key, call.n, call.other, { k: call.key }, work);
    if (result instanceof Promise) result.then(value => note(String(value)), failed);
    else note(String(result));
  } catch (error) {
    failed(error);
  }
}

const outcomeOf = (running: Running, results: string[]): Outcome =>
  `${results.join(' | ')} => ${running.observe()}`;

/** Everything that can come out when the tasks run one after another, in any order. */
export async function serialOutcomes(
  { code, observer }: Rendered,
  calls: readonly TaskCall[],
): Promise<Map<Outcome, number[]>> {
  const outcomes = new Map<Outcome, number[]>();
  for (const order of permutations(calls.map((_, i) => i))) {
    const running = instantiate(code + observer, runtime);
    const results: string[] = [];
    for (const index of order) {
      start(running, calls[index] as TaskCall, index, results);
      await settle();
      for (let timer = running.timers.shift(); timer; timer = running.timers.shift()) {
        timer();
        await settle();
      }
    }
    outcomes.set(outcomeOf(running, results), order);
  }
  return outcomes;
}

export function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap(first =>
    permutations(items.filter(item => item !== first)).map(rest => [first, ...rest]),
  );
}

/** `isReported`: tasks that take something late have waited for each other. That was ended, and reported, by going on without. */
export type Interleaved = { outcome: Outcome } | { stuck: string; isReported?: true };

/** How often the runtime has said so. Jest's `process` is a copy of the real one: its listeners hear no warnings. */
let deadlocks = 0;
const { emitWarning } = process;
process.emitWarning = (message: string | Error, ...rest: unknown[]): void => {
  const [options] = rest;
  if (typeof options === 'object' && options && 'code' in options && options.code === 'ANYSPEED_DEADLOCK') {
    deadlocks++;
    return;
  }
  Reflect.apply(emitWarning, process, [message, ...rest]);
};

/** One interleaving of the tasks in emitted code. */
export async function interleave(
  emitted: string,
  { observer }: Rendered,
  calls: readonly TaskCall[],
  seed: number,
  runtimeModule = isolatedRuntime(),
  trace?: Tracer,
): Promise<Interleaved> {
  const running = instantiate(emitted + observer, runtimeModule, trace);
  const deadlocksBefore = deadlocks;
  const next = randomFrom(seed);
  const results: string[] = [];
  const arrivals = calls.map((_, i) => i);
  for (;;) {
    const choices = arrivals.length + running.timers.length;
    if (choices === 0) break;
    const choice = next(choices);
    if (choice < arrivals.length) {
      const [index] = arrivals.splice(choice, 1) as [number];
      const run = (): void => start(running, calls[index] as TaskCall, index, results);
      if (trace) trace.apart(`task ${index}`, run);
      else run();
    } else {
      const [timer] = running.timers.splice(choice - arrivals.length, 1) as [() => void];
      timer();
    }
    // Sometimes two things happen before anything can go on.
    if (next(4) > 0 || arrivals.length + running.timers.length === 0) await settle();
  }
  const stuck = calls.flatMap((_, i) => (results[i] === undefined ? [`task ${i}`] : []));
  if (stuck.length > 0) return { stuck: stuck.join(', ') };
  if (deadlocks > deadlocksBefore) return { stuck: 'somebody', isReported: true };
  const outcome = outcomeOf(running, results);
  return (await isEverythingGivenBack(running, calls)) ? { outcome } : { stuck: 'whoever comes afterwards' };
}

/** Whether each handler can run once more when all tasks are over. */
async function isEverythingGivenBack(running: Running, calls: readonly TaskCall[]): Promise<boolean> {
  for (const call of calls) {
    const results: string[] = [];
    start(running, call, 0, results);
    await settle();
    for (let timer = running.timers.shift(); timer; timer = running.timers.shift()) {
      timer();
      await settle();
    }
    if (results.length === 0) return false;
  }
  return true;
}

/** A small generator of numbers below a bound (mulberry32). */
export function randomFrom(seed: number): (bound: number) => number {
  let state = seed | 0;
  return bound => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}
