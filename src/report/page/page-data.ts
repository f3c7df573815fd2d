/**
 * What the page of `anyspeed report` shows, as plain data: the plan with its sentences written out, its names replaced by
 * indices, and the lines of source that it points into. The page itself only arranges it.
 */
import type { AccessMode, HandlerKind, LockMode, Protection } from '../../plan/plan.js';
import type { Cost } from '../../trace/measured.js';

export interface PageData {
  /** The name of the directory that was analysed. */
  project: string;
  /** Of this software. */
  version: string;
  /** What the groups mean, for those who read a report for the first time. */
  legend: string;
  /** Parts of the handlers, the most constrained first. */
  groups: { title: string; gist: string }[];
  handlers: PageHandler[];
  /** The most constraining first. */
  classes: PageClass[];
  /** The functions that may run in other threads, and those that could. */
  parallel: PageParallel[];
  ownLocks: { name: string; at: PagePlace; handlers: number[]; resources: string[] }[];
  assumptions: PageAssumption[];
  diagnostics: PageDiagnostic[];
  /** Whether a recording says what things cost. */
  isMeasured: boolean;
  /** The lines of every module that anything points into, by path. */
  modules: Record<string, string[]>;
}

/** `line` is 1-based, `column` 0-based. */
export interface PagePlace {
  module: string;
  line: number;
  column: number;
}

export interface PageHandler {
  id: string;
  kind: HandlerKind;
  /** `async`, `generator`, or nothing. */
  form: string;
  /** Index in `groups`. */
  group: number;
  protection: Protection;
  at: PagePlace;
  /** Why it is protected as it is, and where its section lies. */
  sentences: string[];
  /** The classes it holds or passes, by index. */
  needs: PageNeed[];
  accesses: PageAccess[];
  source: PageSource;
  /** What was measured of it; nothing if it never ran, or nothing was measured. */
  cost: Cost | null;
}

export interface PageNeed {
  /** Index of the class. */
  class: number;
  mode: LockMode;
  /** Which part of it, where not everybody takes the whole: `by the key userId`. */
  part: string | null;
}

export interface PageAccess extends PagePlace {
  resource: string;
  /** Index of its class; -1 for a resource of none. */
  class: number;
  mode: AccessMode;
}

/** The lines of a handler, all 1-based and inclusive. */
export interface PageSource {
  module: string;
  first: number;
  last: number;
  /** Where its section may be open, or its gate is passed. Readers may pass until it is written; of a gate, never. */
  open: { first: number; last: number; isReading: boolean }[];
  /** Lines on which it may suspend, once for each `await` or `yield`: a segment ends there. */
  suspensions: number[];
}

export interface PageClass {
  name: string;
  resources: string[];
  locked: boolean;
  /** What stands in for its lock, as a sentence; empty if it has one of its own, or needs none. */
  covers: string;
  /** How many pairs of handlers may wait for each other on it. */
  pairs: number;
  members: { handler: number; mode: AccessMode }[];
  /** What was measured of it. */
  cost: Cost | null;
}

export interface PageParallel {
  id: string;
  at: PagePlace;
  /** Its author has given it the directive; otherwise it could have it. */
  isDeclared: boolean;
  /** What there is to say of it. Backticks stand around code. */
  sentences: string[];
  /** Where the program calls it, as far as that is told. */
  calls: PagePlace[];
}

export interface PageAssumption {
  message: string;
  /** What it costs, where that is known. */
  cost: string;
  advice: string;
  places: PagePlace[];
}

export interface PageDiagnostic {
  severity: 'error' | 'warning' | 'info';
  code: string;
  message: string;
  hint: string;
  place: Partial<PagePlace>;
}
