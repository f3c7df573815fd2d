/**
 * What has to be undone however the demo ends: its processes and its temporary directory.
 *
 * Everything is undone synchronously in the process's `exit` event, because that is the only place that
 * success, failure, an uncaught error and Ctrl-C all pass through.
 */
import { constants } from 'node:os';

/** @type {Set<() => void>} */
const pending = new Set();

/**
 * Runs `undo` when the process exits, newest first.
 *
 * @param {() => void} undo
 * @returns {() => void} forgets `undo` again
 */
export function onClose(undo) {
  pending.add(undo);
  return () => pending.delete(undo);
}

/** Makes the signals that end a program end this one by way of `exit`. */
export function exitOnSignals() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

process.on('exit', () => {
  for (const undo of [...pending].reverse()) undo();
});
