/**
 * From what was recorded to runs: of each, when it began to wait, to hold, and to be over. What a section takes in a later
 * step is held for another time than the rest, and is listed as a run of its own.
 */
import type { Needs, RecordedEvent } from './recording.js';

export interface Run {
  handler: string;
  needs: Needs;
  /** Whether it is a later step of another one. */
  isStep: boolean;
  /** Whether it holds something once its turn has come: at a gate it does not. */
  holds: boolean;
  /** Milliseconds; missing if it need not wait. */
  queued: number | undefined;
  /** Missing if it never came to its turn. */
  started: number | undefined;
  /** Missing if it was not over when the recording ended. */
  released: number | undefined;
}

export interface RecordedProcess {
  pid: number;
  title: string;
  /** In the order in which they came. */
  runs: Run[];
  /** When the last thing happened. */
  end: number;
}

export function runsOf(events: readonly RecordedEvent[]): RecordedProcess {
  const recorded: RecordedProcess = { pid: 0, title: '', runs: [], end: 0 };
  const numbered = new Map<number, Run>();
  /** By number of a run: its later steps. */
  const steps = new Map<number, Map<number, Run>>();
  /** Runs without a number that wait: those of one handler start in the order in which they came. */
  const waiting = new Map<string, Run[]>();
  for (const event of events) {
    if (event.kind === 'process') {
      recorded.pid = event.pid;
      recorded.title = event.title;
      continue;
    }
    const { at, handler, run: number } = event;
    recorded.end = at;
    const known = number === undefined ? undefined : numbered.get(number);
    if (event.kind === 'released') {
      if (known?.holds) known.released = at;
      for (const step of steps.get(number ?? 0)?.values() ?? []) step.released = at;
      steps.delete(number ?? 0);
      continue;
    }
    if (event.step !== undefined && number !== undefined) {
      const own = steps.get(number) ?? new Map<number, Run>();
      steps.set(number, own);
      const step = own.get(event.step) ?? newRun(handler, event.needs, true);
      if (!own.has(event.step)) recorded.runs.push(step);
      own.set(event.step, step);
      step[event.kind] = at;
      continue;
    }
    const begun = number === undefined && event.kind === 'started' ? waiting.get(handler)?.shift() : known;
    const run = begun ?? newRun(handler, event.needs, false);
    if (begun === undefined) recorded.runs.push(run);
    run[event.kind] = at;
    if (number !== undefined) numbered.set(number, run);
    else if (event.kind === 'queued') {
      const line = waiting.get(handler);
      if (line === undefined) waiting.set(handler, [run]);
      else line.push(run);
    }
    if (event.kind !== 'started') continue;
    // What has no number cannot be told when it is over.
    run.holds = !event.gate && number !== undefined;
    if (!run.holds) run.released = at;
  }
  return recorded;
}

const newRun = (handler: string, needs: Needs, isStep: boolean): Run => ({
  handler,
  needs,
  isStep,
  holds: true,
  queued: undefined,
  started: undefined,
  released: undefined,
});
