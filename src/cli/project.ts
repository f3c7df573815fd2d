/**
 * The program that a command is about: which directory, under which options, and the stages that all commands begin with.
 *
 * All commands take the same flags, so that they all speak of the same program.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type AnalysisStage, type AnalyzeOptions, analyze } from '../analyze.js';
import type { ModelFile } from '../effects/models/model.js';
import { readModelFiles } from '../effects/models/read.js';
import { buildModuleGraph } from '../graph/build.js';
import { reasonOf } from '../graph/file-error.js';
import type { ModuleGraph } from '../graph/module-graph.js';
import {
  type ExportedHandlers,
  type HandlerOptions,
  type NormalizedOptions,
  normalizeOptions,
  type Options,
} from '../options.js';
import type { Plan } from '../plan/plan.js';
import { NoProfile, type ProfiledCall, readProfile } from '../profile/read.js';
import { counted } from '../report/wording.js';
import { type ConfiguredOptions, optionsFromBabel } from './babel-config.js';
import { CommandError } from './command-error.js';
import { Progress } from './progress.js';

/** What is analysed. */
export interface ProjectFlags {
  include?: string[];
  exclude?: string[];
  exports?: ExportedHandlers;
  callbacks?: boolean;
  tsconfig?: string | false;
  config?: string | false;
}

export interface Project {
  options: NormalizedOptions;
  /** The Babel configuration that the options come from, if there is one. */
  configured: ConfiguredOptions | undefined;
}

/** Gives a command the argument and the flags that say what is analysed. They come last in its help. */
export function withProjectFlags(command: Command): Command {
  const all = (value: string, before: string[] = []) => [...before, value];
  return command
    .argument('[dir]', 'directory of the program (default: the nearest with a package.json)')
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
    .option('--no-config', 'ignore the Babel configuration');
}

/**
 * The options that a program is compiled with, and those that flags replace.
 *
 * @throws CommandError if the directory or the Babel configuration cannot be used
 * @throws ConfigurationError if an option is wrong
 */
export async function openProject(dir: string | undefined, flags: ProjectFlags): Promise<Project> {
  const directory = directoryOf(dir);
  const configured =
    flags.config === false
      ? undefined
      : await optionsFromBabel(directory, flags.config && resolve(flags.config));
  const options = configured
    ? normalizeOptions(withFlags(configured.options, flags), configured.directory)
    : normalizeOptions(withFlags({ root: directory }, flags), directory);
  return { options, configured };
}

/**
 * The directory that a command is called with, or the nearest package.
 *
 * @throws CommandError if there is none that can be read
 */
export function directoryOf(dir: string | undefined): string {
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

function withFlags(options: Options, flags: ProjectFlags): Options {
  const { include, exclude, exports, callbacks, tsconfig } = flags;
  const handlers: HandlerOptions = {
    ...options.handlers,
    ...(exports !== undefined && { exports }),
    ...(callbacks === false && { callbacks }),
  };
  return {
    ...options,
    ...(include && { include }),
    ...(exclude && { exclude }),
    ...(tsconfig !== undefined && { tsconfig: tsconfig && resolve(tsconfig) }),
    handlers,
  };
}

/**
 * The plan of a program, with what things cost.
 *
 * @param profile the file of a CPU profile, by which functions are named that could run in other threads
 * @throws CommandError if that cannot be used
 */
export function planOf({ options }: Project, profile?: string): Plan {
  return analyzedBy(options, (graph, given, models) =>
    analyze(graph, profile === undefined ? given : { ...given, profile: profileIn(profile, graph) }, models),
  );
}

function profileIn(file: string, graph: ModuleGraph): ProfiledCall[] {
  try {
    return readProfile(file, graph);
  } catch (error) {
    const why = error instanceof NoProfile ? error.message : reasonOf(error);
    throw new CommandError(
      `The CPU profile "${file}" cannot be used: ${why}.`,
      'Record one with `node --cpu-prof`, which writes it when the server ends.',
    );
  }
}

const stages: Record<AnalysisStage, string> = {
  values: 'which values come where',
  accesses: 'who reads and writes what',
  conflicts: 'what conflicts',
  findings: 'what costs most',
  sections: 'where sections begin and end',
  plan: 'the plan',
};

/** What an analysis of a program gives, with what things cost. While it works, it says so to people. */
export function analyzedBy<T>(
  options: NormalizedOptions,
  analysis: (graph: ModuleGraph, options: AnalyzeOptions, models: readonly ModelFile[]) => T,
): T {
  const progress = new Progress(process.stderr);
  try {
    progress.say('Reading the modules…');
    let read = 0;
    const graph = buildModuleGraph(options, () => progress.maySay(`Reading the modules… ${++read}`));
    const onStage = (stage: AnalysisStage): void =>
      progress.say(`Analysing ${counted(graph.modules.size, 'module')}: ${stages[stage]}…`);
    return analysis(graph, { ...options, costs: true, onStage }, readModelFiles(options.models));
  } finally {
    progress.end();
  }
}
