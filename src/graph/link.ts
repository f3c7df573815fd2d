/**
 * Makes the module graph of source files whose requests are resolved.
 *
 * A module that neither changed nor imports anything that did is the same object as in the graph before, since
 * later stages cache by identity.
 */
import { isDeepStrictEqual } from 'node:util';
import { createDiagnostic } from '../diagnostics/catalog.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { ModuleGraph, ModuleId, Resolution, SourceModule } from './module-graph.js';
import { packageOf } from './package-request.js';
import type { Target } from './resolve.js';
import type { ParsedSource, SourceFile } from './source-file.js';

/** Where each request of a file leads, beside `ParsedSource.requests`. */
export type Targets = readonly Target[];

export interface LinkInput {
  root: string;
  /** In any order. */
  sources: Iterable<{ source: SourceFile; targets: Targets }>;
  /** What the search and the resolver found wrong. */
  diagnostics: readonly Diagnostic[];
  previous: ModuleGraph | undefined;
}

/** The graph of the program; the previous one itself if nothing is different. */
export function linkModules({ root, sources, diagnostics, previous }: LinkInput): ModuleGraph {
  const ordered = [...sources].sort((a, b) => (a.source.id < b.source.id ? -1 : 1));
  const parsedIds = new Set<ModuleId>();
  for (const { source } of ordered) if (source.parsed !== undefined) parsedIds.add(source.id);

  const modules = new Map<ModuleId, SourceModule>();
  const found = [...diagnostics];
  for (const { source, targets } of ordered) {
    found.push(...source.diagnostics);
    if (source.parsed === undefined) continue;
    const imports = linkImports(source.parsed, targets, parsedIds);
    modules.set(source.id, sameOrNew(source, source.parsed, imports, previous?.modules.get(source.id)));
    found.push(...unresolvedImports(source.id, source.parsed, targets));
  }

  if (previous !== undefined && isSameGraph(previous, modules, found)) return previous;
  return { root, modules, diagnostics: found };
}

function linkImports(
  { requests }: ParsedSource,
  targets: Targets,
  parsedIds: ReadonlySet<ModuleId>,
): Map<string, Resolution> {
  const imports = new Map<string, Resolution>();
  requests.forEach(({ request }, index) => {
    const resolution = toResolution(request, targets[index] as Target, parsedIds);
    const other = imports.get(request);
    const agree = other === undefined || isDeepStrictEqual(other, resolution);
    imports.set(request, agree ? resolution : { kind: 'opaque', request });
  });
  return imports;
}

function toResolution(request: string, target: Target, parsedIds: ReadonlySet<ModuleId>): Resolution {
  if (target.kind !== 'file') return target;
  return parsedIds.has(target.id) ? { kind: 'module', id: target.id } : { kind: 'opaque', request };
}

function sameOrNew(
  { id, file, code, hash }: SourceFile,
  { ast, format }: ParsedSource,
  imports: ReadonlyMap<string, Resolution>,
  previous: SourceModule | undefined,
): SourceModule {
  if (previous?.ast === ast && isDeepStrictEqual(previous.imports, imports)) return previous;
  return { id, file, code, hash, format, ast, imports };
}

/** One for each request that leads nowhere, where it is made first. */
function unresolvedImports(module: ModuleId, { requests }: ParsedSource, targets: Targets): Diagnostic[] {
  // Packages ask for what may be there or not.
  if (packageOf(module) !== undefined) return [];
  const reported = new Set<string>();
  return requests.flatMap(({ request, line, column }, index) => {
    if (targets[index]?.kind !== 'unresolved' || reported.has(request)) return [];
    reported.add(request);
    return [createDiagnostic('unresolved-import', { module, line, column }, request, module)];
  });
}

function isSameGraph(
  previous: ModuleGraph,
  modules: ReadonlyMap<ModuleId, SourceModule>,
  diagnostics: readonly Diagnostic[],
): boolean {
  return (
    previous.modules.size === modules.size &&
    [...modules].every(([id, module]) => previous.modules.get(id) === module) &&
    isDeepStrictEqual(previous.diagnostics, diagnostics)
  );
}
