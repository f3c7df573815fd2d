/**
 * The sentences of the report, in one place and in the words of docs/semantics.md, so that the plan's codes mean the
 * same to every reader.
 */
import { formatPlace } from '../diagnostics/print.js';
import { textOf } from '../keys/expression.js';
import type {
  Assumption,
  HandlerKind,
  HeldClass,
  Location,
  PlannedHandler,
  PlannedStageCall,
  ProtectionReason,
  WholeContainerReason,
  WholeReason,
} from '../plan/plan.js';

/** Why a handler got its protection, and what follows for it. */
export const reasonSentences: Record<ProtectionReason, string> = {
  'no-conflict': 'It accesses nothing that another task could change under it.',
  'atomic-by-itself':
    'Its conflicting accesses lie in one segment, which JavaScript runs atomically, and nobody holds anything of them longer.',
  'one-segment':
    'Its conflicting accesses lie in its first segment, which is atomic by itself: it waits while a conflicting section is open, and holds nothing.',
  'one-later-segment':
    'Its conflicting accesses lie in one segment after its first, and other handlers have sections on them.',
  'several-segments': 'Its conflicting accesses lie in more than one segment.',
  delegated:
    'All its conflicting accesses are made by another handler that it calls and waits for, in the section of that one.',
  'own-lock':
    "Its conflicting accesses all lie under one lock of the program's own, as do those of all that it conflicts with.",
  'inside-callers':
    'A stage all of whose calls are part of what calls it: what it accesses counts for its callers.',
  'opted-out': 'Its author opted out and answers for it: it is never scheduled.',
};

/** What kind of function a handler is. */
export function formOf({ isAsync, isGenerator, kind }: PlannedHandler): string {
  return [isAsync && 'async', isGenerator && 'generator', kind].filter(Boolean).join(' ');
}

/** Why a section is the whole handler, as the end of a sentence. */
export const wholeReasons: Record<WholeReason, string> = {
  'not-async': 'only an async function can wait in its body',
  generator: 'it is a generator',
  'takes-lock': "it takes a lock of the program's own, and classes are taken before that",
  'several-handlers': 'its function is several handlers',
  'called-inside': 'other handlers call it inside of their own sections',
  'waits-inside': 'what it calls waits for another task, and gives up for it what the handler holds',
  outlives: 'work that it starts and does not await may access something',
  result: 'its callers read shared state in what it returns',
  reentered: 'code that is not compiled may call other handlers while it runs',
  'first-segment': 'it suspends before it accesses anything',
  parameters: 'the initial value of a parameter accesses something',
  'promise-in-try': 'it returns a promise from inside of a `try`',
  disposal: 'it declares something with `using`',
  'redeclared-function': 'a function that it declares has a name that is there already',
};

/** Where a section begins and ends, or the place of a gate; nothing for what is not protected, and gates at the call. */
export function boundsSentence({ bounds, protection, classes }: PlannedHandler): string | undefined {
  if (bounds === null) return undefined;
  if (bounds.kind === 'delegated') return `It calls ${bounds.to.join(' or ')}.`;
  if (bounds.kind === 'whole') {
    if (protection !== 'section') return undefined;
    return `It holds its classes from the call until everything has settled, because ${wholeReasons[bounds.reason]}.`;
  }
  const enters = placesOf(bounds.enters);
  if (protection === 'gate') return `It passes its gate at ${enters}.`;
  const leaves = placesOf(bounds.leaves);
  const writes = placesOf(bounds.writes);
  const reading = writes === '' ? '' : `, lets readers pass until ${writes}`;
  const growing = (bounds.grows ?? []).map((places, index) => {
    const taken = classes.filter(({ step }) => step === index + 1).map(held => held.class);
    return `, takes ${taken.join(' and ')} only at ${placesOf(places)}`;
  });
  const ends = leaves === '' ? 'with the handler' : `before ${leaves}, or with the handler`;
  const asides = placesOf(bounds.asides ?? []);
  const aside =
    asides === '' ? '' : ` It is given up at ${asides} while another task has to bring what is awaited.`;
  return `Its section begins at ${enters}${reading}${growing.join('')} and ends ${ends}.${aside}`;
}

/** How a stage is called, if the handler is one. */
export function stageSentences({ stage }: PlannedHandler): string[] {
  if (!stage) return [];
  const said = (calls: readonly PlannedStageCall[]): string =>
    calls
      .map(({ at, by }) => `${by.length > 0 ? by.join(', ') : 'module evaluation'} (${formatPlace(at)})`)
      .join('; ');
  const own = stage.calls.filter(({ merged }) => merged === undefined);
  const inside = stage.calls.filter(({ merged }) => merged === 'covered');
  const merged = stage.calls.filter(call => call.merged !== undefined && call.merged !== 'covered');
  return [
    ...(own.length > 0 ? [`A stage: a unit of its own where it is called by ${said(own)}.`] : []),
    ...(inside.length > 0 ? [`It runs inside of the section of its caller in ${said(inside)}.`] : []),
    ...(merged.length > 0 ? [`It has to be part of its caller in ${said(merged)}.`] : []),
    ...(stage.isLate
      ? [
          'Callers may hold other classes meanwhile, so it waits for holders only, before all who hold nothing.',
        ]
      : []),
  ];
}

/** What stands in for the lock of a class that has none of its own. */
export function coverSentence(coveredBy: readonly string[]): string {
  const [first, ...rest] = coveredBy;
  if (rest.length === 0) return `It needs no lock of its own: whoever waits on it waits on ${first}, too.`;
  return `It needs no lock of its own: whoever waits on it waits on ${rest.length === 1 ? `${first} or ${rest[0]}` : `one of ${coveredBy.join(', ')}`}, too.`;
}

const wholeContainers: Record<WholeContainerReason, string> = {
  'whole-access': 'it accesses more than single keys',
  'unknown-key': 'a key that it accesses is not known where it begins',
  'many-keys': 'it accesses too many keys',
  'scattered-additions':
    'it adds to lists at several moments, and their order must be that of tasks which run one after another',
};

/** By which keys a handler takes entries of a class. */
export function byKeysText(keys: readonly string[]): string {
  if (keys.length === 0) return 'by keys that it makes itself, which nobody else has';
  return `by ${keys.length === 1 ? 'the key' : 'the keys'} ${keys.join(', ')}`;
}

/** Which part of a class a handler holds or passes, where others take single keys of it. */
export function keysSentence({ keys, notKeyed }: HeldClass): string | undefined {
  if (keys) return byKeysText(keys.map(textOf));
  if (!notKeyed) return undefined;
  return `as a whole, because ${wholeContainers[notKeyed.reason]} (${formatPlace(notKeyed.at)})`;
}

function placesOf(places: readonly Location[]): string {
  return places.map(formatPlace).join(' or ');
}

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
    gist: 'hold their classes while they are open',
    has: ({ protection }) => protection === 'section',
  },
  {
    title: 'gates',
    gist: 'wait for open sections, hold nothing',
    has: ({ protection }) => protection === 'gate',
  },
  {
    title: 'delegating',
    gist: 'untouched: a handler that they call has the section',
    has: ({ reason }) => reason === 'delegated',
  },
  {
    title: 'atomic by themselves',
    gist: 'untouched: one segment, no section',
    has: ({ reason }) => reason === 'atomic-by-itself',
  },
  {
    title: 'under their own locks',
    gist: 'untouched: the program keeps them apart itself',
    has: ({ reason }) => reason === 'own-lock',
  },
  {
    title: 'without conflict',
    gist: 'untouched: nothing to protect',
    has: ({ reason }) => reason === 'no-conflict',
  },
  {
    title: 'stages inside of their callers',
    gist: 'untouched: their callers answer for what they access',
    has: ({ reason }) => reason === 'inside-callers',
  },
  {
    title: 'opted out',
    gist: 'untouched: their authors answer for them',
    has: ({ reason }) => reason === 'opted-out',
  },
];

/** What the groups mean, for those who read a report for the first time. */
export const LEGEND =
  'A section holds its classes while it is open; a gate waits while a conflicting section is open and holds nothing; all other handlers stay as they are.';

/** The kinds of handlers, in the order in which they are shown. */
export const kindTitles: Record<HandlerKind, string> = {
  route: 'routes',
  listener: 'listeners',
  timer: 'timers',
  callback: 'callbacks',
  export: 'exports',
  stage: 'stages',
};

/** What can be done about an assumption, by its code. */
const adviceOfAssumptions: Record<string, string> = {
  'opaque-code':
    'Replace `eval`, `with` or `new Function` by ordinary code, or keep shared variables out of its scope.',
  'unknown-call':
    'Say what it does in a file of effect models (option `models`, docs/effect-models.md), or hand it copies instead of shared objects.',
  'unknown-input':
    'What a handler is called with may be anything. If nothing outside calls these exports, say so (`handlers.exports`, `--exports entry`).',
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
