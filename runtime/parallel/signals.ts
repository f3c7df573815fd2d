/**
 * The `AbortSignal` of a call: an argument, or the property `signal` of one, as Node's own functions take it.
 *
 * A signal itself cannot be copied. What goes in its place is one of the call's own, that follows it until the call is over: a
 * signal that lives as long as the server would gather a wire for every call.
 */
import { transferableAbortController } from 'node:util';

export function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (typeof arg !== 'object' || arg === null) continue;
    if (arg instanceof AbortSignal) return arg;
    if (Array.isArray(arg) || ArrayBuffer.isView(arg)) continue;
    const { signal } = arg as { signal?: unknown };
    if (signal instanceof AbortSignal) return signal;
  }
  return undefined;
}

export class SentSignal {
  readonly #own = transferableAbortController();
  readonly sent: AbortSignal = this.#own.signal;
  readonly #signal: AbortSignal;
  /** The indexes of the arguments that are the signal, or have it. */
  readonly #places: number[] = [];

  constructor(signal: AbortSignal, args: readonly unknown[]) {
    this.#signal = signal;
    for (const [index, arg] of args.entries()) {
      const isHolder =
        typeof arg === 'object' && arg !== null && (arg as { signal?: unknown }).signal === signal;
      if (arg === signal || isHolder) this.#places.push(index);
    }
  }

  abort(reason: unknown): void {
    this.#own.abort(reason);
  }

  /** The arguments with the signal that is sent in place of the caller's. */
  toSend(args: readonly unknown[]): unknown[] {
    return this.#with(this.sent, args);
  }

  /** Arguments without a signal, which can be copied. */
  without(args: readonly unknown[]): unknown[] {
    return this.#with(undefined, args);
  }

  /** Those with the caller's signal again. */
  withOwn(args: readonly unknown[]): unknown[] {
    return this.#with(this.#signal, args);
  }

  #with(signal: AbortSignal | undefined, args: readonly unknown[]): unknown[] {
    const changed = [...args];
    for (const index of this.#places) {
      const arg = changed[index];
      const isItself = arg === undefined || arg instanceof AbortSignal;
      // Of the same kind, so that it is found out if it cannot cross.
      changed[index] = isItself
        ? signal
        : Object.assign(Object.create(Object.getPrototypeOf(arg)), arg, { signal });
    }
    return changed;
  }
}
