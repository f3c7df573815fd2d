/**
 * The details of a plan: each handler with what it reads and writes, where, and what protects it; then each class
 * with who meets in it.
 */
import { formatDiagnostics, formatPlace } from '../diagnostics/print.js';
import { byKeys } from '../order/by-keys.js';
import type { Assumption, LockMode, Plan, PlannedAccess, PlannedHandler } from '../plan/plan.js';
import { type ClassConstraint, rankClasses } from './constraint.js';
import { groupedBy } from './grouped.js';
import { type Cell, table, wrap } from './layout.js';
import { parallelParts } from './parallel.js';
import type { Style } from './style.js';
import {
  adviceFor,
  boundsSentence,
  CARRIES_TASK,
  costOf,
  counted,
  coverSentence,
  formOf,
  handlerGroups,
  keysSentence,
  reasonSentences,
  stageSentences,
} from './wording.js';

/** All there is to say about a plan, without a newline at its end. */
export function renderDetails(plan: Plan, style: Style): string {
  return [
    renderHandlers(plan, plan.handlers, style),
    classParts(plan, style),
    ownLockParts(plan, style),
    parallelParts(plan, style).join('\n\n'),
    assumptionParts(plan, style),
    plan.diagnostics.length > 0
      ? `${style.colors.bold('Diagnostics')}\n\n${formatDiagnostics(plan.diagnostics, { color: style.colors.isColorSupported })}`
      : '',
  ]
    .filter(part => part !== '')
    .join('\n\n');
}

/** Some handlers of a plan in detail, without a newline at the end. */
export function renderHandlers(plan: Plan, handlers: readonly PlannedHandler[], style: Style): string {
  const { bold } = style.colors;
  const classOf = classByResource(plan);
  const parts: string[] = [];
  for (const group of handlerGroups) {
    const members = handlers.filter(group.has);
    if (members.length === 0) continue;
    parts.push(bold(`${capitalized(group.title)} (${members.length}): ${group.gist}`));
    const hasDetails = members.some(({ accesses }) => accesses.length > 0);
    if (hasDetails) parts.push(...members.map(member => handlerPart(member, classOf, style)));
    else parts.push(table(members.map(headingOf(style)), '', style).join('\n'));
  }
  return parts.join('\n\n');
}

interface ClassOfResource {
  name: string;
  isLocked: boolean;
}

function classByResource({ classes }: Plan): Map<string, ClassOfResource> {
  const found = new Map<string, ClassOfResource>();
  for (const { name, resources, locked } of classes) {
    for (const resource of resources) found.set(resource, { name, isLocked: locked });
  }
  return found;
}

function headingOf({ colors: { dim } }: Style): (handler: PlannedHandler) => Cell[] {
  return handler => [
    { text: handler.id },
    { text: formOf(handler), paint: dim },
    { text: formatPlace(handler.at), paint: dim },
  ];
}

function handlerPart(
  handler: PlannedHandler,
  classOf: ReadonlyMap<string, ClassOfResource>,
  style: Style,
): string {
  const { bold } = style.colors;
  const [id, form, place] = headingOf(style)(handler) as [Cell, Cell, Cell];
  const lines = table([[{ ...id, paint: bold }, form, place]], '', style);
  lines.push(...wrap(reasonSentences[handler.reason], '  ', style));
  const bounds = boundsSentence(handler);
  if (bounds !== undefined) lines.push(...wrap(bounds, '  ', style));
  for (const sentence of stageSentences(handler)) lines.push(...wrap(sentence, '  ', style));
  if (handler.carriesTask) lines.push(...wrap(CARRIES_TASK, '  ', style));
  const held = new Map(handler.classes.map(one => [one.class, one]));
  const byClass = groupedBy(handler.accesses, ({ resource }) => classOf.get(resource)?.name ?? '');
  // What it waits for comes first.
  const names = [...byClass.keys()].sort(
    byKeys<string>(
      name => (held.has(name) ? 0 : 1),
      name => name,
    ),
  );
  for (const name of names) {
    const own = held.get(name);
    lines.push(`  ${usage(handler, name, own?.mode, style)}`);
    if (own?.coveredBy) lines.push(...wrap(coverSentence(own.coveredBy), '    ', style));
    const keys = own && keysSentence(own);
    if (keys !== undefined) lines.push(...wrap(keys, '    ', style));
    lines.push(...accessLines(byClass.get(name) ?? [], name, style));
  }
  return lines.join('\n');
}

/** How a handler uses a class. */
function usage(handler: PlannedHandler, name: string, mode: LockMode | undefined, style: Style): string {
  const { dim, red, yellow } = style.colors;
  if (handler.reason === 'opted-out') return `${red('unprotected')} ${name}`;
  if (handler.reason === 'delegated') return `${dim('delegates')} ${name}`;
  if (mode === undefined) return `${dim('needs no lock')} ${name}`;
  return handler.protection === 'section'
    ? `${red(`holds ${mode}`)} ${name}`
    : `${yellow(`passes ${mode}`)} ${name}`;
}

/** The accesses of one class: one line for each place, under the name of the resource unless it is that of the class. */
function accessLines(accesses: readonly PlannedAccess[], className: string, style: Style): string[] {
  const { cyan } = style.colors;
  const byResource = groupedBy(accesses, ({ resource }) => resource);
  const isNamed = byResource.size > 1 || !byResource.has(className);
  const indent = isNamed ? '      ' : '    ';
  return [...byResource].flatMap(([resource, ofResource]) => {
    const byPlace = groupedBy(ofResource, ({ at }) => formatPlace(at));
    const rows = [...byPlace].map(([place, here]): Cell[] => {
      const modes = ['read', 'write'].filter(mode => here.some(access => access.mode === mode));
      return [{ text: modes.map(mode => `${mode}s`).join(', ') }, { text: place, paint: cyan }];
    });
    return [...(isNamed ? [`    ${resource}`] : []), ...table(rows, indent, style)];
  });
}

function classParts(plan: Plan, style: Style): string {
  if (plan.classes.length === 0) return '';
  const title = style.colors.bold(`Conflict classes (${plan.classes.length})`);
  return [title, ...rankClasses(plan).map(ranked => classPart(ranked, style))].join('\n\n');
}

function classPart({ conflictClass, pairs, scheduled }: ClassConstraint, style: Style): string {
  const { bold, dim, green } = style.colors;
  const { name, resources, locked, coveredBy, members } = conflictClass;
  const lines = [
    locked
      ? `${bold(name)}  ${counted(pairs, 'pair')} of handlers may wait`
      : `${bold(name)}  ${green('needs no lock: each handler is through with it in one segment')}`,
  ];
  if (coveredBy) lines.push(...wrap(coverSentence(coveredBy), '  ', style));
  if (resources.length > 1) {
    lines.push(
      `  ${counted(resources.length, 'resource')}:`,
      ...resources.map(resource => `    ${resource}`),
    );
  }
  const scheduledIds = new Map(scheduled.map(({ handler, mode }) => [handler.id, { handler, mode }]));
  const rows = members.map(({ handler: id, mode }): Cell[] => {
    const found = scheduledIds.get(id);
    if (!found) return [{ text: `${mode}s`, paint: dim }, { text: '' }, { text: id }];
    const { protection } = found.handler;
    return [{ text: protection }, { text: found.mode }, { text: id }];
  });
  rows.sort(byKeys<Cell[]>(([first]) => (first?.text === 'section' ? 0 : 1)));
  return [...lines, ...table(rows, '  ', style)].join('\n');
}

function ownLockParts({ ownLocks }: Plan, style: Style): string {
  if (ownLocks.length === 0) return '';
  const { bold, cyan } = style.colors;
  const parts = ownLocks.map(({ name, at, handlers, resources }) =>
    [
      `${bold(name)}  at ${cyan(formatPlace(at))}`,
      `  keeps apart ${handlers.join(', ')}`,
      `  on ${resources.join(', ')}`,
    ].join('\n'),
  );
  return [bold(`Locks of the program's own (${ownLocks.length})`), ...parts].join('\n\n');
}

function assumptionParts({ assumptions }: Plan, style: Style): string {
  if (assumptions.length === 0) return '';
  const { bold, cyan } = style.colors;
  const parts = [bold(`Conservative assumptions (${assumptions.length})`)];
  for (const [message, group] of groupedBy(assumptions, assumption => assumption.message)) {
    const [{ code, pairs }] = group as [Assumption];
    const places = group.map(({ at }) => `  at ${cyan(formatPlace(at))}`);
    const cost = pairs === undefined ? [] : wrap(costOf({ pairs }), '  ', style);
    const advice = wrap(adviceFor(code), '  ', style);
    parts.push([...wrap(message, '', style), ...places, ...cost, ...advice].join('\n'));
  }
  return parts.join('\n\n');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
