/**
 * How diagnostics look in a terminal. They stay plain data until here, because the same ones are also
 * serialized in the plan, compared in tests and thrown as errors.
 */
import picocolors from 'picocolors';
import type { Diagnostic, Severity } from './diagnostic.js';

export interface PrintOptions {
  /** Whether to colour; by default when the terminal can show colours. */
  color?: boolean;
}

/** The place of a diagnostic as editors and terminals link it, `src/cart.ts:12:5` (column 1-based). */
export function formatPlace(diagnostic: Pick<Diagnostic, 'module' | 'line' | 'column'>): string {
  const { module, line, column } = diagnostic;
  if (module === undefined) return '';
  if (line === undefined) return module;
  return column === undefined ? `${module}:${line}` : `${module}:${line}:${column + 1}`;
}

/** One diagnostic as text: place, message, frame, hint. Ends without a newline. */
export function formatDiagnostic(diagnostic: Diagnostic, options: PrintOptions = {}): string {
  const colors = picocolors.createColors(options.color ?? picocolors.isColorSupported);
  const paint: Record<Severity, (text: string) => string> = {
    error: colors.red,
    warning: colors.yellow,
    info: colors.cyan,
  };
  const place = formatPlace(diagnostic);
  const lines = [
    `${paint[diagnostic.severity](diagnostic.severity)} ${diagnostic.message} ${colors.dim(`[${diagnostic.code}]`)}`,
  ];
  if (place !== '') lines.push(`  at ${colors.bold(place)}`);
  if (diagnostic.frame !== undefined) lines.push('', indent(diagnostic.frame), '');
  lines.push(`  ${diagnostic.hint}`);
  return lines.join('\n');
}

/** Several diagnostics as text, in the order given, with an empty line between. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], options: PrintOptions = {}): string {
  return diagnostics.map(diagnostic => formatDiagnostic(diagnostic, options)).join('\n\n');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map(line => `  ${line}`)
    .join('\n');
}
