/** Analyses programs of one module with packages that are not installed: only their models say what they do. */
import { analyze } from '../../src/analyze.js';
import { buildModuleGraph } from '../../src/graph/build.js';
import { normalizeOptions } from '../../src/options.js';
import type { Plan } from '../../src/plan/plan.js';
import { writeProject } from '../graph/temporary-project.js';

/** The plan of a module. All packages that it imports count as installed. */
export function planOf(code: string): Plan {
  const packages = [...code.matchAll(/(?:from|import|require\()\s*'((?:@[\w-]+\/)?[\w.-]+)/g)].map(
    ([, name]) => name as string,
  );
  const dependencies = Object.fromEntries(packages.map(name => [name, '1']));
  const root = writeProject({
    'package.json': JSON.stringify({ type: 'module', dependencies }),
    'app.js': code,
  });
  const options = normalizeOptions({ root, include: ['app.js'] }, root);
  return analyze(buildModuleGraph(options), { ...options, costs: true });
}

/** The handlers that have to wait for something, by the end of their ids. */
export function waiting(code: string): string[] {
  return planOf(code)
    .handlers.filter(h => h.protection !== 'untouched')
    .map(h => h.id.replace(/^.*#/, ''))
    .sort();
}

/** A group of the survey: programs in which its models show a race, and some that look alike and have none. */
export interface Group {
  races: Record<string, [code: string, ...handlers: string[]]>;
  free: Record<string, string>;
}
