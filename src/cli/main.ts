#!/usr/bin/env node
/** The command `anyspeed`: shows what the analysis thinks of a program. Documented in `docs/command-line.md`. */
import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '../diagnostics/configuration-error.js';
import { formatDiagnostic } from '../diagnostics/print.js';
import { styleOf } from '../report/style.js';
import { analyzeCommand } from './analyze-command.js';
import { checkCommand } from './check-command.js';
import { CommandError } from './command-error.js';
import { ExitCode } from './exit-code.js';
import { explainCommand } from './explain-command.js';
import { initCommand } from './init-command.js';
import { reportCommand } from './report-command.js';
import { expectShortRun } from './short-run.js';
import { exitOnBrokenPipe, isColored } from './terminal.js';
import { traceCommand } from './trace-command.js';
import { packageVersion } from './version.js';

expectShortRun();
exitOnBrokenPipe(process.stdout);
exitOnBrokenPipe(process.stderr);

const program = new Command('anyspeed')
  .description('Shows which handlers of a server conflict, and how the compiled server protects them.')
  .version(packageVersion())
  // What stands behind the command that `trace` runs belongs to that one.
  .enablePositionalOptions()
  .addCommand(analyzeCommand())
  .addCommand(explainCommand())
  .addCommand(checkCommand())
  .addCommand(reportCommand())
  .addCommand(initCommand())
  .addCommand(traceCommand());
for (const command of [program, ...program.commands]) command.exitOverride().showHelpAfterError();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong, unless that was done already. */
function report(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  const color = isColored(process.stderr, process.env);
  if (error instanceof CommandError) {
    const { red } = styleOf(color, process.stderr.columns).colors;
    process.stderr.write(`${red('error')} ${error.message}\n  ${error.hint}\n`);
    return ExitCode.usage;
  }
  if (error instanceof ConfigurationError) {
    process.stderr.write(`${formatDiagnostic(error.diagnostic, { color })}\n`);
    return ExitCode.usage;
  }
  const text = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n\nThis is a mistake in anyspeed, not in your program.\n`);
  return ExitCode.internal;
}
