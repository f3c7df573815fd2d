/**
 * Which lines of source a handler is, where in them its section may be open, and where its segments end.
 *
 * The plan names places; how far a function reaches is looked up in the tree that those places were made from.
 */
import type { File, Node } from '@babel/types';
import { LineIndex } from '../../diagnostics/line-index.js';
import type { SourceModule } from '../../graph/module-graph.js';
import { childrenOf, isFunction, nodesAround } from '../../graph/syntax.js';
import type { PlannedHandler } from '../../plan/plan.js';
import type { PageSource } from './page-data.js';

export function sourceOf(handler: PlannedHandler, { ast, code }: SourceModule): PageSource {
  const { line, column, module } = handler.at;
  const lines = new LineIndex(code);
  const path = nodesAt(ast, offsetOf(code, line) + column);
  // What is registered may be an expression that only evaluates to a function: then the statement around it says most.
  const fn = path.find(node => isFunction(node) && isAt(node, lines, line, column));
  const shown = fn ?? path.findLast(({ type }) => /Statement$|Declaration$/.test(type));
  const first = shown ? lines.locate(shown.start ?? 0).line : line;
  const last = shown ? lines.locate((shown.end ?? 1) - 1).line : line;
  const suspensions = fn ? suspensionsIn(fn, fn).map(offset => lines.locate(offset).line) : [];
  return {
    module,
    first,
    last,
    open: openIn(handler, first, last),
    suspensions: suspensions.sort((a, b) => a - b),
  };
}

const isAt = (node: Node, lines: LineIndex, line: number, column: number): boolean => {
  const start = lines.locate(node.start ?? 0);
  return start.line === line && start.column === column;
};

/** The nodes that hold the character at an offset, the outermost first. */
const nodesAt = (ast: File, offset: number): Node[] => nodesAround(ast, offset, offset + 1);

function offsetOf(code: string, line: number): number {
  let offset = 0;
  for (let passed = 1; passed < line; passed++) offset = code.indexOf('\n', offset) + 1;
  return offset;
}

/** Where a function itself suspends: functions inside of it do that for themselves. */
function suspensionsIn(node: Node, fn: Node): number[] {
  if (node !== fn && isFunction(node)) return [];
  const own = isSuspension(node) ? [node.start ?? 0] : [];
  return [...own, ...childrenOf(node).flatMap(child => suspensionsIn(child, fn))];
}

function isSuspension(node: Node): boolean {
  if (node.type === 'ForOfStatement') return node.await === true;
  return node.type === 'AwaitExpression' || node.type === 'YieldExpression';
}

/**
 * Between the statements before which it is entered and those before which it is left, in the order of the text; up to the first
 * of those before which it goes on to writing, readers pass.
 */
function openIn({ bounds, protection }: PlannedHandler, first: number, last: number): PageSource['open'] {
  if (protection === 'untouched' || bounds === null || bounds.kind === 'delegated') return [];
  if (bounds.kind === 'whole') return [{ first, last, isReading: false }];
  const [leaves, writes] = [bounds.leaves, bounds.writes].map(places => places.map(({ line }) => line));
  return bounds.enters.flatMap(({ line }) => {
    if (protection === 'gate') return [{ first: line, last: line, isReading: false }];
    const end = Math.min(...(leaves ?? []).filter(leave => leave > line), last + 1) - 1;
    const turn = Math.min(...(writes ?? []).filter(write => write >= line), end + 1);
    const isUpdating = bounds.writes.length > 0;
    if (!isUpdating || turn === line) return [{ first: line, last: end, isReading: false }];
    return [
      { first: line, last: Math.min(turn - 1, end), isReading: true },
      ...(turn <= end ? [{ first: turn, last: end, isReading: false }] : []),
    ];
  });
}
