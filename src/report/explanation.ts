/**
 * Explanations as people read them: of a handler, why it waits for others and they for it; of a class, who meets there; of a
 * line, who comes by.
 */
import { formatPlace } from '../diagnostics/print.js';
import type { Conflict, Explanations, Meeting } from '../explain/explanations.js';
import { byKeys } from '../order/by-keys.js';
import type { ConflictClass, Location, Plan, PlannedHandler } from '../plan/plan.js';
import { frameLines, pathLines, stepLines } from './access-path.js';
import { type Cell, table, wrap } from './layout.js';
import { reliefOfConflict, reliefOfContainer, reliefOfSections } from './relief.js';
import type { Style } from './style.js';
import {
  boundsSentence,
  counted,
  coverSentence,
  formOf,
  keysSentence,
  reasonSentences,
  stageSentences,
} from './wording.js';

/** What all explanations need. */
export interface Explaining {
  plan: Plan;
  explanations: Explanations;
  style: Style;
  /** How many classes, and handlers of each, are shown in full; the others are only named. */
  most: number;
}

/** What is gathered on the way for the advice at the end. */
interface Relief {
  sections: Set<PlannedHandler>;
  sentences: Set<string>;
}

/** Why a handler waits, and who waits for it. */
export function renderHandlerExplanation(
  handler: PlannedHandler,
  /** Only conflicts with handlers whose id contains it. */
  otherText: string,
  explaining: Explaining,
): string {
  const { plan, style, explanations, most } = explaining;
  const parts = [headPart(handler, explaining)];
  const relief: Relief = { sections: new Set(), sentences: new Set() };
  if (handler.protection === 'section') relief.sections.add(handler);
  const met = plan.classes
    .map(conflictClass => ({
      conflictClass,
      meetings: explanations
        .meetings(handler, conflictClass)
        .filter(meeting => meeting.handler.id.includes(otherText)),
    }))
    .filter(({ meetings }) => meetings.length > 0)
    .sort(
      byKeys<{ conflictClass: ConflictClass; meetings: Meeting[] }>(
        ({ meetings }) => -meetings.length,
        ({ conflictClass }) => conflictClass.name,
      ),
    );
  for (const { conflictClass, meetings } of met.slice(0, most))
    parts.push(...meetingParts(handler, conflictClass, meetings, relief, explaining));
  if (met.length > most) {
    const rows = met
      .slice(most)
      .map(({ conflictClass, meetings }): Cell[] => [
        { text: counted(meetings.length, 'handler'), align: 'right' },
        { text: conflictClass.name },
      ]);
    const title = `and ${counted(rows.length, 'other class', 'other classes')}, which --all explains:`;
    parts.push([style.colors.dim(title), ...table(rows, '  ', style)].join('\n'));
  }
  if (met.length === 0) parts.push(...standingAlone(handler, explaining));
  else parts.push(reliefPart(relief, style));
  return parts.join('\n\n');
}

function headPart(handler: PlannedHandler, explaining: Explaining): string {
  const { style, explanations } = explaining;
  const { bold, dim } = style.colors;
  const { id, at, bounds, protection } = handler;
  const lines = [`${bold(id)}  ${dim(formOf(handler))}  ${dim(formatPlace(at))}`];
  lines.push(...wrap(reasonSentences[handler.reason], '  ', style));
  const sentence = boundsSentence(handler);
  if (sentence !== undefined) lines.push(...wrap(sentence, '  ', style));
  for (const said of stageSentences(handler)) lines.push(...wrap(said, '  ', style));
  const places: Location[] =
    bounds?.kind === 'body'
      ? [...bounds.enters, ...bounds.writes, ...(bounds.grows ?? []).flat(), ...bounds.leaves]
      : [];
  if (protection === 'section') for (const place of places) lines.push(...frameLines(explanations, place));
  return lines.join('\n');
}

/** The handlers that one meets in a class, the first few with both access paths. */
function meetingParts(
  handler: PlannedHandler,
  conflictClass: ConflictClass,
  meetings: readonly Meeting[],
  relief: Relief,
  explaining: Explaining,
): string[] {
  const { bold } = explaining.style.colors;
  const { explanations, most, plan, style } = explaining;
  const waitedFor = meetings.filter(({ isWaitedFor }) => isWaitedFor).length;
  const waiting = meetings.filter(({ waits }) => waits).length;
  const held = handler.classes.find(c => c.class === conflictClass.name);
  const verb = handler.protection === 'section' ? 'holds' : 'passes';
  const counts = [
    waitedFor > 0 ? `it may have to wait for ${counted(waitedFor, 'handler')}` : '',
    waiting > 0 ? `${counted(waiting, 'handler')} may have to wait for it` : '',
  ].filter(text => text !== '');
  const title = `${bold(`${verb} ${held?.mode} ${conflictClass.name}`)}: ${counts.join(', ')}`;
  // Other handlers tell more than the handler itself, and those that it waits for more than those that wait.
  const ordered = [...meetings].sort(
    byKeys<Meeting>(
      m => (m.handler.id === handler.id ? 1 : 0),
      m => (m.isWaitedFor ? 0 : 1),
    ),
  );
  const keys = held && keysSentence(held);
  const covers = held?.coveredBy && coverSentence(held.coveredBy);
  const sentences = [keys, covers].flatMap(sentence =>
    sentence === undefined ? [] : wrap(sentence, '  ', style),
  );
  const parts = [[title, ...sentences].join('\n')];
  let last: Conflict | undefined;
  for (const meeting of ordered.slice(0, most)) {
    const conflict = explanations.conflict(handler.id, meeting.handler.id, conflictClass);
    if (!conflict) continue;
    parts.push(meetingPart(handler, meeting, conflictClass, conflict, last, explaining));
    for (const sentence of reliefOfConflict(conflict, plan)) relief.sentences.add(sentence);
    for (const one of [handler, meeting.handler])
      for (const sentence of reliefOfContainer(one, conflictClass)) relief.sentences.add(sentence);
    if (meeting.isWaitedFor) relief.sections.add(meeting.handler);
    last = conflict;
  }
  if (ordered.length > most) {
    const rest = ordered
      .slice(most)
      .map(({ handler: other, isWaitedFor, waits }): Cell[] => [
        { text: isWaitedFor && waits ? 'both ways' : isWaitedFor ? 'waits for' : 'waits for it' },
        { text: other.id },
      ]);
    const heading = `  and ${counted(rest.length, 'other handler')}, which --all and --other <text> explain:`;
    parts.push([style.colors.dim(heading), ...table(rest, '    ', style)].join('\n'));
  }
  return parts;
}

function meetingPart(
  { id }: PlannedHandler,
  { handler: other, isWaitedFor }: Meeting,
  { name }: ConflictClass,
  conflict: Conflict,
  last: Conflict | undefined,
  { explanations, style }: Explaining,
): string {
  const { bold } = style.colors;
  if (other.id === id)
    return [
      `  Two of its own tasks conflict${takesKeys(other, name) ? ' if they have the same key' : ''}:`,
      ...pathLines(conflict.own, explanations, style),
      ...(isSamePath(conflict.own, conflict.other)
        ? []
        : ['  and', ...pathLines(conflict.other, explanations, style)]),
    ].join('\n');
  const relation = isWaitedFor ? 'It may have to wait for' : 'It lets wait';
  const bounds = isWaitedFor ? boundsSentence(other) : undefined;
  const isKnown = last !== undefined && isSamePath(last.own, conflict.own);
  return [
    `  ${relation} ${bold(other.id)}`,
    ...(bounds === undefined
      ? []
      : wrap(bounds.replace(/^Its section/, 'The section of that one'), '  ', style)),
    ...keysLines(other, name, 'That one takes the class', style),
    ...(isKnown
      ? ['  Its own access is the one above.']
      : ['  Its own access:', ...pathLines(conflict.own, explanations, style)]),
    `  The access of ${other.id}:`,
    ...pathLines(conflict.other, explanations, style),
  ].join('\n');
}

/** Which part of a class a handler takes, if not everybody takes the whole. */
function keysLines({ classes }: PlannedHandler, name: string, subject: string, style: Style): string[] {
  const held = classes.find(own => own.class === name);
  const keys = held && keysSentence(held);
  return keys === undefined ? [] : wrap(`${subject} ${keys}.`, '  ', style);
}

const takesKeys = ({ classes }: PlannedHandler, name: string): boolean =>
  classes.some(own => own.class === name && own.keys !== undefined);

const isSamePath = (a: Conflict['own'], b: Conflict['own']): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** What there is to say of a handler that waits for nobody. */
function standingAlone(handler: PlannedHandler, { plan, explanations, style }: Explaining): string[] {
  const { id, reason } = handler;
  if (reason === 'own-lock') {
    const locks = plan.ownLocks.filter(({ handlers }) => handlers.includes(id));
    return locks.map(({ name, at }) => `The lock is ${name}, made at ${formatPlace(at)}.`);
  }
  const parts = plan.classes
    .filter(({ members }) => members.some(member => member.handler === id))
    .flatMap(conflictClass => {
      const path = explanations.accessTo(id, conflictClass);
      if (!path) return [];
      const others = conflictClass.members.length - 1;
      const title =
        reason === 'delegated'
          ? `${conflictClass.name}, in the section of that one`
          : conflictClass.locked
            ? `${conflictClass.name}, unprotected`
            : `${conflictClass.name}, which ${counted(others, 'other handler')} may access, each in one segment`;
      return [[title, ...pathLines(path, explanations, style)].join('\n')];
    });
  const to = handler.bounds?.kind === 'delegated' ? handler.bounds.to : [];
  const hints = to.map(other => `\`anyspeed explain '${other}'\` explains that one.`);
  return [...parts, ...(hints.length > 0 ? hints : ['It waits for nobody, and nobody for it.'])];
}

function reliefPart({ sections, sentences }: Relief, style: Style): string {
  const lines = [...sentences, ...reliefOfSections([...sections])].flatMap(sentence =>
    wrap(sentence, '    ', style).map((line, i) => (i === 0 ? `  - ${line.trimStart()}` : line)),
  );
  return [style.colors.bold('What would free it'), ...lines].join('\n');
}

/** Who meets in a class, and how each comes there. */
export function renderClassExplanation(
  { name, resources, members, locked }: ConflictClass,
  explaining: Explaining,
): string {
  const { plan, explanations, style, most } = explaining;
  const { bold, dim } = style.colors;
  const handlers = new Map(plan.handlers.map(handler => [handler.id, handler]));
  const isSection = (id: string): boolean => handlers.get(id)?.protection === 'section';
  const sections = members.filter(({ handler }) => isSection(handler));
  const lines = [
    bold(name),
    ...wrap(
      locked
        ? `It is locked, since ${sections.length === 1 ? 'one handler has a section' : `${sections.length} handlers have sections`} on it.`
        : 'It needs no lock: each handler is through with it in one segment.',
      '  ',
      style,
    ),
  ];
  if (resources.length > 1) lines.push('  Its resources:', ...resources.map(resource => `    ${resource}`));
  const parts = [lines.join('\n')];
  const ordered = [...members].sort(
    byKeys<ConflictClass['members'][number]>(
      ({ handler }) => (isSection(handler) ? 0 : 1),
      ({ mode }) => (mode === 'write' ? 0 : 1),
      ({ handler }) => handler,
    ),
  );
  const conflictClass = { name, resources, members, locked };
  for (const { handler: id } of ordered.slice(0, most)) {
    const handler = handlers.get(id);
    const path = explanations.accessTo(id, conflictClass);
    if (!handler || !path) continue;
    const bounds = boundsSentence(handler);
    parts.push(
      [
        `${bold(id)}  ${dim(protectionOf(handler))}`,
        ...(bounds === undefined ? [] : wrap(bounds, '  ', style)),
        ...keysLines(handler, name, 'It takes the class', style),
        ...pathLines(path, explanations, style),
      ].join('\n'),
    );
  }
  if (ordered.length > most) {
    const rest = ordered
      .slice(most)
      .map(({ handler: id, mode }): Cell[] => [
        { text: handlers.has(id) ? protectionOf(handlers.get(id) as PlannedHandler) : '' },
        { text: `${mode}s` },
        { text: id },
      ]);
    parts.push(
      [
        dim(`and ${counted(rest.length, 'other handler')}, which --all explains:`),
        ...table(rest, '  ', style),
      ].join('\n'),
    );
  }
  return parts.join('\n\n');
}

const protectionOf = ({ protection, reason }: PlannedHandler): string =>
  protection === 'untouched' && (reason === 'delegated' || reason === 'opted-out')
    ? reason.replace('-', ' ')
    : protection;

/** Who accesses something at a line, and how each comes there; undefined if nobody does. */
export function renderLineExplanation(
  { module, line }: Pick<Location, 'module' | 'line'>,
  explaining: Explaining,
): string | undefined {
  const { plan, explanations, style, most } = explaining;
  const { bold, dim } = style.colors;
  const found = explanations.accessesAt(module, line);
  const [first] = found;
  if (!first) return undefined;
  const at = first.paths[0]?.access.at ?? { module, line, column: 0 };
  const parts = [[bold(`${module}:${line}`), ...frameLines(explanations, at)].join('\n')];
  const seen = new Map<string, string[]>();
  for (const { paths } of found)
    for (const { access } of paths) {
      const modes = seen.get(access.resource) ?? [];
      if (!modes.includes(access.mode)) modes.push(access.mode);
      seen.set(access.resource, modes);
    }
  const rows = [...seen].map(([resource, modes]): Cell[] => {
    const conflictClass = plan.classes.find(({ resources }) => resources.includes(resource));
    const covers = conflictClass?.coveredBy ? `, by the lock of ${conflictClass.coveredBy.join(', ')}` : '';
    const state = conflictClass?.locked
      ? `in the locked class ${conflictClass.name}${covers}`
      : 'which needs no lock';
    return [{ text: modes.map(mode => `${mode}s`).join(' and ') }, { text: resource }, { text: state }];
  });
  parts.push([`Accesses there:`, ...table(rows, '  ', style)].join('\n'));
  parts.push(`${bold(counted(found.length, 'handler'))} ${found.length === 1 ? 'comes' : 'come'} there`);
  for (const { handler, paths } of found.slice(0, most)) {
    const [path] = paths;
    if (path)
      parts.push(
        [`${bold(handler.id)}  ${dim(protectionOf(handler))}`, ...stepLines(path, explanations, style)].join(
          '\n',
        ),
      );
  }
  if (found.length > most) {
    const rest = found
      .slice(most)
      .map(({ handler }): Cell[] => [{ text: protectionOf(handler) }, { text: handler.id }]);
    parts.push(
      [dim(`and ${counted(rest.length, 'other')}, which --all explains:`), ...table(rest, '  ', style)].join(
        '\n',
      ),
    );
  }
  return parts.join('\n\n');
}
