/**
 * What is recorded of a process: a line for each thing that happens in its lock table, in the order in which it
 * happened. Lines and not one document, so that what was recorded is there however the process ended.
 */

/** Which classes a run needs, each with its mode. */
export type Needs = { class: string; mode: string }[];

export type RecordedEvent =
  /** The process, and what it runs. */
  | { kind: 'process'; pid: number; title: string }
  | ({ kind: 'queued'; needs: Needs } & Happening)
  | ({ kind: 'started'; needs: Needs; gate: boolean } & Happening)
  | ({ kind: 'released' } & Happening);

interface Happening {
  /** Milliseconds, of a clock that all processes share. */
  at: number;
  handler: string;
  /** Missing where the runtime keeps no record of a run: at gates in the bodies of handlers. */
  run?: number;
  /** Of a section that has been entered and takes more: which of its later steps it is. */
  step?: number;
}

/** Names the file, without `.<pid>`, that the processes of a recording write to. */
export const RECORDING_VARIABLE = 'ANYSPEED_RECORDING';

export function parseRecording(text: string): RecordedEvent[] {
  // A process that was killed may have written half of its last line.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
}
