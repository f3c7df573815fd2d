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
      calls: calls.map(({ module: { id: caller }, op, moved }) => ({
        at: locate(caller, op.at),
        moved: [...moved],
      })),
      modules: planModules(slice),
      root: { module: module.id, name: namesOf(slice.root)[0] as string },
      errors: errorClasses(slice),
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

/** Classes of errors come back as themselves if they can be named where the function is. */
function errorClasses({ root, modules }: Slice): PlannedParallel['errors'] {
  const named = new Map<string, Item>();
  const pieces = new Map(
    modules.flatMap(({ module, items }) =>
      items.flatMap(item => namesOf(item).map(name => [`${module.id} ${name}`, item] as const)),
    ),
  );
  for (const { module, items, links } of modules) {
    if (module !== root.module) continue;
    for (const item of items) for (const { name } of item.piece.binds) named.set(name, item);
    for (const [name, link] of links) {
      const item = link.from === 'module' ? pieces.get(`${link.module} ${link.name}`) : undefined;
      if (item) named.set(name, item);
    }
  }
  return [...named]
    .flatMap(([name, item]) => {
      const className = item.piece.binds[0]?.name;
      return className !== undefined && isErrorClass(item, pieces) ? [{ className, name }] : [];
    })
    .sort(byKeys<PlannedParallel['errors'][number]>(error => error.name));
}

/** Whether a class extends one of the language's errors, by way of others of the slice or not. */
function isErrorClass({ module, piece: { node } }: Item, pieces: ReadonlyMap<string, Item>): boolean {
  if (node.type !== 'ClassDeclaration' || node.superClass?.type !== 'Identifier') return false;
  const { name } = node.superClass;
  const parent = pieces.get(`${module.id} ${name}`);
  return parent ? isErrorClass(parent, pieces) : name.endsWith('Error');
}

function namesOf({ piece }: Item): string[] {
  return piece.kind === 'value' ? [nameOfValue(piece)] : piece.binds.map(({ name }) => name);
}

function planLink(link: Linked): SlicedLink {
  if (link.from !== 'namespace') return link;
  const properties = [...link.properties].sort(byKeys(([name]) => name));
  return { from: 'namespace', properties: Object.fromEntries(properties) };
}
