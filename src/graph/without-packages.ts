/**
 * The module graph in which some packages are not analysed after all: what is imported of them is outside of the program again,
 * and their modules are gone, with all that only they import.
 */
import type { ModuleGraph, ModuleId, Resolution, SourceModule } from './module-graph.js';
import { packageAt, packageOf } from './package-request.js';

/** @param packages their names */
export function withoutPackages(graph: ModuleGraph, packages: ReadonlySet<string>): ModuleGraph {
  const isLeftOut = (id: ModuleId): boolean => packages.has(packageOf(id) ?? '');
  const modules = new Map<ModuleId, SourceModule>();
  for (const module of graph.modules.values())
    if (!isLeftOut(module.id)) modules.set(module.id, { ...module, imports: importsOf(module, isLeftOut) });
  const reached = new Set([...modules.keys()].filter(id => packageOf(id) === undefined));
  for (const id of reached)
    for (const resolution of modules.get(id)?.imports.values() ?? [])
      if (resolution.kind === 'module') reached.add(resolution.id);
  return { ...graph, modules: new Map([...modules].filter(([id]) => reached.has(id))) };
}

function importsOf(
  { imports }: SourceModule,
  isLeftOut: (id: ModuleId) => boolean,
): ReadonlyMap<string, Resolution> {
  return new Map(
    [...imports].map(([request, resolution]) => {
      const asked =
        resolution.kind === 'module' && isLeftOut(resolution.id)
          ? packageAt(request, resolution.id)
          : undefined;
      return [request, asked ? { kind: 'external', ...asked } : resolution];
    }),
  );
}
