/**
 * The functions that a worker has: each is compiled once, from a source that it gets once.
 *
 * A worker is started with the sources that the main thread has by then. One that is registered later it asks for when the
 * first call comes.
 */
import { createRequire } from 'node:module';
import { compileFunction, constants } from 'node:vm';
import type { BroadcastChannel } from 'node:worker_threads';
import type { FunctionSource, LineMap, SourceMessage } from './protocol.js';

export type LoadedFunction = (...args: unknown[]) => unknown;

export class LoadedFunctions {
  readonly #loaded = new Map<number, LoadedFunction>();
  readonly #wanted = new Map<number, (() => void)[]>();

  constructor(
    readonly channel: BroadcastChannel,
    readonly sources: Map<number, FunctionSource>,
  ) {
    channel.onmessage = event => {
      const message = (event as { data: SourceMessage }).data;
      if (!('given' in message)) return;
      this.sources.set(message.given, message.code);
      for (const resolve of this.#wanted.get(message.given) ?? []) resolve();
      this.#wanted.delete(message.given);
    };
    // The task that waits for a source keeps the worker.
    channel.unref();
  }

  get(number: number): LoadedFunction | undefined {
    return this.#loaded.get(number);
  }

  async load(number: number): Promise<LoadedFunction> {
    if (!this.sources.has(number)) await this.#ask(number);
    // Another call of it may have been first.
    const loaded = this.#loaded.get(number) ?? compile(this.sources.get(number) as FunctionSource);
    this.#loaded.set(number, loaded);
    this.sources.delete(number);
    return loaded;
  }

  #ask(number: number): Promise<void> {
    return new Promise(resolve => {
      const waiting = this.#wanted.get(number);
      if (waiting !== undefined) {
        waiting.push(resolve);
        return;
      }
      this.#wanted.set(number, [resolve]);
      this.channel.postMessage({ wanted: number } satisfies SourceMessage);
    });
  }
}

/** The function that a source returns. Its frames carry the name of the module that it is from. */
function compile({ id, source, from, lines }: FunctionSource): LoadedFunction {
  const mapped = lines ? `${source}\n${MAP}${asUrl(lines)}` : source;
  const factory = mapped.includes(MAP) ? evaluate(mapped, from) : compileAs(source, from);
  const fn = factory(createRequire(from));
  if (typeof fn !== 'function') throw new TypeError(`The code of ${id} for workers returns no function.`);
  return fn as LoadedFunction;
}

type Factory = (require: NodeJS.Require) => unknown;

const compileAs = (source: string, from: string): Factory =>
  compileFunction(source, ['require'], {
    filename: from,
    importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as Factory;

/** How a source ends that has a source map. */
const MAP = '//# sourceMappingURL=';

/** The map as Node reads it. What is not known is where the program's root was: so the files have names that are no paths. */
function asUrl({ sources, mappings }: LineMap): string {
  const map = { version: 3, names: [], sources: sources.map(name => `source:${name}`), mappings };
  return `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
}

/** Of code that is evaluated, in contrast to what `node:vm` compiles, Node looks at the source map. */
function evaluate(source: string, from: string): Factory {
  // Of no use in any other thread: without them, frames would name lines of this text in a file that has other ones.
  process.setSourceMapsEnabled(true);
  // On the first line as well, as the map counts from there.
  const evaluated = `(function (require) {${source}\n})\n//# sourceURL=${from}`;
  // biome-ignore lint/security/noGlobalEval: it is code of the program, which the compiler has written down
  // biome-ignore lint/complexity/noCommaOperator: in the scope of nobody
  return (0, eval)(evaluated);
}
