/**
 * Loaded into a server before its own code (`node --import`): records what happens in its lock table.
 *
 * It listens to the channels of `node:diagnostics_channel` and imports nothing of the runtime, so that the server has the
 * one that it was compiled for. A process in which nothing happens, such as npm's own, leaves no file.
 */
import { subscribe } from 'node:diagnostics_channel';
import { openSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import type { QueuedMessage, StartedMessage, TaskMessage } from '../../runtime/channels.js';
import { RECORDING_VARIABLE, type RecordedEvent } from './recording.js';

const FLUSH_MS = 250;
const LARGEST_BUFFER = 1 << 16;

const path = `${process.env[RECORDING_VARIABLE]}.${process.pid}`;
let file: number | undefined;
let buffer = '';

function flush(): void {
  if (buffer === '') return;
  file ??= openSync(path, 'w');
  writeSync(file, buffer);
  buffer = '';
}

function record(event: RecordedEvent): void {
  buffer += `${JSON.stringify(event)}\n`;
  if (buffer.length > LARGEST_BUFFER) flush();
}

const now = (): number => performance.timeOrigin + performance.now();

let isBegun = false;
function begin(): void {
  if (isBegun) return;
  isBegun = true;
  record({ kind: 'process', pid: process.pid, title: basename(process.argv[1] ?? 'node') });
  setInterval(flush, FLUSH_MS).unref();
}

subscribe('anyspeed:queued', message => {
  begin();
  record({ kind: 'queued', at: now(), ...(message as QueuedMessage) });
});
subscribe('anyspeed:started', message => {
  begin();
  record({ kind: 'started', at: now(), ...(message as StartedMessage) });
});
subscribe('anyspeed:released', message => {
  record({ kind: 'released', at: now(), ...(message as TaskMessage) });
});

process.on('exit', flush);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  const onSignal = (): void => {
    flush();
    // Nobody else listens: the signal ends the process, as it would without this.
    if (process.listenerCount(signal) > 1) return;
    process.removeListener(signal, onSignal);
    process.kill(process.pid, signal);
  };
  process.on(signal, onSignal);
}
