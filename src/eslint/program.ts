/**
 * The program that a linted file belongs to.
 *
 * ESLint comes with one file and one rule at a time, and the analysis looks at the whole program. So there is one plan for each
 * set of options in a process, which all files and rules share: linting a hundred files analyses once. The text that
 * ESLint has stands for the file on disk, so that in an editor the plan is that of what is on the screen.
 */
import type { Rule, SourceCode } from 'eslint';
import { analyze } from '../analyze.js';
import { readModelFiles } from '../effects/models/read.js';
import { LivePlan, moduleIdOf } from '../live-plan.js';
import { type NormalizedOptions, normalizeOptions } from '../options.js';
import type { Plan } from '../plan/plan.js';

export interface LintedModule {
  plan: Plan;
  /** Path relative to the root of the program. */
  id: string;
}

const plans = new Map<string, LivePlan>();
/** Rules that look at one text after the other see one plan, and the options are checked once. */
const linted = new WeakMap<SourceCode, LintedModule | null>();

/**
 * The plan in which the linted file has the text that is linted; null if the file is no module of the program.
 *
 * @throws ConfigurationError if `settings.anyspeed` is wrong
 */
export function programOf(context: Rule.RuleContext): LintedModule | null {
  const { sourceCode } = context;
  let module = linted.get(sourceCode);
  if (module === undefined) {
    module = findModule(context);
    linted.set(sourceCode, module);
  }
  return module;
}

function findModule({ cwd, filename, physicalFilename, settings, sourceCode }: Rule.RuleContext) {
  // A part of a file that a processor has taken out, such as a code block in Markdown.
  if (filename !== physicalFilename) return null;
  const options = normalizeOptions(settings.anyspeed, cwd);
  const text = sourceCode.hasBOM ? `\uFEFF${sourceCode.text}` : sourceCode.text;
  const { graph, plan } = planFor(options).withText(filename, text);
  const id = moduleIdOf(graph, filename);
  return id !== undefined && graph.modules.has(id) ? { plan, id } : null;
}

function planFor(options: NormalizedOptions): LivePlan {
  const key = JSON.stringify(options);
  let plan = plans.get(key);
  if (!plan) {
    plan = new LivePlan(options, (graph, all) =>
      analyze(graph, { ...all, audit: false, costs: true }, readModelFiles(all.models)),
    );
    plans.set(key, plan);
  }
  return plan;
}
