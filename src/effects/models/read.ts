/** Reads the model files that the option `models` names. */
import { readFileSync } from 'node:fs';
import { createDiagnostic } from '../../diagnostics/catalog.js';
import { ConfigurationError } from '../../diagnostics/configuration-error.js';
import { findFault } from './check.js';
import type { ModelFile } from './model.js';

/**
 * Reads and checks effect models.
 *
 * @param paths absolute paths of JSON files, in order of precedence: later files replace entries of earlier ones
 * @throws {ConfigurationError} for the first file that cannot be used: to go on without it would let through the
 * very races that it was written to show
 */
export function readModelFiles(paths: readonly string[]): ModelFile[] {
  return paths.map(path => {
    const contents = parse(path);
    const fault = findFault(contents);
    if (fault) throw unusable(path, `${fault.path} ${fault.message}`);
    return contents as ModelFile;
  });
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw unusable(path, error instanceof Error ? error.message : String(error));
  }
}

function unusable(path: string, reason: string): ConfigurationError {
  return new ConfigurationError(createDiagnostic('unusable-model-file', {}, path, reason));
}
