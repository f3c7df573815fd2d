/**
 * What the software tells people, as data. A diagnostic says what happened, where, why it matters and
 * what to do; how it is printed is the business of whoever prints it.
 */

export type Severity = 'error' | 'warning' | 'info';

export interface Diagnostic {
  /** Stable name, also that of its page `docs/diagnostics/<code>.md`. */
  code: string;
  severity: Severity;
  /** What happened, in one sentence. */
  message: string;
  /** Why it matters and what to do. */
  hint: string;
  /** Path relative to the project's root, when it concerns one module. */
  module?: string;
  /** 1-based. */
  line?: number;
  /** 0-based. */
  column?: number;
  /** The lines of source around the place, without colours, when they help. */
  frame?: string;
}
