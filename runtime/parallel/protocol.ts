/**
 * What the main thread and its workers say to each other: plain data that the structured clone copies.
 *
 * Functions go by numbers that the main thread gives out when emitted code registers them. No name, id or key of a
 * request is ever used to find code, and a worker runs only sources that it got from its own main thread.
 */

/** What a structured clone would lose of the values beside it, to be put back on the other side. Same objects as in these. */
export interface Marks {
  /** They arrive as `Uint8Array`. */
  buffers?: Uint8Array[];
  /** They arrive with the prototype of plain objects. */
  withoutPrototype?: object[];
  /** They arrive without the properties that programs add, such as `code`. */
  errors?: [Error, Record<string, unknown>][];
}

export interface Task {
  /** The number of the function. */
  fn: number;
  args: unknown[];
  marks: Marks;
  /** Whether to find out what it costs to copy the result. */
  weigh: boolean;
}

/** A call of no function, by which the main thread measures what a crossing costs at least. */
export const PING = -1;

export interface Returned {
  value: unknown;
  marks: Marks;
  /** Milliseconds that the function ran. */
  time: number;
  /** Milliseconds to copy the result, there and back, if they were asked for. */
  copying: number | undefined;
}

export interface Thrown {
  thrown: Failure;
  time: number;
}

export type Outcome = Returned | Thrown;

/** Something thrown, taken apart. */
export type Failure = ErrorParts | { value: unknown; marks: Marks } | NotClonable;

export interface ErrorParts {
  /** The names of its class and of those that this extends, the nearest first. */
  classes: string[];
  name: string;
  message: string;
  stack: string;
  properties: Record<string, unknown>;
  cause?: Failure;
  errors?: Failure[];
}

/** A result, or what was thrown, cannot be copied. */
export interface NotClonable {
  /** Where in it, written as JavaScript that begins with what is to be put before: `.items[3].onChange`. */
  path: string;
  /** What is there. */
  what: string;
  wasThrown: boolean;
}

export interface FunctionSource {
  id: string;
  source: string;
  from: string;
  lines: LineMap | undefined;
}

/** A source map of nothing but lines. */
export interface LineMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/** By which workers ask for the source of a function, and get it. */
export type SourceMessage = { wanted: number } | { given: number; code: FunctionSource };

/** What a worker is started with. */
export interface WorkerStart {
  /** The name of the channel for sources. */
  channel: string;
  /** The functions that are known by then. */
  sources: Map<number, FunctionSource>;
}
