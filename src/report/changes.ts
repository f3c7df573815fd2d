/**
 * What changed between two plans, in words: who lost concurrency and to whom, who lost protection and why, and then, shortly,
 * everything else.
 */
import { formatPlace } from '../diagnostics/print.js';
import type { ConflictClass, LockMode, Plan } from '../plan/plan.js';
import {
  type Comparison,
  type HandlerChange,
  type Held,
  isLoss,
  losesProtection,
  type ProtectionLoss,
  type Widened,
} from '../snapshot/compare.js';
import type { SnapshotForm, SnapshotHandler } from '../snapshot/snapshot.js';
import { groupedBy } from './grouped.js';
import { type Cell, table, wrap } from './layout.js';
import type { Style } from './style.js';
import { byKeysText, counted, keysSentence, wholeReasons } from './wording.js';

const SHOWN_OTHERS = 3;

interface FormWords {
  noun: string;
  was: string;
  is: string;
}

const untouched = (why: string): FormWords => ({
  noun: `untouched (${why})`,
  was: `was untouched (${why})`,
  is: `is untouched (${why})`,
});

const forms: Record<SnapshotForm, FormWords> = {
  section: { noun: 'section', was: 'had a section', is: 'has a section' },
  'whole section': {
    noun: 'section of the whole handler',
    was: 'had a section that was the whole handler',
    is: 'has a section that is the whole handler',
  },
  gate: { noun: 'gate', was: 'passed a gate', is: 'passes a gate' },
  delegated: {
    noun: 'delegated',
    was: 'left its accesses to the section of another handler',
    is: 'leaves its accesses to the section of another handler',
  },
  'atomic-by-itself': untouched('atomic by itself'),
  'own-lock': untouched("under a lock of the program's own"),
  'no-conflict': untouched('without conflict'),
  'inside-callers': {
    noun: 'stage inside of its callers',
    was: 'ran inside of the sections of its callers',
    is: 'runs inside of the sections of its callers',
  },
  'opted-out': untouched('opted out'),
};

const losses: Record<ProtectionLoss, string> = {
  gone: 'it is no handler any more, or has another name.',
  'opted-out': 'its author opted out and answers for it.',
  'not-accessed': 'the analysis sees no access by this handler any more.',
  'not-written': 'the analysis sees no handler write there any more.',
};

const SPLIT =
  'Its section is now given up while another task has to bring what is awaited: what it has read before may be different afterwards.';

/** All changes as text, without a newline at the end; empty if there are none. */
export function renderChanges({ handlers, renamed, bound }: Comparison, plan: Plan, style: Style): string {
  const slower = handlers.filter(({ lostConcurrency }) => lostConcurrency);
  const unprotected = handlers.filter(losesProtection);
  const others = handlers.filter(change => !isLoss(change));
  const { bold, green, red, yellow } = style.colors;
  const parts: string[] = [];
  if (slower.length > 0) {
    parts.push(`${yellow(bold(counted(slower.length, 'handler')))} lost concurrency`);
    parts.push(...slower.map(change => slowerPart(change, handlers, plan, style)));
  }
  if (unprotected.length > 0) {
    parts.push(`${red(bold(counted(unprotected.length, 'handler')))} lost protection`);
    parts.push(...unprotected.map(change => unprotectedPart(change, plan, style)));
  }
  if (bound !== undefined) {
    const title = `${yellow(bold(counted(bound.length, 'function')))} that could run in other threads, and cannot any more or ${bound.length === 1 ? 'has' : 'have'} another name`;
    parts.push(
      [
        title,
        ...table(
          bound.map((id): Cell[] => [{ text: id }]),
          '  ',
          style,
        ),
      ].join('\n'),
    );
  }
  if (renamed.length > 0) {
    const rows = renamed.map(({ before, after }): Cell[] => [
      { text: before },
      { text: 'is now' },
      { text: after },
    ]);
    const title = `${yellow(bold(counted(renamed.length, 'resource')))} with another name, if it is the same`;
    parts.push([title, ...table(rows, '  ', style)].join('\n'));
  }
  if (others.length > 0) {
    const title = `${green(bold(counted(others.length, 'handler')))} changed without losing anything`;
    parts.push([title, ...table(others.map(otherRow), '  ', style)].join('\n'));
  }
  return parts.join('\n\n');
}

function headingOf({ id, renamedFrom }: HandlerChange, { handlers }: Plan, { colors }: Style): string {
  const at = handlers.find(handler => handler.id === id)?.at;
  const parts = [
    colors.bold(id),
    renamedFrom === null ? '' : `before ${renamedFrom}`,
    at === undefined ? '' : colors.dim(formatPlace(at)),
  ];
  return parts.filter(part => part !== '').join('  ');
}

/** What it was and what it is. */
function formSentence({ before, after }: HandlerChange): string | undefined {
  if (before === null || after === null) return undefined;
  if (before.form === after.form && before.whole === after.whole) {
    if (before.isGivenUp && !after.isGivenUp)
      return 'Its section was given up while another task had to bring what is awaited; now it is not.';
    return undefined;
  }
  const why = after.whole === null ? '' : `, because ${wholeReasons[after.whole]}`;
  return `It ${forms[before.form].was}${to(before)}; now it ${forms[after.form].is}${to(after)}${why}.`;
}

const to = ({ to: others }: SnapshotHandler): string =>
  others.length === 0 ? '' : `, ${others.join(' or ')}`;

function slowerPart(
  change: HandlerChange,
  changes: readonly HandlerChange[],
  plan: Plan,
  style: Style,
): string {
  const sentences = [formSentence(change), ...waits(change, changes, plan)];
  return [headingOf(change, plan, style), ...sentences.flatMap(s => (s ? wrap(s, '  ', style) : []))].join(
    '\n',
  );
}

/** For whom it waits now, whom it lets wait, and on what. */
function* waits(
  { id, before, after, gained, widened, sooner }: HandlerChange,
  changes: readonly HandlerChange[],
  plan: Plan,
): Iterable<string> {
  const befores = new Map(changes.map(change => [change.id, change.before]));
  const isNew = (other: string): boolean => befores.has(other) && !isSection(befores.get(other) ?? null);
  const byClass = groupedBy(gained, ({ resource }) => classOf(plan, resource)?.name ?? '');
  for (const [className, held] of byClass) {
    const mode = (held[0] as Held).mode;
    const { sections, others } = sectionsAgainst(plan, className, mode, id);
    const on = held.length === 1 ? (held[0] as Held).resource : `${className} and ${held.length - 1} more`;
    yield* accessed(held, id, plan);
    const names = sections.map(other => (isNew(other) ? `${other} (new there)` : other));
    if (names.length > 0) yield `It now waits for ${listed(names)} on ${on}.`;
    else if (others > 0) yield `It now lets ${counted(others, 'handler')} wait on ${on}.`;
    else yield `Two of its tasks now wait for each other on ${on}.`;
  }
  yield* widenings(widened, id, plan);
  if (isSection(after))
    for (const name of new Set(sooner.map(({ resource }) => classOf(plan, resource)?.name ?? resource)))
      yield `It took ${name} in a later step of its section; now it takes it where that begins.`;
  if (isSection(before) || !isSection(after)) return;
  for (const { class: className, mode } of after?.classes ?? []) {
    if (byClass.has(className)) continue;
    const { others } = sectionsAgainst(plan, className, mode, id);
    if (others > 0) yield `It now lets ${counted(others, 'handler')} wait on ${className}.`;
  }
}

/** Of what it takes more entries than before. Resources of one class, which it took by the same keys, go together. */
function* widenings(widened: readonly Widened[], id: string, plan: Plan): Iterable<string> {
  const classes = plan.handlers.find(handler => handler.id === id)?.classes ?? [];
  const byClass = groupedBy(
    widened,
    ({ resource, before }) => `${classOf(plan, resource)?.name} ${before.join()}`,
  );
  for (const group of byClass.values()) {
    const { resource, before } = group[0] as Widened;
    const name = classOf(plan, resource)?.name ?? resource;
    const held = classes.find(own => own.class === name);
    const is = (held && keysSentence(held)) ?? 'as a whole';
    yield `It took ${name} ${byKeysText(before)}; now it takes it ${is}.`;
  }
}

/** Where a handler accesses what it has to do with now. */
function* accessed(held: readonly Held[], id: string, { handlers }: Plan): Iterable<string> {
  const names = new Set(held.map(({ resource }) => resource));
  const accesses = handlers.find(handler => handler.id === id)?.accesses ?? [];
  const places = new Set(
    accesses.filter(({ resource }) => names.has(resource)).map(({ at }) => formatPlace(at)),
  );
  if (places.size > 0) yield `It accesses ${listed([...names])} at ${listed([...places])}.`;
}

const isSection = (handler: SnapshotHandler | null): boolean =>
  handler?.form === 'section' || handler?.form === 'whole section';

function classOf({ classes }: Plan, resource: string): ConflictClass | undefined {
  return classes.find(({ resources }) => resources.includes(resource));
}

/** Who else has a section on a class that conflicts with a mode, and how many others hold or pass it. */
function sectionsAgainst(
  { handlers }: Plan,
  className: string,
  mode: LockMode,
  id: string,
): { sections: string[]; others: number } {
  const meeting = handlers.filter(
    handler =>
      handler.id !== id &&
      handler.classes.some(own => own.class === className && (mode !== 'shared' || own.mode !== 'shared')),
  );
  return {
    sections: meeting.filter(({ protection }) => protection === 'section').map(handler => handler.id),
    others: meeting.length,
  };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_OTHERS);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length === 1 ? (shown[0] as string) : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

function unprotectedPart(change: HandlerChange, plan: Plan, style: Style): string {
  const form = formSentence(change);
  const lines = form ? wrap(form, '  ', style) : [];
  if (change.isSplit) lines.push(...wrap(SPLIT, '  ', style));
  for (const [why, lost] of groupedBy(change.lost, loss => loss.why)) {
    const resources = listed(lost.map(({ resource }) => resource));
    lines.push(
      ...wrap(`It no longer holds or passes ${resources}: ${losses[why as ProtectionLoss]}`, '  ', style),
    );
  }
  return [headingOf(change, plan, style), ...lines].join('\n');
}

function otherRow({ id, before, after, renamedFrom }: HandlerChange): Cell[] {
  if (before === null) return [{ text: 'new' }, { text: id }, { text: after ? forms[after.form].noun : '' }];
  if (after === null) return [{ text: 'gone' }, { text: id }, { text: `was ${forms[before.form].noun}` }];
  if (renamedFrom !== null) return [{ text: 'renamed' }, { text: id }, { text: `was ${renamedFrom}` }];
  if (before.whole !== null && after.whole !== null && before.whole !== after.whole)
    return [{ text: 'other reason' }, { text: id }, { text: `whole because ${wholeReasons[after.whole]}` }];
  const change =
    before.form === after.form
      ? 'waits for less'
      : `${forms[after.form].noun}; was ${forms[before.form].noun}`;
  return [{ text: 'freer' }, { text: id }, { text: change }];
}
