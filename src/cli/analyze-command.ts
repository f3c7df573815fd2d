/**
 * `anyspeed analyze`: analyses a program and prints its plan, as a summary, in detail or as JSON.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { analyze } from '../analyze.js';
import { formatDiagnostics } from '../diagnostics/print.js';
import { readModelFiles } from '../effects/models/read.js';
import { buildModuleGraph } from '../graph/build.js';
import { reasonOf } from '../graph/file-error.js';
import {
  type ExportedHandlers,
  type HandlerOptions,
  type NormalizedOptions,
  normalizeOptions,
  type Options,
} from '../options.js';
import type { Plan } from '../plan/plan.js';
import { renderDetails, renderHandlers } from '../report/details.js';
import type { Style } from '../report/style.js';
import { renderSummary } from '../report/summary.js';
import { counted } from '../report/wording.js';
import { type ConfiguredOptions, optionsFromBabel } from './babel-config.js';
import { CommandError } from './command-error.js';
import { ExitCode } from './exit-code.js';
import { Progress } from './progress.js';
import { isColored, styleFor } from './terminal.js';

interface Flags {
  json?: true;
  details?: true;
  handler?: string;
  include?: string[];
  exclude?: string[];
  exports?: ExportedHandlers;
  callbacks: boolean;
  tsconfig?: string | false;
  config?: string | false;
}

export function analyzeCommand(): Command {
  const all = (value: string, before: string[] = []) => [...before, value];
  return new Command('analyze')
    .summary('print which handlers conflict and how they are protected')
    .description(
      'Prints which handlers of a program conflict, on what, and how the compiled program protects them. None of the program is run.',
    )
    .argument('[dir]', 'directory of the program (default: the nearest with a package.json)')
    .option('--details', 'every handler with what it reads and writes, and every conflict class')
    .option('--handler <text>', 'only the handlers whose id contains the text, in detail')
    .addOption(new Option('--json', 'the plan as JSON').conflicts(['details', 'handler']))
    .optionsGroup('What is analysed (see docs/options.md; these replace what the Babel configuration says):')
    .option('--include <pattern>', 'where to search for modules; may be repeated', all)
    .option('--exclude <pattern>', 'what is no part of the program; may be repeated', all)
    .addOption(
      new Option('--exports <which>', 'which exported functions are handlers').choices([
        'all',
        'entry',
        'none',
      ]),
    )
    .option('--no-callbacks', 'functions that are handed to other code are no handlers')
    .option('--tsconfig <file>', 'the TypeScript configuration whose paths hold')
    .option('--no-tsconfig', 'ignore TypeScript configurations')
    .option('--config <file>', "the Babel configuration with the plugin's options")
    .option('--no-config', 'ignore the Babel configuration')
    .action(async (dir: string | undefined, flags: Flags) => {
      process.exitCode = await run(dir, flags);
    });
}

async function run(dir: string | undefined, flags: Flags): Promise<ExitCode> {
  const directory = directoryOf(dir);
  const configured =
    flags.config === false
      ? undefined
      : await optionsFromBabel(directory, flags.config && resolve(flags.config));
  const options = configured
    ? normalizeOptions(withFlags(configured.options, flags), configured.directory)
    : normalizeOptions(withFlags({ root: directory }, flags), directory);
  const plan = planOf(options);
  const hasErrors = plan.diagnostics.some(({ severity }) => severity === 'error');
  // Set before anything is written, as the reader may go away at any time.
  process.exitCode = hasErrors ? ExitCode.problems : ExitCode.ok;
  if (flags.json) printJson(plan);
  else print(render(plan, options, configured, flags, styleFor(process.stdout, process.env)));
  return hasErrors ? ExitCode.problems : ExitCode.ok;
}

function directoryOf(dir: string | undefined): string {
  if (dir === undefined) return normalizeOptions({}, process.cwd()).root;
  const hint = 'Name the directory that holds the program.';
  try {
    if (!statSync(dir).isDirectory()) throw new CommandError(`"${dir}" is not a directory.`, hint);
    accessSync(dir, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`The directory "${dir}" cannot be read: ${reasonOf(error)}.`, hint);
  }
  return resolve(dir);
}

function withFlags(options: Options, flags: Flags): Options {
  const { include, exclude, exports, callbacks, tsconfig } = flags;
  const handlers: HandlerOptions = {
    ...options.handlers,
    ...(exports !== undefined && { exports }),
    ...(!callbacks && { callbacks }),
  };
  return {
    ...options,
    ...(include && { include }),
    ...(exclude && { exclude }),
    ...(tsconfig !== undefined && { tsconfig: tsconfig && resolve(tsconfig) }),
    handlers,
  };
}

function planOf(options: NormalizedOptions): Plan {
  const progress = new Progress(process.stderr);
  try {
    progress.say('Reading the modules…');
    const graph = buildModuleGraph(options);
    progress.say(`Analysing ${counted(graph.modules.size, 'module')}…`);
    return analyze(graph, { ...options, costs: true }, readModelFiles(options.models));
  } finally {
    progress.end();
  }
}

function render(
  plan: Plan,
  options: NormalizedOptions,
  configured: ConfiguredOptions | undefined,
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
    parts.push(dim('--details shows every handler and class, --handler <text> some handlers.'));
  }
  return parts.join('\n\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The plan as it is. What makes the exit code 1 is said on stderr, too: nobody looks into the JSON for it. */
function printJson(plan: Plan): void {
  print(JSON.stringify(plan, null, 2));
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const color = isColored(process.stderr, process.env);
  process.stderr.write(`${formatDiagnostics(errors, { color })}\n`);
}
