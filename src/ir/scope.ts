/**
 * Lexical scopes while a module is lowered: which variable a name means, and how many functions out it lives.
 *
 * Our own, because @babel/traverse's scopes cost more time than the whole analysis may take: they
 * crawl every path of the tree, where a name's declaration is all that is asked here.
 */
import type * as t from '@babel/types';
import type { FunctionBuilder } from './function-builder.js';
import type { Variable } from './ir.js';

export interface Binding {
  owner: FunctionBuilder;
  slot: number;
  variable: Variable;
  /** For a name that a TypeScript namespace exports: the variable that holds the object whose field it is. */
  property?: { owner: FunctionBuilder; slot: number };
}

export class Scope {
  readonly bindings = new Map<string, Binding>();
  /** Variables that are known to hold no object from here on. */
  readonly primitives = new Set<Binding>();

  constructor(
    readonly parent: Scope | null,
    readonly builder: FunctionBuilder,
  ) {}

  find(name: string): Binding | undefined {
    for (let scope: Scope | null = this; scope; scope = scope.parent) {
      const binding = scope.bindings.get(name);
      if (binding) return binding;
    }
    return undefined;
  }

  /** True when `binding` holds no object where this scope stands. */
  isPrimitive(binding: Binding): boolean {
    if (binding.variable.isPrimitive) return true;
    for (let scope: Scope | null = this; scope; scope = scope.parent)
      if (scope.primitives.has(binding)) return true;
    return false;
  }

  /** Declares `name` here; a second declaration of a name (`var x; var x`) is the same variable. */
  declare(name: string, at: number): Binding {
    const known = this.bindings.get(name);
    if (known) return known;
    const binding = this.builder.newVariable(name, at);
    this.bindings.set(name, binding);
    return binding;
  }
}

/** Declares the names that a list of statements binds in its own block: `let`, `const`, classes, functions. */
export function declareLexical(scope: Scope, statements: readonly t.Statement[]): void {
  for (const statement of statements) {
    const node = declarationIn(statement);
    if (!node) continue;
    if (node.type === 'VariableDeclaration') {
      if (node.kind === 'var') continue;
      for (const { id } of node.declarations) {
        declarePattern(scope, id);
        const variable = id.type === 'Identifier' ? scope.bindings.get(id.name)?.variable : undefined;
        if (variable) variable.isConstant = node.kind === 'const';
      }
    } else if (
      node.type === 'ClassDeclaration' ||
      node.type === 'FunctionDeclaration' ||
      node.type === 'TSEnumDeclaration' ||
      node.type === 'TSModuleDeclaration'
    ) {
      if (node.id?.type === 'Identifier' && !node.declare) scope.declare(node.id.name, node.id.start ?? 0);
    }
  }
}

/** The declaration that a statement is or exports. */
export function declarationIn(statement: t.Statement): t.Statement | null {
  switch (statement.type) {
    case 'ExportNamedDeclaration':
      return statement.declaration ?? null;
    case 'ExportDefaultDeclaration': {
      const { declaration } = statement;
      return declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration'
        ? declaration
        : null;
    }
    default:
      return statement;
  }
}

/**
 * Declares the `var`s of a function, wherever in its body they stand, and, as sloppy mode does, the
 * functions declared in nested blocks.
 */
export function declareHoisted(scope: Scope, statements: readonly t.Statement[]): void {
  for (const statement of statements) hoist(scope, declarationIn(statement), true);
}

function hoist(scope: Scope, node: t.Node | null | undefined, isTop: boolean): void {
  if (!node) return;
  switch (node.type) {
    case 'VariableDeclaration':
      if (node.kind === 'var') for (const d of node.declarations) declarePattern(scope, d.id);
      return;
    case 'FunctionDeclaration':
      if (!isTop && node.id && scope.builder.module.isSloppy) scope.declare(node.id.name, node.id.start ?? 0);
      return;
    case 'BlockStatement':
    case 'StaticBlock':
      for (const s of node.body) hoist(scope, s, false);
      return;
    case 'IfStatement':
      hoist(scope, node.consequent, false);
      hoist(scope, node.alternate, false);
      return;
    case 'ForStatement':
      hoist(scope, node.init, false);
      hoist(scope, node.body, false);
      return;
    case 'ForInStatement':
    case 'ForOfStatement':
      hoist(scope, node.left, false);
      hoist(scope, node.body, false);
      return;
    case 'WhileStatement':
    case 'DoWhileStatement':
    case 'LabeledStatement':
    case 'WithStatement':
      hoist(scope, node.body, false);
      return;
    case 'TryStatement':
      hoist(scope, node.block, false);
      hoist(scope, node.handler?.body, false);
      hoist(scope, node.finalizer, false);
      return;
    case 'SwitchStatement':
      for (const c of node.cases) for (const s of c.consequent) hoist(scope, s, false);
      return;
  }
}

/** Declares every name that a pattern binds. */
export function declarePattern(scope: Scope, node: t.Node): void {
  switch (node.type) {
    case 'Identifier':
      if (isPrimitiveAnnotation(node.typeAnnotation))
        scope.declare(node.name, node.start ?? 0).variable.isPrimitive = true;
      else scope.declare(node.name, node.start ?? 0);
      return;
    case 'ObjectPattern':
      for (const p of node.properties) declarePattern(scope, p.type === 'RestElement' ? p.argument : p.value);
      return;
    case 'ArrayPattern':
      for (const e of node.elements) if (e) declarePattern(scope, e);
      return;
    case 'AssignmentPattern':
      declarePattern(scope, node.left);
      return;
    case 'RestElement':
      declarePattern(scope, node.argument);
      return;
    case 'TSParameterProperty':
      declarePattern(scope, node.parameter);
      return;
  }
}

const PRIMITIVE_TYPES = new Set([
  'TSStringKeyword',
  'TSNumberKeyword',
  'TSBooleanKeyword',
  'TSBigIntKeyword',
  'TSSymbolKeyword',
  'TSUndefinedKeyword',
  'TSNullKeyword',
  'TSVoidKeyword',
  'TSNeverKeyword',
  'TSLiteralType',
  'TSTemplateLiteralType',
]);

/** True for an annotation that leaves no room for an object. What TypeScript has checked is believed. */
export function isPrimitiveAnnotation(node: t.Node | null | undefined): boolean {
  if (!node) return false;
  if (node.type === 'TSTypeAnnotation') return isPrimitiveAnnotation(node.typeAnnotation);
  if (node.type === 'TSParenthesizedType') return isPrimitiveAnnotation(node.typeAnnotation);
  if (node.type === 'TSUnionType') return node.types.every(isPrimitiveAnnotation);
  return PRIMITIVE_TYPES.has(node.type);
}
