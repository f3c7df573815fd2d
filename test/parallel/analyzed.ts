/** Analyses small programs with parallel functions. */
import { analyze } from '../../src/analyze.js';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.js';
import { buildModuleGraph } from '../../src/graph/build.js';
import { normalizeOptions } from '../../src/options.js';
import type { Plan } from '../../src/plan/plan.js';
import { writeProject } from '../graph/temporary-project.js';

export interface Analyzed {
  plan: Plan;
  /** The ids of the functions that are proven, without the module if there is only one. */
  proven: string[];
  /** What is said of parallel functions: `code line:column: message`. */
  said: string[];
}

/** The text of one module, or of several by their names. ES modules, if they are not called `.cjs`. */
export function analyzed(program: string | Record<string, string>): Analyzed {
  const files = typeof program === 'string' ? { 'app.js': program } : program;
  const packages = Object.values(files).flatMap(code =>
    [...code.matchAll(/(?:from|require\()\s*'((?:@[\w-]+\/)?[a-z][\w-]*)'/g)].map(
      ([, name]) => name as string,
    ),
  );
  const dependencies = Object.fromEntries(packages.map(name => [name, '1']));
  const root = writeProject({ 'package.json': JSON.stringify({ type: 'module', dependencies }), ...files });
  const options = normalizeOptions({ root }, root);
  const plan = analyze(buildModuleGraph(options), options);
  const single = Object.keys(files).length === 1;
  return {
    plan,
    proven: (plan.parallel ?? []).map(({ id }) => (single ? id.replace(/^.*#/, '') : id)),
    said: plan.diagnostics
      .filter(isOfParallel)
      .map(({ code, line, column, message }) => `${code} ${line}:${column}: ${message}`),
  };
}

const isOfParallel = ({ code, severity }: Diagnostic): boolean =>
  code === 'ignored-parallel' || (code.startsWith('parallel-') && severity === 'error');
