export type Row = Record<string, string | number | boolean | null | undefined>;

function cell(value: Row[string]) {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(columns: readonly string[], rows: readonly Row[]) {
  const lines = [columns.map(cell).join(',')];
  for (const row of rows) lines.push(columns.map(column => cell(row[column])).join(','));
  return `${lines.join('\n')}\n`;
}

/** The cells of one line; quotes inside quotes are doubled. */
export function parseLine(line: string) {
  const cells: string[] = [];
  let current = '';
  let isQuoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line[i];
    if (isQuoted) {
      if (character !== '"') current += character;
      else if (line[i + 1] === '"') {
        current += '"';
        i++;
      } else isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === ',') {
      cells.push(current);
      current = '';
    } else current += character;
  }
  cells.push(current);
  return cells;
}
