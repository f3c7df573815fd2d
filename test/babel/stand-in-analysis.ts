/**
 * A stand-in for the analysis, for tests of the plugin itself: every async function declaration of a module
 * is a handler, and all hold the class that some module of the program names in a comment `class: ...`. So the
 * plan of one module depends on the text of another, as that of the real analysis does.
 */
import type { ModuleGraph, SourceModule } from '../../src/graph/module-graph.js';
import type { PlannedModule } from '../../src/plan/edit.js';
import type { Plan, PlannedHandler } from '../../src/plan/plan.js';

export function planAsyncFunctions(graph: ModuleGraph): Plan {
  const modules = [...graph.modules.values()];
  const className = modules.map(({ code }) => /class: (\w+)/.exec(code)?.[1]).find(Boolean) ?? 'state';
  const planned = modules.map(module => ({ module, edits: editsOf(module) }));
  return {
    version: 1,
    modules: planned.map(
      ({ module, edits }): PlannedModule => ({ path: module.id, hash: module.hash, edits }),
    ),
    handlers: planned.flatMap(({ edits }) => edits.map(({ handler }) => handlerOf(handler, className))),
    classes: [],
    ownLocks: [],
    assumptions: [],
    diagnostics: [...graph.diagnostics, ...modules.flatMap(diagnosticsOf)],
  };
}

function editsOf({ id, ast }: SourceModule) {
  return ast.program.body.flatMap(statement => {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'FunctionDeclaration' || !declaration.async) return [];
    const { start, end } = declaration;
    const handler = `${id}#${declaration.id?.name}`;
    return [{ kind: 'wrap-declaration' as const, start: start as number, end: end as number, handler }];
  });
}

function handlerOf(id: string, className: string): PlannedHandler {
  return {
    id,
    kind: 'export',
    at: { module: id.slice(0, id.indexOf('#')), line: 1, column: 0 },
    isAsync: true,
    isGenerator: false,
    protection: 'section',
    reason: 'several-segments',
    classes: [{ class: className, mode: 'exclusive' }],
    bounds: null,
    carriesTask: false,
    accesses: [],
  };
}

/** `error: <text>` and `warning: <text>` in a module are diagnostics of its second line. */
function diagnosticsOf({ id, code }: SourceModule) {
  return [...code.matchAll(/(error|warning): (\w+)/g)].map(([, severity, text]) => ({
    code: `test-${text}`,
    severity: severity as 'error' | 'warning',
    message: `The test says ${text}.`,
    hint: 'Nothing to do.',
    module: id,
    line: 2,
    column: 4,
  }));
}
