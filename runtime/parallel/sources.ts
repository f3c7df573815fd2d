/**
 * Gives workers the sources they ask for. They have to ask only for functions that were registered after they had been
 * started.
 */
import { BroadcastChannel, threadId } from 'node:worker_threads';
import type { SourceMessage, WorkerStart } from './protocol.js';
import { allFunctions } from './registry.js';

export interface ServedSources {
  /** What workers are started with. Its map grows: each worker gets what is in it when it starts. */
  start: WorkerStart;
  /** Ends it, when there are no workers any more. */
  close(): void;
}

export function serveSources(): ServedSources {
  const name = `anyspeed.parallel.${process.pid}.${threadId}.${Math.random().toString(36).slice(2)}`;
  const channel = new BroadcastChannel(name);
  channel.onmessage = event => {
    const message = (event as { data: SourceMessage }).data;
    if (!('wanted' in message)) return;
    const registered = allFunctions()[message.wanted];
    if (registered === undefined) return;
    channel.postMessage({ given: message.wanted, code: registered.code } satisfies SourceMessage);
  };
  channel.unref();
  const sources = new Map(allFunctions().map(({ number, code }) => [number, code] as const));
  return { start: { channel: name, sources }, close: () => channel.close() };
}
