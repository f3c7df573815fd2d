/**
 * Callbacks of outgoing HTTP requests: `http.get(url, response => ...)` calls its callback only if there is a response. A request
 * that fails tells its listeners of `error` instead, and always ends with `close`.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';

/** By callback: what is to be done if it can no longer come. */
const awaited = new WeakMap<object, () => void>();
let isSubscribed = false;

/** Calls `inVain` if `callback` is that of an outgoing request, and the request is over. */
export function watchRequest(callback: object, inVain: () => void): void {
  awaited.set(callback, inVain);
  if (isSubscribed) return;
  isSubscribed = true;
  // Published before the request can fail, for those of the core module `http` and all that are made of it.
  subscribe('http.client.request.start', message => {
    const { request } = message as { request: EventEmitter };
    for (const listener of request.listeners('response')) {
      const given = awaited.get(listener);
      if (given) request.once('close', given);
    }
  });
}
