/**
 * `anyspeed init`: proposes what a project needs to be compiled with the plugin, shows it as a difference of its files, and
 * applies it when that is confirmed.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { reasonOf } from '../graph/file-error.js';
import { diffLines } from '../init/line-diff.js';
import { lookAt, type ProjectFacts } from '../init/project-facts.js';
import { type FileChange, propose } from '../init/proposal.js';
import { wrap } from '../report/layout.js';
import type { Style } from '../report/style.js';
import { counted } from '../report/wording.js';
import { analyzeDirectory } from './analyze-command.js';
import { CommandError } from './command-error.js';
import { ExitCode } from './exit-code.js';
import { print } from './output.js';
import { directoryOf } from './project.js';
import { styleFor } from './terminal.js';
import { packageVersion } from './version.js';

export function initCommand(): Command {
  return new Command('init')
    .summary('add the plugin to a project, with a build step if it has none')
    .description(
      'Looks at a project, proposes what it needs to be compiled with the plugin, shows what would change in which file, applies it when that is confirmed, and analyses the program.',
    )
    .argument('[dir]', 'directory of the project (default: the nearest with a package.json)')
    .option('--yes', 'apply it without asking')
    .action(async (dir: string | undefined, flags: { yes?: true }) => {
      process.exitCode = await run(dir, flags.yes === true);
    });
}

async function run(dir: string | undefined, isConfirmed: boolean): Promise<ExitCode> {
  const directory = directoryOf(dir);
  const facts = factsOf(directory);
  const proposal = propose(facts, packageVersion());
  const style = styleFor(process.stdout, process.env);
  if (proposal.kind === 'manual') throw new CommandError(proposal.why, proposal.what);
  print(wrap(describe(facts), '', style).join('\n'));
  if (proposal.kind === 'nothing') {
    print('\nThe plugin is there already.\n');
    return analyzeDirectory(directory, {});
  }
  const { changes, commands, notes } = proposal;
  print(`\n${changes.map(change => renderChange(change, style)).join('\n\n')}\n`);
  for (const note of notes) print(`${wrap(note, '', style).join('\n')}\n`);
  if (!isConfirmed && !(await confirm(changes.length))) {
    print('Nothing was changed. `anyspeed init --yes` applies it without asking.');
    return ExitCode.ok;
  }
  apply(directory, changes);
  print(`Changed ${counted(changes.length, 'file')}. Now call:\n${commands.map(c => `  ${c}`).join('\n')}\n`);
  // What the configuration needs is not installed yet.
  return analyzeDirectory(directory, { config: false });
}

function factsOf(directory: string): ProjectFacts {
  const hint = 'A project has a package.json; `npm init` makes one.';
  try {
    return lookAt(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof SyntaxError) && code === undefined) throw error;
    const why = error instanceof SyntaxError ? 'it is no JSON' : reasonOf(error);
    throw new CommandError(`The package.json of "${directory}" cannot be read: ${why}.`, hint, {
      cause: error,
    });
  }
}

function describe({
  frameworks,
  modules,
  isModule,
  entry,
  babel,
  startScript,
  packageJson,
}: ProjectFacts): string {
  const languages = modules.some(id => /\.[cm]?tsx?$/.test(id)) ? 'TypeScript' : 'JavaScript';
  const parts = [
    frameworks.length > 0 ? frameworks.join(', ') : null,
    `${languages}, ${isModule ? 'ES modules' : 'CommonJS'}`,
    babel ? `Babel, configured in ${babel.path}` : 'no Babel',
    startScript
      ? `started by \`${packageJson.scripts?.[startScript.name]}\``
      : entry && `started from ${entry}`,
  ];
  return `Found: ${parts.filter(Boolean).join('; ')}.`;
}

function renderChange({ path, before, after }: FileChange, { colors }: Style): string {
  const paint = { ' ': colors.dim, '-': colors.red, '+': colors.green };
  const lines = diffLines(before, after).map(({ sign, text }) => paint[sign](`${sign} ${text}`.trimEnd()));
  return [`${colors.bold(path)}${before === null ? ' (new)' : ''}`, ...lines].join('\n');
}

/** Asks, if there is somebody to answer. */
async function confirm(files: number): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(
      `Change ${files === 1 ? 'this file' : `these ${files} files`}? [y/N] `,
    );
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/** Writes all files or none. */
function apply(directory: string, changes: readonly FileChange[]): void {
  const written: FileChange[] = [];
  try {
    for (const change of changes) {
      writeFileSync(join(directory, change.path), change.after);
      written.push(change);
    }
  } catch (error) {
    for (const { path, before } of written) {
      if (before === null) rmSync(join(directory, path));
      else writeFileSync(join(directory, path), before);
    }
    const { path } = changes[written.length] as FileChange;
    throw new CommandError(
      `"${path}" cannot be written: ${reasonOf(error)}.`,
      'Nothing was changed. Call it as somebody who may write there.',
      { cause: error },
    );
  }
}
