/**
 * `anyspeed analyze`: analyses a program and prints its plan, as a summary, in detail or as JSON.
 */
import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, Option } from 'commander';
import type { Plan } from '../plan/plan.js';
import { renderDetails, renderHandlers } from '../report/details.js';
import { wrap } from '../report/layout.js';
import { sarifOf, type Whereabouts } from '../report/sarif.js';
import type { Style } from '../report/style.js';
import { renderSummary } from '../report/summary.js';
import { CommandError } from './command-error.js';
import { ExitCode } from './exit-code.js';
import { hasErrors, print, warnOfErrors } from './output.js';
import { openProject, type Project, type ProjectFlags, planOf, withProjectFlags } from './project.js';
import { styleFor } from './terminal.js';
import { packageVersion } from './version.js';

interface Flags extends ProjectFlags {
  json?: true;
  sarif?: true;
  details?: true;
  handler?: string;
  cpuProfile?: string;
}

export function analyzeCommand(): Command {
  const command = new Command('analyze')
    .summary('print which handlers conflict and how they are protected')
    .description(
      'Prints which handlers of a program conflict, on what, and how the compiled program protects them. None of the program is run.',
    )
    .option('--details', 'every handler with what it reads and writes, and every conflict class')
    .option('--handler <text>', 'only the handlers whose id contains the text, in detail')
    .option(
      '--cpu-profile <file>',
      'a recording by node --cpu-prof, by which to name functions that could run in other threads',
    )
    .addOption(new Option('--json', 'the plan as JSON').conflicts(['details', 'handler', 'sarif']))
    .addOption(
      new Option('--sarif', 'what was found as SARIF 2.1.0, for code scanning and editors').conflicts([
        'details',
        'handler',
      ]),
    );
  return withProjectFlags(command).action(async (dir: string | undefined, flags: Flags) => {
    process.exitCode = await analyzeDirectory(dir, flags);
  });
}

/** Analyses and prints as `anyspeed analyze` does. */
export async function analyzeDirectory(dir: string | undefined, flags: Flags): Promise<ExitCode> {
  const project = await openProject(dir, flags);
  const plan = planOf(project, flags.cpuProfile);
  const exitCode = hasErrors(plan) ? ExitCode.problems : ExitCode.ok;
  // Set before anything is written, as the reader may go away at any time.
  process.exitCode = exitCode;
  if (flags.json) printJson(plan, plan);
  else if (flags.sarif) printJson(sarifOf(plan, packageVersion(), whereaboutsOf(project)), plan);
  else print(render(plan, project, flags, styleFor(process.stdout, process.env)));
  return exitCode;
}

function render(
  plan: Plan,
  { options, configured }: Project,
  { details, handler }: Flags,
  style: Style,
): string {
  if (handler !== undefined) {
    const found = plan.handlers.filter(({ id }) => id.includes(handler));
    if (found.length > 0) return renderHandlers(plan, found, style);
    throw new CommandError(
      `No handler's id contains "${handler}".`,
      `\`anyspeed analyze --details\` prints all ${plan.handlers.length}.`,
    );
  }
  const { bold, dim } = style.colors;
  const root = relative(process.cwd(), options.root) || '.';
  const source = configured ? dim(`, options from ${configured.files.join(', ')}`) : '';
  const parts = [`${bold('anyspeed')} ${root}${source}`, renderSummary(plan, style)];
  if (details) parts.push(renderDetails(plan, style));
  else if (plan.handlers.length > 0) {
    const more = '--details shows every handler and class, --handler <text> some handlers.';
    parts.push(wrap(more, '', style).map(dim).join('\n'));
  }
  return parts.join('\n\n');
}

/** What makes the exit code 1 is said on stderr, too: nobody looks into the JSON for it. */
function printJson(value: unknown, plan: Plan): void {
  print(JSON.stringify(value, null, 2));
  warnOfErrors(plan);
}

/** Files are named from the working directory, which is that of the repository wherever SARIF is uploaded. */
function whereaboutsOf({ options: { root } }: Project): Whereabouts {
  const path = relative(process.cwd(), root).split(sep).join('/');
  const isInside = path !== '..' && !path.startsWith('../') && !isAbsolute(path);
  const base = isInside ? process.cwd() : root;
  return { base: `${pathToFileURL(base).href}/`, prefix: isInside && path !== '' ? `${path}/` : '' };
}
