/**
 * What is thrown when the options make no sense. Everything else that goes wrong is a diagnostic in the
 * result; wrong options stop the build, because an analysis of something else than was meant is worse than none.
 */
import type { Diagnostic } from './diagnostic.js';

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'ERR_ANYSPEED_OPTIONS';
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(`${diagnostic.message}\n${diagnostic.hint}`);
    this.diagnostic = diagnostic;
  }
}
