/** What an audit finds, and how it is said. */
import { AnyspeedError } from '../errors.js';

/**
 * What is wrong.
 * - `interleaved`: two tasks, or more, have accessed shared storage in an order that no serial order of them gives
 * - `unplanned`: shared storage was accessed at a place at which the plan charges no such access to the handler
 * - `not-held`: the access is planned, but its class was neither held nor passed
 * - `late-start-up`: what module bodies have started accesses storage that tasks use already
 */
export type ViolationKind = 'interleaved' | 'unplanned' | 'not-held' | 'late-start-up';

/** A place, and who was there. */
export interface ViolationSite {
  /** The handler, or the function that code outside has called. */
  readonly handler: string;
  readonly mode: 'read' | 'write';
  /** What was accessed, by the name that it has in the code. */
  readonly storage: string;
  /** `file:line:column`, the file relative to the root of the program; both counted from 1. */
  readonly at: string;
}

export interface Violation {
  readonly kind: ViolationKind;
  /** The class that should have been held. */
  readonly class?: string;
  /** The accesses that are at odds, in the order in which they were made. */
  readonly accesses: readonly ViolationSite[];
  /** All of it in words. */
  readonly message: string;
}

export type OnViolation = 'warn' | 'throw' | ((violation: Violation) => void);

const RULES: Readonly<Record<ViolationKind, string>> = {
  interleaved: 'These accesses follow one another in no order of whole tasks',
  unplanned: 'The plan knows of no such access by this handler',
  'not-held': 'The class of this access was neither held nor passed',
  'late-start-up': 'Start-up is not over, but tasks run already',
};

export function violationOf(
  kind: ViolationKind,
  accesses: readonly ViolationSite[],
  className?: string,
): Violation {
  const lines = accesses.map(
    ({ handler, mode, storage, at }) =>
      `  ${handler} ${mode === 'write' ? 'writes' : 'reads'} ${storage} (${at})`,
  );
  const about = className === undefined ? '' : ` (${className})`;
  const message = `${RULES[kind]}${about}:\n${lines.join('\n')}`;
  return { kind, accesses, message, ...(className !== undefined && { class: className }) };
}

/** Reports each violation once. */
export class Reporter {
  onViolation: OnViolation = 'warn';
  readonly found: Violation[] = [];
  private readonly said = new Set<string>();

  report(violation: Violation): void {
    const { kind, class: className, accesses } = violation;
    const key = JSON.stringify([
      kind,
      className,
      accesses.map(({ handler, mode, at }) => [handler, mode, at]),
    ]);
    if (this.said.has(key)) return;
    this.said.add(key);
    this.found.push(violation);
    const { onViolation } = this;
    if (typeof onViolation === 'function') onViolation(violation);
    else if (onViolation === 'throw') throw new AnyspeedError('ERR_ANYSPEED_AUDIT', violation.message);
    else
      process.emitWarning(violation.message, {
        type: 'AnyspeedWarning',
        code: 'ANYSPEED_AUDIT',
        detail: 'See docs/audit.md for what this means.',
      });
  }

  clear(): void {
    this.found.length = 0;
    this.said.clear();
  }
}
