/** What all commands print in the same way. */
import { formatDiagnostics } from '../diagnostics/print.js';
import type { Plan } from '../plan/plan.js';
import { isColored } from './terminal.js';

/** Prints a text and a newline. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function hasErrors({ diagnostics }: Plan): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** Says on stderr what is wrong with the program, for those who read something else on stdout. */
export function warnOfErrors({ diagnostics }: Plan): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const color = isColored(process.stderr, process.env);
  process.stderr.write(`${formatDiagnostics(errors, { color })}\n`);
}
