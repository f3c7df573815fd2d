/**
 * `anyspeed check`: compares the plan of a program with a snapshot of it that was reviewed and committed, so that no
 * change of the program takes concurrency or protection from a handler without anybody looking at it.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { reasonOf } from '../graph/file-error.js';
import type { Plan } from '../plan/plan.js';
import { renderChanges } from '../report/changes.js';
import { counted } from '../report/wording.js';
import { compareWith, needsReview } from '../snapshot/compare.js';
import { type Snapshot, snapshotOf } from '../snapshot/snapshot.js';
import { parseSnapshot, printSnapshot, SnapshotSyntaxError } from '../snapshot/text.js';
import { CommandError } from './command-error.js';
import { ExitCode } from './exit-code.js';
import { hasErrors, nameOf, print, warnOfErrors, writeOutput } from './output.js';
import { openProject, type ProjectFlags, planOf, withProjectFlags } from './project.js';
import { styleFor } from './terminal.js';

const FILE = 'anyspeed.snapshot';

interface Flags extends ProjectFlags {
  update?: true;
  exact?: true;
  snapshot?: string;
}

export function checkCommand(): Command {
  const command = new Command('check')
    .summary('compare with a snapshot: has any handler lost concurrency or protection?')
    .description(
      `Compares the plan of a program with its committed snapshot, "${FILE}" in its directory, and fails if a handler lost concurrency or protection. None of the program is run.`,
    )
    .option('--update', 'accept what changed: write the snapshot')
    .option('--exact', 'fail whatever it is that changed')
    .option('--snapshot <file>', `another file than "${FILE}"`);
  return withProjectFlags(command).action(async (dir: string | undefined, flags: Flags) => {
    process.exitCode = await run(dir, flags);
  });
}

async function run(dir: string | undefined, flags: Flags): Promise<ExitCode> {
  const project = await openProject(dir, flags);
  const file = flags.snapshot === undefined ? join(project.options.root, FILE) : resolve(flags.snapshot);
  const text = readSnapshot(file, flags.update === true);
  const before = text === undefined ? undefined : parse(text, file, flags.update === true);
  const plan = planOf(project);
  if (hasErrors(plan)) {
    warnOfErrors(plan);
    process.stderr.write('\nNothing was compared, since the program cannot be analysed as a whole.\n');
    return ExitCode.problems;
  }
  const exitCode = flags.update === true ? ExitCode.ok : exitCodeOf(before, plan, flags.exact === true);
  // Set before anything is written, as the reader may go away at any time.
  process.exitCode = exitCode;
  if (flags.update === true) update(file, text, before, plan);
  else if (before) report(before, plan, nameOf(file), exitCode);
  return exitCode;
}

function readSnapshot(file: string, mayBeMissing: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (mayBeMissing && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError(
      `The snapshot "${nameOf(file)}" cannot be read: ${reasonOf(error)}.`,
      '`anyspeed check --update` writes it, for you to review and to commit.',
    );
  }
}

function parse(text: string, file: string, mayBeWrong: boolean): Snapshot | undefined {
  try {
    return parseSnapshot(text);
  } catch (error) {
    if (!(error instanceof SnapshotSyntaxError)) throw error;
    if (mayBeWrong) return undefined;
    throw new CommandError(
      `${nameOf(file)}:${error.line} is no part of a snapshot. ${error.message}`,
      'Correct it, or write it anew with `anyspeed check --update`.',
      { cause: error },
    );
  }
}

function exitCodeOf(before: Snapshot | undefined, plan: Plan, isExact: boolean): ExitCode {
  if (!before) return ExitCode.ok;
  if (needsReview(compareWith(before, plan))) return ExitCode.lost;
  return isExact && !isSame(before, plan) ? ExitCode.lost : ExitCode.ok;
}

/** Whether the snapshot would be written as it is. */
const isSame = (before: Snapshot, plan: Plan): boolean =>
  printSnapshot(before) === printSnapshot(snapshotOf(plan));

function report(before: Snapshot, plan: Plan, file: string, exitCode: ExitCode): void {
  const style = styleFor(process.stdout, process.env);
  if (isSame(before, plan)) {
    print(`${file} is up to date: ${sizeOf(plan)}.`);
    return;
  }
  const changes = renderChanges(compareWith(before, plan), plan, style);
  const parts = [changes === '' ? `${file} is not up to date.` : changes];
  if (exitCode === ExitCode.ok) parts.push('`anyspeed check --update` writes that down.');
  else
    parts.push(
      'If that is as it should be, accept it with `anyspeed check --update`. `anyspeed explain <handler>` shows why a handler waits.',
    );
  print(parts.join('\n\n'));
}

function update(file: string, text: string | undefined, before: Snapshot | undefined, plan: Plan): void {
  const now = printSnapshot(snapshotOf(plan));
  if (text === now) {
    print(`${nameOf(file)} is up to date: ${sizeOf(plan)}.`);
    return;
  }
  writeOutput('The snapshot', file, now, '--snapshot');
  const changes = before
    ? renderChanges(compareWith(before, plan), plan, styleFor(process.stdout, process.env))
    : '';
  const parts = changes === '' ? [] : [changes];
  print([...parts, `Written: ${nameOf(file)}, with ${sizeOf(plan)}.`].join('\n\n'));
}

function sizeOf(plan: Plan): string {
  const locked = plan.classes.filter(c => c.locked).length;
  return `${counted(plan.handlers.length, 'handler')}, ${counted(locked, 'locked class', 'locked classes')}`;
}
