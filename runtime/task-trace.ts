/**
 * What tasks were last seen doing, for reports of stalls.
 *
 * Nothing can be asked of a suspended function, so this knows only what passes through the runtime: nested calls,
 * late waits, floating promises. The source line costs a stack trace, some forty times a call, and is recorded
 * only if the program sets `trace`.
 */
import type { Handler } from './handler.js';
import { settings } from './settings.js';
import type { Task } from './task.js';

const seen = new Map<Task, string>();

/** Records what `task` does now. */
export function see(task: Task, doing: string): void {
  seen.set(task, settings.trace ? `${doing} at ${authorLine()}` : doing);
}

/** The task is over. */
export function forget(task: Task): void {
  if (seen.size > 0) seen.delete(task);
}

/** What the open tasks of a handler were last seen doing. */
export function lastSeen(handler: Handler): string[] {
  const doings: string[] = [];
  for (const [task, doing] of seen) if (task.handler === handler) doings.push(doing);
  return doings;
}

/** The innermost frame that is not the runtime's own. */
function authorLine(): string {
  const frames = (new Error().stack ?? '').split('\n').slice(1);
  const own = ownFile(frames[0] ?? '');
  const author =
    frames.find(frame => ownFile(frame) !== own && !frame.includes('(node:')) ?? frames.at(-1) ?? '';
  return author.trim().replace(/^at /, '');
}

/** The folder (or the bundle) that a frame lies in. */
function ownFile(frame: string): string {
  return /(?:\(|at )(?:async )?(?:file:\/\/)?([^()]*)[/\\][^/\\]+:\d+:\d+/.exec(frame)?.[1] ?? '';
}
