/**
 * What went wrong, for the summary: errors in full, since the report is not to be trusted until they are corrected,
 * and one line for everything else.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { formatDiagnostic, formatPlace } from '../diagnostics/print.js';
import { wrap } from './layout.js';
import type { Style } from './style.js';
import { counted } from './wording.js';

const SHOWN_ERRORS = 3;
const SHOWN_OTHERS = 3;

/** The diagnostics of a plan as lines, the most severe first; nothing if there are none. */
export function problemLines(diagnostics: readonly Diagnostic[], style: Style): string[] {
  if (diagnostics.length === 0) return [];
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const others = [
    ...diagnostics.filter(({ severity }) => severity === 'warning'),
    ...diagnostics.filter(({ severity }) => severity === 'info'),
  ];
  const { bold, cyan, dim, yellow } = style.colors;
  const lines = [bold(counted(diagnostics.length, 'diagnostic'))];
  for (const error of errors.slice(0, SHOWN_ERRORS)) {
    lines.push(...indented(formatDiagnostic(error, { color: style.colors.isColorSupported })), '');
  }
  if (errors.length > SHOWN_ERRORS) lines.push(`  and ${errors.length - SHOWN_ERRORS} more errors`, '');
  for (const { severity, message, ...place } of others.slice(0, SHOWN_OTHERS)) {
    const paint = severity === 'warning' ? yellow : cyan;
    const at = formatPlace(place);
    const [first = '', ...rest] = wrap(`${severity} ${message}${at && ` (${at})`}`, '  ', style);
    lines.push(first.replace(severity, paint), ...rest);
  }
  if (others.length > SHOWN_OTHERS) lines.push(dim(`  and ${others.length - SHOWN_OTHERS} more`));
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function indented(text: string): string[] {
  return text.split('\n').map(line => (line === '' ? '' : `  ${line}`));
}
