/**
 * The sentences of the report, in one place and in the words of docs/semantics.md, so that the plan's codes mean the
 * same to every reader.
 */
import type { Assumption, HandlerKind, PlannedHandler, ProtectionReason } from '../plan/plan.js';

/** Why a handler got its protection, and what follows for it. */
export const reasonSentences: Record<ProtectionReason, string> = {
  'no-conflict': 'It accesses nothing that another task could change under it.',
  'atomic-by-itself':
    'Its conflicting accesses lie in one segment, which JavaScript runs atomically, and no handler has a section on them.',
  'one-segment':
    'Its conflicting accesses lie in its first segment, which is atomic by itself: it waits while a conflicting section is open, and holds nothing.',
  'one-later-segment':
    'Its conflicting accesses lie in one segment after its first, and other handlers have sections on them: it holds its classes until that segment has ended.',
  'several-segments':
    'Its conflicting accesses lie in more than one segment: it holds its classes from the first of them to the last.',
  'opted-out': 'Its author opted out and answers for it: it is never scheduled.',
};

/** Said of sections that code outside of the program may call back into. */
export const CARRIES_TASK =
  'Code that is not compiled may call back into the program while its section is open, so its task is followed through such calls.';

/** A part of the report: handlers that are protected alike for the same reason. */
export interface HandlerGroup {
  title: string;
  /** What this group does, in a few words. */
  gist: string;
  has(handler: PlannedHandler): boolean;
}

/** Every handler is in exactly one of these; the most constrained come first. */
export const handlerGroups: readonly HandlerGroup[] = [
  {
    title: 'sections',
    gist: 'hold their classes to their last access',
    has: ({ protection }) => protection === 'section',
  },
  {
    title: 'gates',
    gist: 'wait for open sections, hold nothing',
    has: ({ protection }) => protection === 'gate',
  },
  {
    title: 'atomic by themselves',
    gist: 'untouched: one segment, no section',
    has: ({ reason }) => reason === 'atomic-by-itself',
  },
  {
    title: 'without conflict',
    gist: 'untouched: nothing to protect',
    has: ({ reason }) => reason === 'no-conflict',
  },
  {
    title: 'opted out',
    gist: 'untouched: their authors answer for them',
    has: ({ reason }) => reason === 'opted-out',
  },
];

/** What the groups mean, for those who read a report for the first time. */
export const LEGEND =
  'A section holds its classes to its last conflicting access; a gate waits while a conflicting section is open and holds nothing; all other handlers stay as they are.';

/** The kinds of handlers, in the order in which they are shown. */
export const kindTitles: Record<HandlerKind, string> = {
  route: 'routes',
  listener: 'listeners',
  timer: 'timers',
  callback: 'callbacks',
  export: 'exports',
};

/** What can be done about an assumption, by its code. */
const adviceOfAssumptions: Record<string, string> = {
  'opaque-code':
    'Replace `eval`, `with` or `new Function` by ordinary code, or keep shared variables out of its scope.',
  'dynamic-import': 'Load modules by literal names, for example from a table of `() => import("./name.js")`.',
};

/** What can be done about assumptions with this code. */
export function adviceFor(code: string): string {
  return adviceOfAssumptions[code] ?? 'It costs concurrency, never correctness.';
}

/** What an assumption costs, where that is known. */
export function costOf({ pairs }: Pick<Assumption, 'pairs'>): string {
  if (pairs === undefined) return '';
  if (pairs === 0) return 'No handler waits because of this alone.';
  const [subject, verb] = pairs === 1 ? ['pair', 'waits'] : ['pairs', 'wait'];
  return `${pairs} ${subject} of handlers ${verb} for each other only because of this.`;
}

/** `1 class`, `2 classes`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}
