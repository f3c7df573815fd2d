/**
 * Text in columns. Widths are counted before anything is coloured, because colours are characters too.
 */
import type { Style } from './style.js';

export interface Cell {
  text: string;
  align?: 'left' | 'right';
  paint?: (text: string) => string;
}

const GAP = '  ';
const ELLIPSIS = '…';

/**
 * Rows of cells as lines, each column as wide as its widest cell. Where a line would leave the terminal, the
 * beginning of its last cell is cut off: names differ at their ends.
 */
export function table(rows: readonly (readonly Cell[])[], indent: string, { width }: Style): string[] {
  const columns = Math.max(0, ...rows.map(row => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map(row => row[column]?.text.length ?? 0)),
  );
  const last = columns - 1;
  const room = width - indent.length - widths.slice(0, last).reduce((sum, w) => sum + w + GAP.length, 0);
  return rows.map(row => {
    const cells = row.map(({ text, align, paint = same }, column) => {
      if (column === last)
        return paint(align === 'right' ? text.padStart(widths[last] ?? 0) : shorten(text, room));
      const cellWidth = widths[column] ?? 0;
      return paint(align === 'right' ? text.padStart(cellWidth) : text.padEnd(cellWidth));
    });
    return `${indent}${cells.join(GAP)}`.trimEnd();
  });
}

/** A text that fits into `width` columns, without its beginning if need be. */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text : ELLIPSIS + text.slice(text.length - Math.max(0, width - 1));
}

/** A sentence as lines that fit the terminal. Words that are too long for it, such as paths, are left whole. */
export function wrap(text: string, indent: string, { width }: Style): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, indent + line];
}

function same(text: string): string {
  return text;
}
