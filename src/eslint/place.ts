/** Places of the plan as ESLint reports them, with an end: what editors underline. */
import type { AST, SourceCode } from 'eslint';
import type { Node } from 'estree';
import type { Location } from '../plan/plan.js';

/**
 * The largest expression or statement that begins at a place and ends on its line, or else the first word there.
 *
 * @param place `line` counts from 1, `column` from 0, in the text as it is on disk
 */
export function rangeAt(
  sourceCode: SourceCode,
  { line, column = 0 }: Partial<Omit<Location, 'module'>>,
): AST.SourceLocation {
  const { hasBOM, text } = sourceCode;
  if (line === undefined) return { start: { line: 1, column: 0 }, end: { line: 1, column: 0 } };
  // Only ESLint leaves the mark out, and only ESLint takes U+2028 for the end of a line.
  const offset = offsetOf(text, line) + column - (hasBOM && line === 1 && column > 0 ? 1 : 0);
  const start = sourceCode.getLocFromIndex(Math.min(offset, text.length));
  let end = sourceCode.getTokenByRangeStart(offset, { includeComments: false })?.loc.end ?? start;
  for (
    let node = sourceCode.getNodeByRangeIndex(offset) as (Node & { parent?: Node }) | null;
    node?.range?.[0] === offset && node.loc?.end.line === start.line && node.type !== 'Program';
    node = node.parent ?? null
  )
    if (node.loc.end.column > end.column) end = node.loc.end;
  return { start, end };
}

function offsetOf(text: string, line: number): number {
  let offset = 0;
  for (let passed = 1; passed < line; passed++) offset = text.indexOf('\n', offset) + 1;
  return offset;
}
