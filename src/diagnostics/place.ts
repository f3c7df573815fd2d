/** Where a diagnostic points to, from an offset in a module's text. */
import type { SourceModule } from '../graph/module-graph.js';
import type { Place } from './catalog.js';
import { codeFrame } from './code-frame.js';
import { LineIndex } from './line-index.js';

/** The place of an offset, with the lines around it. */
export function placeIn({ id, code }: SourceModule, offset: number): Place {
  const { line, column } = new LineIndex(code).locate(offset);
  const frame = codeFrame(code, line, column);
  return { module: id, line, column, ...(frame !== undefined && { frame }) };
}
