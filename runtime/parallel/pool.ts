/**
 * The pool of this thread: Piscina's, started when the first call crosses.
 *
 * Piscina is an optional peer dependency: only programs with `"use parallel"` need it. It is loaded by `require`, which works in both
 * formats of this package, in bundles and under Jest.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { noPool } from './errors.js';
import type { Baseline } from './learned.js';
import { type Outcome, PING, type Task } from './protocol.js';
import { MOST_OF_WORKER } from './queue.js';
import { serveSources } from './sources.js';

const load = createRequire(import.meta.url);

/**
 * Flags that say how code is found and read, which is the same in workers. All others stay with this process: they say what to run, or
 * start something that there is one of, or are refused for a worker (V8's, which hold for all threads anyway).
 */
const SHARED_FLAGS = [
  '--conditions',
  '-C',
  '--disable-warning',
  '--enable-source-maps',
  '--experimental-require-module',
  '--experimental-wasm-modules',
  '--no-deprecation',
  '--no-experimental-require-module',
  '--no-warnings',
  '--preserve-symlinks',
  '--trace-deprecation',
  '--trace-uncaught',
  '--trace-warnings',
];
/** Those of them that have a value. */
const WITH_VALUE = ['--conditions', '-C', '--disable-warning'];

/** What an answer is late at most, whatever was measured: the event loop may have been busy. */
const MOST_TRIP = 0.5;
/** How often a crossing of nothing is measured when a pool has been started. The first ones wait for workers, or run code that is cold. */
const PINGS = 32;

export class Pool {
  /** Undefined until it has been measured. */
  baseline: Baseline | undefined;
  readonly #piscina: Piscina;
  readonly #sources = serveSources();
  /** Workers that have died and were replaced. */
  replaced = 0;
  #isClosed = false;

  constructor(readonly size: number) {
    this.#piscina = new (loadPiscina())({
      filename: workerFile(),
      minThreads: size,
      maxThreads: size,
      concurrentTasksPerWorker: MOST_OF_WORKER,
      workerData: this.#sources.start,
      execArgv: flagsOfWorkers(process.execArgv),
      atomics: 'sync',
      // `inspect()` has times of its own.
      recordTiming: false,
    });
    this.#piscina.on('workerDestroy', () => {
      if (!this.#isClosed) this.replaced++;
    });
    // A worker that ends while it has no call: the next one gets it. If none can start, those that wait would wait for ever.
    this.#piscina.on('error', () => {
      if (this.#piscina.threads.length === 0) void this.#piscina.destroy();
    });
    void this.#measure();
  }

  /** Rejects only if the call could not be sent, or its worker has died. */
  run(task: Task, moved: readonly unknown[]): Promise<Outcome> {
    return this.#piscina.run(task, { transferList: moved as [] });
  }

  /** Ends the workers. Calls that they have are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#piscina.destroy();
    this.#sources.close();
    // For tools that look for what is left open: what has been closed is so from the next turn on.
    this.#piscina.emitDestroy();
    await new Promise<void>(resolve => setImmediate(resolve));
  }

  /**
   * A crossing is over.
   * @param sent what sending took this thread, in milliseconds
   * @param trip what it took beside the run in the worker
   */
  crossed(sent: number, trip: number): void {
    const { crossing = Number.POSITIVE_INFINITY, trip: leastTrip = MOST_TRIP } = this.baseline ?? {};
    // To receive is about as much as to send.
    this.baseline = { crossing: Math.min(crossing, sent * 2), trip: Math.min(leastTrip, trip) };
  }

  async #measure(): Promise<void> {
    for (let ping = 0; ping < PINGS; ping++) {
      const begin = performance.now();
      const answer = this.run({ fn: PING, args: [], marks: {}, weigh: false }, []);
      const sent = performance.now() - begin;
      try {
        await answer;
      } catch {
        return;
      }
      this.crossed(sent, performance.now() - begin);
    }
  }
}

function loadPiscina(): typeof Piscina {
  try {
    return load('piscina').Piscina;
  } catch (error) {
    throw noPool(error);
  }
}

/** The built worker: near this file, where this package is built to, or in the package that a bundle's program has installed. */
function workerFile(): string {
  for (const place of ['./parallel-worker.js', '../parallel-worker.js']) {
    const file = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(file)) return file;
  }
  return load.resolve('anyspeed/parallel/worker');
}

/** What of the flags that this process was started with is for its workers, too. */
export function flagsOfWorkers(flags: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < flags.length; index++) {
    const flag = flags[index] as string;
    if (!SHARED_FLAGS.includes(flag.replace(/=.*/s, ''))) continue;
    kept.push(flag);
    // The value may be the next one.
    const value = flags[index + 1];
    if (!WITH_VALUE.includes(flag) || value === undefined) continue;
    kept.push(value);
    index++;
  }
  return kept;
}
