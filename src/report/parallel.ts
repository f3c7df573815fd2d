/** The functions that run in other threads, and those that could, as the summary and the details tell of them. */
import { formatPlace } from '../diagnostics/print.js';
import type { ParallelCandidate, Plan, PlannedParallel } from '../plan/plan.js';
import { type Cell, table, wrap } from './layout.js';
import type { Style } from './style.js';
import { counted } from './wording.js';

const SHOWN_CANDIDATES = 5;

/** The functions with "use parallel" that are proven, one a line. */
export function parallelLines({ parallel = [] }: Plan, style: Style): string[] {
  if (parallel.length === 0) return [];
  const { bold, dim } = style.colors;
  const title = `${bold(counted(parallel.length, 'parallel function'))}: proven to do the same in another thread`;
  const rows = parallel.map(({ id, at, calls }): Cell[] => [
    { text: id },
    { text: counted(calls.length, 'call') },
    { text: formatPlace(at), paint: dim },
  ]);
  return [title, ...table(rows, '  ', style)];
}

/** The same with what each needs in a worker, and where it is called. */
export function parallelParts({ parallel = [] }: Plan, style: Style): string[] {
  const { bold, dim } = style.colors;
  if (parallel.length === 0) return [];
  const title = bold(`Parallel functions (${parallel.length}): proven to do the same in another thread`);
  return [title, ...parallel.map(each => partOf(each, style, dim))];
}

function partOf(planned: PlannedParallel, style: Style, dim: (text: string) => string): string {
  const { id, at, isAsync, calls } = planned;
  const lines = [
    `${id}  ${dim(isAsync ? 'async' : 'sync')}  ${dim(formatPlace(at))}`,
    ...wrap(evaluatesSentence(planned), '  ', style),
  ];
  if (calls.length > 0) {
    const places = calls.map(call => formatPlace(call.at)).join(', ');
    lines.push(...wrap(`The program calls it at ${places}.`, '  ', style));
  }
  for (const sentence of movesSentences(planned)) lines.push(...wrap(sentence, '  ', style));
  return lines.join('\n');
}

export function evaluatesSentence({ modules }: PlannedParallel): string {
  const pieces = modules.map(
    ({ path, pieces: own }) => `${own.flatMap(({ names }) => names).join(', ')} of ${path}`,
  );
  return `A worker evaluates ${pieces.join('; ')}.`;
}

/** Where buffers are moved; nothing if that is nowhere. */
export function movesSentences({ calls }: PlannedParallel): string[] {
  const places = calls.filter(({ moved }) => moved.length > 0).map(({ at }) => formatPlace(at));
  return places.length === 0 ? [] : [`Buffers are moved and not copied at ${places.join(', ')}.`];
}

/** Why a function is named that could have the directive. */
export function candidateSentences(candidate: ParallelCandidate): string[] {
  const { measured, heavy, loops, unawaited } = candidate;
  const work = heavy.map(name => `calls \`${name.replace(/^node:/, '')}\``);
  if (loops > 0) work.push(loops === 1 ? 'has a loop' : 'has loops in loops');
  return [
    'It is proven to do the same in another thread, and does not have the directive.',
    ...(work.length > 0 ? [`It ${work.join(', and ')}.`] : []),
    ...(unawaited > 0 ? [`${counted(unawaited, 'call')} of it would have to be awaited.`] : []),
    ...(measured
      ? [
          `It would free ${measured.total.toFixed(0)} ms, ${(measured.share * 100).toFixed(0)} % of all work that was recorded.`,
        ]
      : []),
  ];
}

/** The functions that could have the directive: those that would free most, or, where nothing was measured, seem to do most. */
export function candidateLines({ candidates = [] }: Plan, style: Style): string[] {
  if (candidates.length === 0) return [];
  const { bold, dim } = style.colors;
  const isMeasured = candidates.some(({ measured }) => measured !== undefined);
  const title = `${bold(counted(candidates.length, 'function'))} could run in ${candidates.length === 1 ? 'another thread' : 'other threads'}: proven to do the same there`;
  const heading: Cell[] = isMeasured
    ? ['frees', 'of all work', 'itself', 'function', '', ''].map(
        (text, column): Cell => ({ text, align: column < 3 ? 'right' : 'left', paint: dim }),
      )
    : [];
  const rows = candidates
    .slice(0, SHOWN_CANDIDATES)
    .map((candidate): Cell[] => [
      ...measuredCells(candidate),
      { text: candidate.id },
      { text: workOf(candidate) },
      { text: formatPlace(candidate.at), paint: dim },
    ]);
  const more = candidates.length - SHOWN_CANDIDATES;
  return [
    title,
    ...table(isMeasured ? [heading, ...rows] : rows, '  ', style),
    ...(more > 0 ? [dim(`  and ${more} more`)] : []),
    ...wrap(isMeasured ? ADVICE : `${ADVICE} ${MEASURE}`, '  ', style),
  ];
}

export const ADVICE =
  'If a call takes a millisecond or more, give the function the directive "use parallel".';
const MEASURE = 'With `--cpu-profile <file>`, a recording by `node --cpu-prof` says what each would free.';

function measuredCells({ measured }: ParallelCandidate): Cell[] {
  if (!measured) return [];
  const milliseconds = (value: number): Cell => ({ text: `${value.toFixed(0)} ms`, align: 'right' });
  const share: Cell = { text: `${(measured.share * 100).toFixed(0)} %`, align: 'right' };
  return [milliseconds(measured.total), share, milliseconds(measured.self)];
}

/** Why it is worth naming. */
function workOf({ heavy, loops, unawaited }: ParallelCandidate): string {
  const parts = heavy.map(name => name.replace(/^node:/, ''));
  if (parts.length === 0 && loops > 0) parts.push(loops === 1 ? 'a loop' : 'loops in loops');
  if (unawaited > 0) parts.push(`${counted(unawaited, 'call')} to be awaited`);
  return parts.join(', ');
}
