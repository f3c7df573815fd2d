/** What all commands print and write in the same way. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { formatDiagnostics } from '../diagnostics/print.js';
import { reasonOf } from '../graph/file-error.js';
import type { Plan } from '../plan/plan.js';
import { CommandError } from './command-error.js';
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

/**
 * Writes a file that was asked for.
 *
 * @param what the subject of the message if it cannot be written: `The report`
 * @param flag the flag that names another file
 * @throws CommandError if it cannot be written
 */
export function writeOutput(what: string, file: string, text: string, flag: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandError(
      `${what} cannot be written to "${nameOf(file)}": ${reasonOf(error)}.`,
      `Name another file with ${flag}.`,
      { cause: error },
    );
  }
}

/** A file as people would name it from where they are. */
export function nameOf(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}
