/** What keeps functions with "use parallel" in their thread, and how each comes there. */
import { formatPlace } from '../diagnostics/print.js';
import { nameOfPiece, type Problem, type ProblemCode } from '../parallel/parallel.js';
import { type Analysis, placeOf, type Spot } from './finding.js';

export interface ParallelProblem extends Spot {
  code: ProblemCode;
  /** The function with the directive. */
  name: string;
  what: string;
  /** By which uses it comes there, as the end of a sentence; empty if it is there already. */
  way: string;
}

export function findParallelProblems(analysis: Analysis): ParallelProblem[] {
  return analysis.parallel.flatMap(({ parallel, problems }) =>
    problems.map(({ code, module, at, what, item }) => ({
      code,
      module,
      at,
      name: nameOf(parallel.fn.name),
      what,
      way: wayTo(analysis, item),
    })),
  );
}

export interface UncalledParallel extends Spot {
  name: string;
}

export function findUncalledParallel({ parallel }: Analysis): UncalledParallel[] {
  return parallel.flatMap(({ parallel: { module, fn }, isCalled }) =>
    isCalled ? [] : [{ module: module.id, at: fn.start, name: nameOf(fn.name) }],
  );
}

const nameOf = (name: string): string => name || 'default';

/** ` (by way of `mix`, src/a.js:4:9, and `table`, src/mix.js:2:3)`. */
function wayTo(analysis: Analysis, item: Problem['item']): string {
  const steps: string[] = [];
  for (let each = item; each?.via; each = each.via.item) {
    const place = placeOf(analysis, { module: each.via.item.module.id, at: each.via.at });
    steps.unshift(`\`${nameOfPiece(each.piece)}\` at ${formatPlace(place)}`);
  }
  return steps.length === 0 ? '' : ` (by way of ${steps.join(', then ')})`;
}
