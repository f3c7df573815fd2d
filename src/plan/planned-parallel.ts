/** The functions that may run in another thread as the plan tells them: what each needs there, by names and offsets. */
import type { ModuleId } from '../graph/module-graph.js';
import { byKeys } from '../order/by-keys.js';
import type { FoundParallel } from '../parallel/find-parallel.js';
import { type Item, type Linked, nameOfValue, type Slice } from '../parallel/parallel.js';
import type { Location, PlannedParallel, SlicedLink, SlicedModule } from './plan.js';

/** Those that are proven; of the others, diagnostics tell. */
export function planParallel(
  found: readonly FoundParallel[],
  locate: (module: ModuleId, offset: number) => Location,
): PlannedParallel[] {
  return found.flatMap(({ parallel: { id, module, fn }, slice, calls, problems }) => {
    if (slice === null || problems.length > 0) return [];
    return {
      id,
      at: locate(module.id, fn.start),
      isAsync: fn.isAsync,
      calls: calls.map(call => ({ at: locate(call.module.id, call.op.at) })),
      modules: planModules(slice),
      root: { module: module.id, name: namesOf(slice.root)[0] as string },
    };
  });
}

function planModules({ modules }: Slice): SlicedModule[] {
  return modules.map(({ module, items, links }) => ({
    path: module.id,
    isStrict:
      module.format === 'esm' ||
      module.ast.program.directives.some(({ value }) => value.value === 'use strict'),
    pieces: items.map(item => ({ start: item.piece.start, end: item.piece.end, names: namesOf(item) })),
    links: Object.fromEntries(
      [...links].map(([name, link]) => [name, planLink(link)] as const).sort(byKeys(([name]) => name)),
    ),
  }));
}

function namesOf({ piece }: Item): string[] {
  return piece.kind === 'value' ? [nameOfValue(piece)] : piece.binds.map(({ name }) => name);
}

function planLink(link: Linked): SlicedLink {
  if (link.from !== 'namespace') return link;
  const properties = [...link.properties].sort(byKeys(([name]) => name));
  return { from: 'namespace', properties: Object.fromEntries(properties) };
}
