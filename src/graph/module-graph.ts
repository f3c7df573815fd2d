/**
 * The module graph: the program's modules, parsed, and where each of their imports leads.
 *
 * This is the first intermediate form and the last that knows of files. A `SourceModule` is never
 * changed: when a file changes, a new one takes its place, so that later stages may cache by identity.
 */
import type { File } from '@babel/types';
import type { Diagnostic } from '../diagnostics/diagnostic.js';

/** Path relative to the project's root, with forward slashes. */
export type ModuleId = string;

export type Resolution =
  /** A module of the program. */
  | { kind: 'module'; id: ModuleId }
  /**
   * A package or a built-in: `express`, `@scope/name`, `node:fs/promises` (always with `node:`). What of a
   * package is meant, if not its main entry, is in `subpath`: `lodash/fp` is `lodash` and `fp`.
   */
  | { kind: 'external'; name: string; subpath?: string }
  /** JSON and other data files, and sources that are left out or could not be parsed. */
  | { kind: 'opaque'; request: string }
  | { kind: 'unresolved'; request: string };

/**
 * What the source is written as, not what it is compiled to: `esm` when it has ES module syntax or its
 * extension or package says that it is one, else `commonjs`. A TypeScript file with `export =` is `commonjs`.
 */
export type ModuleFormat = 'esm' | 'commonjs';

export interface SourceModule {
  id: ModuleId;
  /** Absolute path. */
  file: string;
  code: string;
  /** Hex SHA-256 of `code`. */
  hash: string;
  format: ModuleFormat;
  ast: File;
  /**
   * Every literal request (`import`, `export from`, `require`, `import()`) and where it leads. Type-only
   * imports are none. A request that means different files to `import` and `require` is opaque.
   */
  imports: ReadonlyMap<string, Resolution>;
}

export interface ModuleGraph {
  /** Absolute path of the project's root. */
  root: string;
  /** In order of their ids. */
  modules: ReadonlyMap<ModuleId, SourceModule>;
  diagnostics: Diagnostic[];
}
