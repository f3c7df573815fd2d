/** The findings of a plan, in short. */
import type { Plan } from '../../src/plan/plan.js';

/** Code and place of each diagnostic, as `stale-value app.js:3:2` (column 0-based). */
export function found({ diagnostics }: Plan): string[] {
  return diagnostics.map(({ code, module, line, column }) => `${code} ${module}:${line}:${column}`);
}
