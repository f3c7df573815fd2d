/** Lowers imports and exports, and the declarations of TypeScript that make values. */
import type * as t from '@babel/types';
import { importedName } from '../graph/syntax.js';
import { lowerExpression } from './expressions.js';
import type { FunctionBuilder } from './function-builder.js';
import { lowerClass, lowerFunctionInto } from './functions.js';
import { type Leaf, NONE, type Ref, refOf, type Variable } from './ir.js';
import { lowerLeaf } from './literals.js';
import { assign } from './patterns.js';
import { declareHoisted, declareLexical, Scope } from './scope.js';
import { lowerStatement, lowerStatements } from './statements.js';

type ModuleDeclaration =
  | t.TSEnumDeclaration
  | t.TSModuleDeclaration
  | t.TSImportEqualsDeclaration
  | t.TSExportAssignment
  | t.ImportDeclaration
  | t.ExportNamedDeclaration
  | t.ExportDefaultDeclaration
  | t.ExportAllDeclaration;

const nameOf = (node: t.Identifier | t.StringLiteral): string =>
  node.type === 'Identifier' ? node.name : node.value;

/** Import names are declared before anything is lowered: imports are hoisted. */
export function declareImports(scope: Scope, statements: readonly t.Statement[]): void {
  for (const node of statements) {
    if (node.type === 'TSImportEqualsDeclaration' && node.importKind !== 'type') {
      scope.declare(node.id.name, node.start ?? 0);
      continue;
    }
    if (node.type !== 'ImportDeclaration' || node.importKind === 'type') continue;
    for (const specifier of node.specifiers) {
      if (specifier.type === 'ImportSpecifier' && specifier.importKind === 'type') continue;
      const { slot, variable } = scope.declare(specifier.local.name, specifier.start ?? 0);
      // The exporting module may assign it, and so any function may see it change.
      variable.isReassigned = true;
      variable.isCaptured = true;
      scope.builder.module.imports.push({
        slot,
        request: node.source.value,
        imported: importedName(specifier),
      });
    }
  }
}

export function lowerModuleDeclaration(b: FunctionBuilder, scope: Scope, node: ModuleDeclaration): void {
  switch (node.type) {
    case 'ExportNamedDeclaration':
      lowerNamedExport(b, scope, node);
      return;
    case 'ExportDefaultDeclaration':
      lowerDefaultExport(b, scope, node);
      return;
    case 'ExportAllDeclaration':
      if (node.exportKind !== 'type')
        b.module.reExports.push({ request: node.source.value, imported: null, exported: null });
      return;
    case 'TSExportAssignment': {
      const value = lowerLeaf(b, scope, node.expression, 'exports', b.module.exportLeaves);
      exportThroughCommonJs(b, value, node.start ?? 0);
      return;
    }
    case 'TSImportEqualsDeclaration':
      lowerImportEquals(b, scope, node);
      return;
    case 'TSEnumDeclaration': {
      if (node.declare) return;
      const object = b.alloc('object', node.id.name, node.start ?? 0);
      assign(b, scope, node.id, object, true);
      return;
    }
    case 'TSModuleDeclaration':
      lowerNamespace(b, scope, node);
      return;
  }
}

function lowerNamedExport(b: FunctionBuilder, scope: Scope, node: t.ExportNamedDeclaration): void {
  if (node.exportKind === 'type') return;
  if (node.source) {
    for (const specifier of node.specifiers) {
      if (specifier.type === 'ExportSpecifier' && specifier.exportKind === 'type') continue;
      b.module.reExports.push({
        request: node.source.value,
        imported: specifier.type === 'ExportSpecifier' ? specifier.local.name : null,
        exported: nameOf(specifier.exported as t.Identifier | t.StringLiteral),
      });
    }
    return;
  }
  const { declaration } = node;
  if (declaration) {
    // Function declarations were lowered when their block was entered.
    if (declaration.type !== 'FunctionDeclaration') lowerStatement(b, scope, declaration);
    for (const name of declaredNames(declaration)) exportName(b, scope, name, name);
  }
  for (const specifier of node.specifiers) {
    if (specifier.type !== 'ExportSpecifier' || specifier.exportKind === 'type') continue;
    exportName(b, scope, specifier.local.name, nameOf(specifier.exported));
  }
}

function exportName(b: FunctionBuilder, scope: Scope, local: string, exported: string): void {
  const binding = scope.find(local);
  if (!binding) return;
  b.module.exports.push({ name: exported, ref: refOf(0, binding.slot) });
}

function declaredNames(node: t.Declaration): string[] {
  if (node.type === 'VariableDeclaration') {
    const scope = new Scope(null, { newVariable: () => null } as never);
    declareLexical(scope, [{ ...node, kind: 'let' }]);
    return [...scope.bindings.keys()];
  }
  if ('id' in node && node.id?.type === 'Identifier' && !('declare' in node && node.declare)) {
    return /^(Function|Class|TSEnum|TSModule)/.test(node.type) ? [node.id.name] : [];
  }
  return [];
}

function lowerDefaultExport(b: FunctionBuilder, scope: Scope, node: t.ExportDefaultDeclaration): void {
  const { declaration } = node;
  const ref = b.newTemp();
  const leaves: Leaf[] = [];
  if (declaration.type === 'FunctionDeclaration') {
    if (!declaration.body) return;
    if (declaration.id) {
      exportName(b, scope, declaration.id.name, 'default');
      return;
    }
    lowerFunctionInto(b, scope, declaration, 'default', null, ref);
  } else if (declaration.type === 'ClassDeclaration') {
    if (declaration.id) {
      lowerStatement(b, scope, declaration);
      exportName(b, scope, declaration.id.name, 'default');
      return;
    }
    lowerClass(b, scope, declaration, 'default', ref);
  } else if (declaration.type === 'Identifier') {
    const binding = scope.find(declaration.name);
    if (binding && !binding.variable.isReassigned) {
      exportName(b, scope, declaration.name, 'default');
      return;
    }
    b.copy(lowerExpression(b, scope, declaration), ref);
  } else {
    b.copy(lowerLeaf(b, scope, declaration, 'default', leaves), ref);
  }
  b.module.exports.push({ name: 'default', ref });
  b.module.exportLeaves.push(...leaves);
}

function exportThroughCommonJs(b: FunctionBuilder, value: Ref, at: number): void {
  const module = b.module.globalRef(b, 'module');
  if (value !== NONE) b.emit({ op: 'store', base: module, field: 'exports', from: value, at, init: false });
}

function lowerImportEquals(b: FunctionBuilder, scope: Scope, node: t.TSImportEqualsDeclaration): void {
  if (node.importKind === 'type') return;
  const { moduleReference } = node;
  const to = b.newTemp();
  if (moduleReference.type === 'TSExternalModuleReference') {
    const request = moduleReference.expression.value;
    b.emit({ op: 'import', to, request, name: null, dynamic: false, at: node.start ?? 0 });
  } else {
    let base = NONE;
    const names: string[] = [];
    let entity: t.TSEntityName | null = moduleReference;
    while (entity?.type === 'TSQualifiedName') {
      names.unshift(entity.right.name);
      entity = entity.left;
    }
    if (entity?.type === 'Identifier') base = lowerExpression(b, scope, entity);
    for (const field of names) {
      if (base === NONE) break;
      const step = b.newTemp();
      b.emit({ op: 'load', base, field, to: step, at: node.start ?? 0 });
      base = step;
    }
    b.copy(base, to);
  }
  assign(b, scope, node.id, to, true);
}

/** The names that the parts of a namespace seen so far export. */
const exportedNames = new WeakMap<Variable, Set<string>>();

/**
 * `namespace X { export ... }`: an object with the exported names as its fields. Inside, such a name is that
 * field, in this part of the namespace and in those that are merged with it.
 */
function lowerNamespace(b: FunctionBuilder, scope: Scope, node: t.TSModuleDeclaration): void {
  if (node.declare || node.id.type !== 'Identifier') return;
  const binding = scope.find(node.id.name);
  if (!binding) return;
  const at = node.start ?? 0;
  const namespace = b.refTo(binding.owner, binding.slot);
  // What a class, a function or another part has put there is the same object: all have all fields.
  const object = b.alloc('object', node.id.name, at);
  b.copy(object, namespace);
  assign(b, scope, node.id, object, true);

  const { body } = node;
  const statements = body.type === 'TSModuleBlock' ? body.body : [body];
  const own = statements.flatMap(statement =>
    statement.type === 'ExportNamedDeclaration' && statement.declaration
      ? declaredNames(statement.declaration)
      : statement === body && body.id.type === 'Identifier'
        ? [body.id.name]
        : [],
  );
  const all = exportedNames.get(binding.variable) ?? new Set();
  exportedNames.set(binding.variable, all);
  for (const name of own) all.add(name);
  const merged = new Scope(scope, b);
  for (const name of all) merged.declare(name, at).property = binding;
  const inner = new Scope(merged, b);
  declareHoisted(inner, statements);
  declareLexical(inner, statements);
  for (const name of own) inner.declare(name, at).property = binding;
  lowerStatements(
    b,
    inner,
    statements.map(s => (s.type === 'ExportNamedDeclaration' && s.declaration ? s.declaration : s)),
  );
  for (const name of own) {
    const from = refOf(0, inner.declare(name, at).slot);
    b.emit({ op: 'store', base: namespace, field: name, from, at, init: true });
  }
}
