/**
 * The summary of a plan: what somebody wants to know before anything else, on one screen. So each part shows its
 * first few lines and says how many there are; only handlers whose authors opted out are never cut short, since
 * nobody else watches over them.
 */
import { formatPlace } from '../diagnostics/print.js';
import { byKeys } from '../order/by-keys.js';
import type { Assumption, ConflictClass, Plan, PlannedHandler } from '../plan/plan.js';
import { rankClasses } from './constraint.js';
import { groupedBy } from './grouped.js';
import { type Cell, table, wrap } from './layout.js';
import { candidateLines, parallelLines } from './parallel.js';
import { problemLines } from './problems.js';
import type { Style } from './style.js';
import { adviceFor, costOf, counted, handlerGroups, kindTitles, LEGEND } from './wording.js';

const SHOWN_CLASSES = 5;
const SHOWN_OWN_LOCKS = 3;
const SHOWN_ASSUMPTIONS = 3;
const SHOWN_PLACES = 2;

/** The summary as text, without a newline at its end. */
export function renderSummary(plan: Plan, style: Style): string {
  const parts = [
    handlerLines(plan, style),
    optedOutLines(plan, style),
    classLines(plan, style),
    ownLockLines(plan, style),
    logLines(plan, style),
    parallelLines(plan, style),
    candidateLines(plan, style),
    assumptionLines(plan, style),
    problemLines(plan.diagnostics, style),
  ];
  return parts
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n');
}

/** How many handlers of each kind are protected how. */
function handlerLines({ handlers, modules }: Plan, style: Style): string[] {
  const { bold, dim } = style.colors;
  const title = `${bold(counted(handlers.length, 'handler'))} in ${counted(modules.length, 'module')}`;
  if (handlers.length === 0) return [title];
  const kinds = Object.entries(kindTitles).filter(([kind]) => handlers.some(h => h.kind === kind));
  const number = (count: number): Cell => ({
    text: String(count),
    align: 'right',
    ...(count === 0 && { paint: dim }),
  });
  const heading: Cell[] = [
    { text: '' },
    ...['total', ...kinds.map(([, kindTitle]) => kindTitle)].map(
      (text): Cell => ({ text, align: 'right', paint: dim }),
    ),
  ];
  const rows = handlerGroups
    .map(group => ({ group, members: handlers.filter(group.has) }))
    .filter(({ members }) => members.length > 0)
    .map(({ group, members }): Cell[] => [
      { text: group.title },
      number(members.length),
      ...kinds.map(([kind]) => number(members.filter(h => h.kind === kind).length)),
    ]);
  return [title, ...table([heading, ...rows], '  ', style), ...wrap(LEGEND, '  ', style).map(dim)];
}

function optedOutLines({ handlers }: Plan, style: Style): string[] {
  const optedOut = handlers.filter(({ reason }) => reason === 'opted-out');
  if (optedOut.length === 0) return [];
  const { bold, dim, yellow } = style.colors;
  const title = `${bold(counted(optedOut.length, 'handler'))} opted out: never scheduled, their authors answer for them`;
  const row = ({ id, at }: PlannedHandler): Cell[] => [
    { text: id, paint: yellow },
    { text: formatPlace(at), paint: dim },
  ];
  return [title, ...table(optedOut.map(row), '  ', style)];
}

/** The classes that make handlers wait, the worst first. */
function classLines(plan: Plan, style: Style): string[] {
  if (plan.classes.length === 0) return [];
  const { bold, dim } = style.colors;
  const locked = rankClasses(plan).filter(({ conflictClass }) => conflictClass.locked);
  const free = plan.classes.length - locked.length;
  const locks = locked.filter(({ conflictClass }) => conflictClass.coveredBy === undefined).length;
  const by = locks < locked.length ? ` by ${counted(locks, 'lock')}` : '';
  const lines = [
    `${bold(counted(plan.classes.length, 'conflict class', 'conflict classes'))}, ${locked.length} locked${by}`,
  ];
  if (locked.length > 0) {
    const heading = ['pairs that may wait', 'sections', 'gates', 'class'].map(
      (text, column): Cell => ({ text, align: column < 3 ? 'right' : 'left', paint: dim }),
    );
    const rows = locked
      .slice(0, SHOWN_CLASSES)
      .map(({ conflictClass, pairs, sections, scheduled }): Cell[] => [
        { text: String(pairs), align: 'right' },
        { text: String(sections), align: 'right' },
        { text: String(scheduled.length - sections), align: 'right' },
        { text: titleOf(conflictClass) },
      ]);
    lines.push(...table([heading, ...rows], '  ', style));
    if (locked.length > SHOWN_CLASSES) {
      lines.push(dim(`  and ${locked.length - SHOWN_CLASSES} more, which constrain less`));
    }
  }
  if (free > 0) {
    const subject = free === 1 ? '1 class needs' : `${free} classes need`;
    lines.push(
      ...wrap(
        `${subject} no lock: each handler is through with ${free === 1 ? 'it' : 'them'} in one segment.`,
        '  ',
        style,
      ),
    );
  }
  return lines;
}

/** The locks of the program itself that are relied on. */
function ownLockLines({ ownLocks }: Plan, style: Style): string[] {
  if (ownLocks.length === 0) return [];
  const { bold, dim } = style.colors;
  const title = `${bold(counted(ownLocks.length, 'lock'))} of the program's own, which ${ownLocks.length === 1 ? 'needs' : 'need'} none of ours beside`;
  const rows = ownLocks
    .slice(0, SHOWN_OWN_LOCKS)
    .map(({ name, at, handlers }): Cell[] => [
      { text: name },
      { text: counted(handlers.length, 'handler') },
      { text: formatPlace(at), paint: dim },
    ]);
  const more = ownLocks.length - SHOWN_OWN_LOCKS;
  return [title, ...table(rows, '  ', style), ...(more > 0 ? [dim(`  and ${more} more`)] : [])];
}

/** The lists that nobody need wait for, as they are logs. */
function logLines({ logs = [] }: Plan, style: Style): string[] {
  if (logs.length === 0) return [];
  const { bold, dim } = style.colors;
  const title = `${bold(counted(logs.length, 'log'))}, whose order nobody in the program can tell: no handler waits for ${logs.length === 1 ? 'it' : 'them'}`;
  const rows = logs.map(({ name, appends }): Cell[] => [
    { text: name },
    { text: `appended to at ${appends.map(formatPlace).slice(0, SHOWN_PLACES).join(', ')}`, paint: dim },
  ]);
  return [title, ...table(rows, '  ', style)];
}

/** The name of a class is that of one of its resources. */
function titleOf({ name, resources }: ConflictClass): string {
  const others = resources.length - 1;
  return others === 0 ? name : `${name} and ${counted(others, 'other resource')}`;
}

/** The assumptions for which most handlers wait, and the most frequent of the others, with what to do about each. */
function assumptionLines({ assumptions }: Plan, style: Style): string[] {
  if (assumptions.length === 0) return [];
  const { bold, dim } = style.colors;
  const byMessage = groupedBy(assumptions, ({ message }) => message);
  const groups = [...byMessage.values()].sort(
    byKeys<Assumption[]>(
      group => -(group[0]?.pairs ?? 0),
      group => -group.length,
    ),
  );
  const lines = [
    `${bold(counted(assumptions.length, 'conservative assumption'))}: they cost concurrency, never correctness`,
  ];
  const shown = groups.slice(0, SHOWN_ASSUMPTIONS);
  for (const group of shown) {
    const [{ message, pairs }] = group as [Assumption];
    const places = group.slice(0, SHOWN_PLACES).map(({ at }) => formatPlace(at));
    const more = group.length > SHOWN_PLACES ? [`${group.length - SHOWN_PLACES} more`] : [];
    lines.push(...wrap(message, '  ', style));
    lines.push(...wrap(`at ${[...places, ...more].join(', ')}`, '    ', style).map(dim));
    if (pairs !== undefined) lines.push(...wrap(costOf({ pairs }), '    ', style));
  }
  if (groups.length > SHOWN_ASSUMPTIONS) {
    lines.push(dim(`  and ${groups.length - SHOWN_ASSUMPTIONS} others`));
  }
  // Most often several have the same reason.
  for (const code of new Set(shown.map(([first]) => first?.code ?? '')))
    lines.push(...wrap(adviceFor(code), '  ', style));
  return lines;
}
