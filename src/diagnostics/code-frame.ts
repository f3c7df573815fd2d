/** The lines of source around a place, for diagnostics that point into a text. */
import { codeFrameColumns } from '@babel/code-frame';

/** Longer lines come from generated code, and showing one would bury the message. */
const LONGEST_LINE = 300;

/** A plain frame around `line` (1-based) and `column` (0-based), or nothing when it could not be read. */
export function codeFrame(code: string, line: number, column: number): string | undefined {
  const shown = code.split('\n', line + 3).slice(Math.max(0, line - 3));
  if (shown.some(text => text.length > LONGEST_LINE)) return undefined;
  return codeFrameColumns(code, { start: { line, column: column + 1 } }, { highlightCode: false });
}
