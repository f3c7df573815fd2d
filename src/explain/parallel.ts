/**
 * Explanations of functions that may run in another thread: what is in the way, by which uses they come there, what a worker evaluates, and
 * what crosses where they are called. A function without the directive is asked whether it could have it.
 */
import { createDiagnostic } from '../diagnostics/catalog.js';
import { type Analysis, placeOf } from '../findings/finding.js';
import { nodesAround } from '../graph/syntax.js';
import { NONE } from '../ir/ir.js';
import { uncopyableIn } from '../parallel/crossing.js';
import { type FoundParallel, judge, type ParallelCall } from '../parallel/find-parallel.js';
import { type Item, nameOfPiece, type ParallelFunction, type Problem } from '../parallel/parallel.js';
import { Prover } from '../parallel/proof.js';
import type { Location } from '../plan/plan.js';

export interface ExplainedParallel {
  id: string;
  at: Location;
  isAsync: boolean;
  /** Whether its author has asked for it. */
  isDeclared: boolean;
  /** Without a call, nothing is known of what it does. */
  isCalled: boolean;
  problems: ParallelObstacle[];
  /** What a worker evaluates, in its order; empty if that was not looked for. */
  pieces: SlicedPiece[];
  /** What a worker loads that is not part of the program. */
  packages: string[];
  calls: ExplainedCall[];
}

export interface ParallelObstacle {
  message: string;
  hint: string;
  at: Location;
  /** The uses by which the function comes there. */
  way: { at: Location; name: string }[];
}

export interface SlicedPiece {
  at: Location;
  name: string;
  /** The use by which it was found first; none of the function itself. */
  use: { at: Location; by: string } | null;
}

export interface ExplainedCall {
  at: Location;
  args: { text: string; crosses: string }[];
}

/** The functions that can be asked for: those with the directive, and all others at the top of a module. */
export function functionsIn({ program, parallel }: Analysis): ParallelFunction[] {
  const declared = parallel.map(each => each.parallel);
  const others = [...program.modules.values()].flatMap(({ source: module, ir }) =>
    ir.functions
      .filter(fn => fn.form !== 'module' && fn.parent === 0 && fn.name !== '')
      .map(fn => ({ id: `${module.id}#${fn.name}`, module, fn })),
  );
  const known = new Set(declared.map(({ fn }) => fn));
  return [...declared, ...others.filter(({ fn }) => !known.has(fn))];
}

export function explainParallel(analysis: Analysis, asked: ParallelFunction): ExplainedParallel {
  const { program } = analysis;
  const declared = analysis.parallel.find(({ parallel }) => parallel.fn === asked.fn);
  const found = declared ?? judge(program, new Prover(program), asked);
  const { parallel, slice, isCalled, problems, calls } = found;
  const { module, fn, id } = parallel;
  const name = fn.name || 'default';
  return {
    id,
    at: locate(analysis, module.id, fn.start),
    isAsync: fn.isAsync,
    isDeclared: declared !== undefined,
    isCalled,
    // Whoever gives it the directive is told what to await.
    problems: problems
      .filter(({ code }) => declared || code !== 'parallel-not-awaited')
      .map(problem => obstacle(analysis, name, problem)),
    pieces: piecesOf(analysis, found),
    packages: [
      ...new Set(
        (slice?.modules ?? []).flatMap(({ links }) =>
          [...links.values()].flatMap(link => (link.from === 'package' ? link.request : [])),
        ),
      ),
    ].sort(),
    calls: calls.map(call => ({
      at: locate(analysis, call.module.id, call.op.at),
      args: argumentsOf(analysis, call),
    })),
  };
}

function obstacle(
  analysis: Analysis,
  name: string,
  { code, module, at, what, item }: Problem,
): ParallelObstacle {
  const { message, hint } = createDiagnostic(code, {}, name, what, '');
  const way: ParallelObstacle['way'] = [];
  for (let each = item; each?.via; each = each.via.item)
    way.unshift({
      at: locate(analysis, each.via.item.module.id, each.via.at),
      name: nameOfPiece(each.piece),
    });
  return { message, hint, at: locate(analysis, module, at), way };
}

function piecesOf(analysis: Analysis, { slice, parallel }: FoundParallel): SlicedPiece[] {
  const nameOf = (item: Item): string =>
    item === slice?.root ? parallel.fn.name || 'default' : nameOfPiece(item.piece);
  return (slice?.modules ?? []).flatMap(({ module, items }) =>
    items.map(item => ({
      at: locate(analysis, module.id, item.piece.start),
      name: nameOf(item),
      use: item.via && {
        at: locate(analysis, item.via.item.module.id, item.via.at),
        by: nameOf(item.via.item),
      },
    })),
  );
}

/** What needs no memory of its own. */
const VALUE = 'copied: a text, a number or another value without parts';

/** What becomes of each argument when the call crosses. */
function argumentsOf({ program }: Analysis, call: ParallelCall): ExplainedCall['args'] {
  const { module, op } = call;
  const node = nodesAround(module.ast, op.at, op.end).findLast(each => each.type === 'CallExpression');
  const texts = (node?.type === 'CallExpression' ? node.arguments : []).map(({ start, end }) =>
    module.code.slice(start ?? 0, end ?? 0),
  );
  return texts.map((text, index) => ({ text, crosses: crossingOf(program, call, index) }));
}

function crossingOf(
  program: Analysis['program'],
  { op, records, moved }: ParallelCall,
  index: number,
): string {
  if (op.spread >= 0 && index >= op.spread) return 'a list of which each element is an argument';
  if (moved.includes(index)) return 'moved, not copied: nobody uses its memory after the call';
  const ref = op.args[index];
  if (ref === undefined || ref === NONE) return VALUE;
  const types = new Set<string>();
  let isFromOutside = false;
  for (const { instance } of records) {
    const node = instance.node(ref);
    const why = uncopyableIn(program, node);
    if (why !== null) return `cannot be copied: it holds ${why}`;
    for (const id of program.solver.tokens(node)) {
      const { kind, type } = program.heap.get(id);
      if (kind === 'object' && type !== 'External') types.add(type);
      else isFromOutside = true;
    }
  }
  const known = [...types].sort().map(type => `\`${type}\``);
  if (isFromOutside)
    known.push('what comes from outside of the program and is looked at when the call is made');
  return known.length === 0 ? VALUE : `copied: ${known.join(', ')}`;
}

function locate(analysis: Analysis, module: string, at: number): Location {
  const { line = 1, column = 1 } = placeOf(analysis, { module, at });
  return { module, line, column };
}
