/**
 * The analysis as a library: from the options of a program to its plan.
 *
 * ```js
 * import { analyzeProject } from 'anyspeed';
 * const plan = analyzeProject({ root: 'server' });
 * ```
 */
import { analyze } from './analyze.js';
import { readModelFiles } from './effects/models/read.js';
import { buildModuleGraph } from './graph/build.js';
import { normalizeOptions, type Options } from './options.js';
import type { Plan } from './plan/plan.js';

export { analyze } from './analyze.js';
export { ConfigurationError } from './diagnostics/configuration-error.js';
export type { Diagnostic, Severity } from './diagnostics/diagnostic.js';
export { buildModuleGraph } from './graph/build.js';
export type { ModuleGraph, ModuleId, Resolution, SourceModule } from './graph/module-graph.js';
export { type NormalizedOptions, normalizeOptions, type Options } from './options.js';
export type * from './plan/audit-plan.js';
export type * from './plan/edit.js';
export type * from './plan/plan.js';

/**
 * Finds, parses and analyses a program.
 *
 * @param options as for the Babel plugin
 * @param directory where relative options start from; default: the working directory
 * @throws ConfigurationError when an option is wrong
 */
export function analyzeProject(options: Options = {}, directory: string = process.cwd()): Plan {
  const normalized = normalizeOptions(options, directory);
  const models = readModelFiles(normalized.models);
  return analyze(buildModuleGraph(normalized), { ...normalized, costs: true }, models);
}
