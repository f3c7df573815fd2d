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

  abort(reason: unknown): void {
    this.#own.abort(reason);
  }

  /** The arguments with this in place of `signal`. */
  insteadOf(signal: AbortSignal, args: readonly unknown[]): unknown[] {
    return args.map(arg => {
      if (arg === signal) return this.sent;
      const isHolder =
        typeof arg === 'object' && arg !== null && (arg as { signal?: unknown }).signal === signal;
      if (!isHolder) return arg;
      // Of the same kind, so that it is found out if it cannot cross.
      return Object.assign(Object.create(Object.getPrototypeOf(arg)), arg, { signal: this.sent });
    });
  }
}
