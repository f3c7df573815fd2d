/** Why a function may run in another thread or may not, as people read it. */
import { formatPlace } from '../diagnostics/print.js';
import type { ExplainedCall, ExplainedParallel, ParallelObstacle } from '../explain/parallel.js';
import { frameLines } from './access-path.js';
import type { Explaining } from './explanation.js';
import { type Cell, table, wrap } from './layout.js';

export function renderParallelExplanation(explained: ExplainedParallel, explaining: Explaining): string {
  const { bold, dim } = explaining.style.colors;
  const { id, at, isAsync, isDeclared, isCalled, problems, calls } = explained;
  const form = [isDeclared && 'parallel', isAsync ? 'async' : 'sync'].filter(Boolean).join(' ');
  const head = [
    `${bold(id)}  ${dim(form)}  ${dim(formatPlace(at))}`,
    ...wrap(verdict(explained), '  ', explaining.style),
  ];
  const parts = [head.join('\n'), ...problems.map(problem => obstaclePart(problem, explaining))];
  if (!isCalled) return parts.join('\n\n');
  if (problems.length === 0) parts.push(slicePart(explained, explaining));
  return [...parts, ...callParts(calls, isDeclared && problems.length === 0, explaining)].join('\n\n');
}

function verdict({ isDeclared, isCalled, isAsync, problems }: ExplainedParallel): string {
  if (!isCalled) return 'Nothing calls it, so nothing is known of what it does.';
  if (problems.length > 0)
    return isDeclared
      ? 'It is not proven to do the same in another thread:'
      : 'It could not have the directive "use parallel", as it is not proven to do the same in another thread:';
  const proven =
    'Proven to do the same in another thread: all it reads are its arguments, what it makes and constants, it writes nothing else than what it makes, and calls nothing else than what does the same in every thread.';
  if (isDeclared) return proven;
  return `${proven} With the directive "use parallel"${isAsync ? '' : ', and with every call awaited,'} its calls may run there.`;
}

function obstaclePart(
  { message, hint, at, way }: ParallelObstacle,
  { explanations, style }: Explaining,
): string {
  const { cyan } = style.colors;
  const rows = way.map(({ at: place, name }): Cell[] => [
    { text: formatPlace(place), paint: cyan },
    { text: `uses ${name}` },
  ]);
  return [
    ...wrap(message, '  ', style),
    ...(way.length > 0 ? ['  It comes there by these uses:', ...table(rows, '    ', style)] : []),
    `  At ${formatPlace(at)}`,
    ...frameLines(explanations, at),
    ...wrap(hint, '  ', style),
  ].join('\n');
}

function slicePart({ pieces, packages }: ExplainedParallel, { style }: Explaining): string {
  const { bold, cyan, dim } = style.colors;
  const rows = pieces.map(({ at, name, use }): Cell[] => [
    { text: formatPlace(at), paint: cyan },
    { text: name },
    { text: use ? `used by ${use.by} at ${formatPlace(use.at)}` : 'the function', paint: dim },
  ]);
  const loads = packages.length === 0 ? [] : wrap(`It loads ${packages.join(', ')}.`, '  ', style);
  return [bold('A worker evaluates'), ...table(rows, '  ', style), ...loads].join('\n');
}

/** The first calls with what crosses, the others in one line. */
function callParts(
  calls: readonly ExplainedCall[],
  isParallel: boolean,
  { explanations, style, most }: Explaining,
): string[] {
  const { bold, dim } = style.colors;
  if (calls.length === 0) return [dim('The program itself does not call it.')];
  const parts = calls.slice(0, most).map(({ at, args }) => {
    const rows = args.map(({ text, crosses }): Cell[] => [{ text: oneLine(text) }, { text: crosses }]);
    const title = bold(`Called at ${formatPlace(at)}`);
    return [
      isParallel ? `${title}: awaited, and a task of the pool where that is worth it` : title,
      ...frameLines(explanations, at),
      ...table(rows, '  ', style),
    ].join('\n');
  });
  const others = calls.slice(most).map(({ at }) => formatPlace(at));
  if (others.length > 0)
    parts.push(
      [dim('and called, which --all explains,'), ...wrap(`at ${others.join(', ')}`, '  ', style)].join('\n'),
    );
  return parts;
}

/** Longer arguments tell nothing in a table. */
const LONGEST_ARGUMENT = 40;

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > LONGEST_ARGUMENT ? `${line.slice(0, LONGEST_ARGUMENT - 1)}…` : line;
}
