/**
 * What the top of a module declares under each name, and what it exports: the pieces that a module can be taken apart into.
 *
 * A piece is what can stand alone in another module: a function, a class, one declarator of a `const`, the value of an export.
 */
import type { Expression, Node, Statement } from '@babel/types';
import type { SourceModule } from '../graph/module-graph.js';
import { importedName } from '../graph/syntax.js';
import type { Span } from '../ir/ir.js';
import { declarationIn } from '../ir/scope.js';
import { namesOfPattern } from './outer-names.js';

/** A part of a module's top that is taken as a whole. */
export interface Piece extends Span {
  kind: 'function' | 'class' | 'variable' | 'value' | 'other';
  node: Node;
  /** The names that it binds, with where; none of a value. */
  binds: readonly { name: string; at: number }[];
  /** Of a variable and a value: what is evaluated. */
  init: Expression | null;
}

/** What a name at the top of a module stands for. */
export type Declared =
  | { is: 'piece'; piece: Piece }
  /** Something of another module; all of it where `imported` is null. */
  | { is: 'import'; request: string; imported: string | null; at: number };

export interface Declarations {
  names: ReadonlyMap<string, Declared>;
  exports: ReadonlyMap<string, Exported>;
  /** Of ES modules: the requests of `export * from`. */
  all: readonly string[];
  /** Something is exported in a way that is not followed. */
  isOpen: boolean;
}

export type Exported =
  | { is: 'name'; name: string }
  | { is: 'value'; piece: Piece }
  | { is: 'import'; request: string; imported: string | null };

const known = new WeakMap<SourceModule, Declarations>();

/** The declarations of a module; found once. */
export function declarationsOf(module: SourceModule): Declarations {
  let found = known.get(module);
  if (!found) {
    found = new Reader().read(module.ast.program.body);
    known.set(module, found);
  }
  return found;
}

class Reader {
  private readonly names = new Map<string, Declared>();
  private readonly exports = new Map<string, Exported>();
  private readonly all: string[] = [];
  private isOpen = false;

  read(body: readonly Statement[]): Declarations {
    for (const statement of body) {
      const declaration = declarationIn(statement);
      if (declaration) this.declare(declaration);
      this.export(statement);
    }
    return { names: this.names, exports: this.exports, all: this.all, isOpen: this.isOpen };
  }

  private declare(node: Statement): void {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'ClassDeclaration':
        if (node.id && !node.declare) this.add(pieceOf(node));
        return;
      case 'VariableDeclaration':
        if (node.declare) return;
        for (const declarator of node.declarations) this.declareVariable(declarator);
        return;
      case 'TSEnumDeclaration':
        this.add(pieceOf(node));
        return;
      case 'ImportDeclaration':
        if (node.importKind === 'type' || node.importKind === 'typeof') return;
        for (const specifier of node.specifiers) {
          const request = node.source.value;
          const at = specifier.local.start ?? 0;
          const imported = importedName(specifier);
          this.names.set(specifier.local.name, { is: 'import', request, imported, at });
        }
    }
  }

  private declareVariable(node: Extract<Node, { type: 'VariableDeclarator' }>): void {
    const required = requestIn(node.init);
    if (required !== null && node.id.type === 'Identifier') {
      this.import(node.id.name, required.request, required.property, node.id.start ?? 0);
      return;
    }
    if (required !== null && required.property === null && node.id.type === 'ObjectPattern') {
      const { request } = required;
      const simple = node.id.properties.every(
        p =>
          p.type === 'ObjectProperty' &&
          !p.computed &&
          p.value.type === 'Identifier' &&
          p.key.type === 'Identifier',
      );
      if (simple) {
        for (const property of node.id.properties)
          if (property.type === 'ObjectProperty' && property.value.type === 'Identifier')
            this.import(property.value.name, request, nameOf(property.key), property.value.start ?? 0);
        return;
      }
    }
    this.add({
      kind: 'variable',
      node,
      start: node.start ?? 0,
      end: node.end ?? 0,
      binds: namesOfPattern(node.id),
      init: node.init ?? null,
    });
  }

  private import(name: string, request: string, imported: string | null, at: number): void {
    this.names.set(name, { is: 'import', request, imported, at });
  }

  private add(piece: Piece): void {
    for (const { name } of piece.binds) this.names.set(name, { is: 'piece', piece });
  }

  private export(statement: Statement): void {
    switch (statement.type) {
      case 'ExportAllDeclaration':
        this.all.push(statement.source.value);
        return;
      case 'ExportDefaultDeclaration': {
        const { declaration } = statement;
        const named =
          'id' in declaration && declaration.id?.type === 'Identifier' ? declaration.id.name : null;
        const isDeclared =
          declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration';
        if (isDeclared && named !== null) this.exports.set('default', { is: 'name', name: named });
        else if (declaration.type === 'Identifier')
          this.exports.set('default', { is: 'name', name: declaration.name });
        else this.exports.set('default', { is: 'value', piece: pieceOfValue(declaration) });
        return;
      }
      case 'ExportNamedDeclaration': {
        const { declaration, source, specifiers } = statement;
        if (declaration) {
          for (const name of bound(declaration)) this.exports.set(name, { is: 'name', name });
          return;
        }
        for (const specifier of specifiers) {
          if (specifier.type === 'ExportNamespaceSpecifier' && source)
            this.exports.set(specifier.exported.name, {
              is: 'import',
              request: source.value,
              imported: null,
            });
          if (specifier.type !== 'ExportSpecifier') continue;
          const exported = nameOf(specifier.exported);
          const name = nameOf(specifier.local);
          this.exports.set(
            exported,
            source ? { is: 'import', request: source.value, imported: name } : { is: 'name', name },
          );
        }
        return;
      }
      case 'ExpressionStatement':
        this.assign(statement.expression);
        return;
    }
    if (statement.type === 'TSExportAssignment') this.exportWhole(statement.expression);
  }

  /** `exports.x = value`, `module.exports = value`, and several of these in a row. */
  private assign(node: Expression): void {
    if (node.type !== 'AssignmentExpression' || node.operator !== '=') return;
    if (node.right.type === 'AssignmentExpression') this.assign(node.right);
    let value: Expression = node.right;
    while (value.type === 'AssignmentExpression') value = value.right;
    const { left } = node;
    if (left.type !== 'MemberExpression') return;
    if (isExports(left)) this.exportWhole(value);
    else if (isExports(left.object)) {
      if (left.computed) this.isOpen = true;
      else this.exports.set(nameOf(left.property), exportedBy(value));
    }
  }

  private exportWhole(value: Expression): void {
    this.exports.set('default', exportedBy(value));
    if (value.type !== 'ObjectExpression') return;
    for (const property of value.properties) {
      if (property.type === 'SpreadElement' || property.computed) this.isOpen = true;
      else if (property.type === 'ObjectProperty')
        this.exports.set(nameOf(property.key), exportedBy(property.value as Expression));
      else this.isOpen = true;
    }
  }
}

function exportedBy(value: Expression): Exported {
  if (value.type === 'Identifier') return { is: 'name', name: value.name };
  const required = requestIn(value);
  if (required) return { is: 'import', request: required.request, imported: required.property };
  return { is: 'value', piece: pieceOfValue(value) };
}

function pieceOf(
  node: Extract<Node, { type: 'FunctionDeclaration' | 'ClassDeclaration' | 'TSEnumDeclaration' }>,
): Piece {
  const kind =
    node.type === 'FunctionDeclaration' ? 'function' : node.type === 'ClassDeclaration' ? 'class' : 'other';
  return {
    kind,
    node,
    start: node.start ?? 0,
    end: node.end ?? 0,
    binds: node.id ? [{ name: node.id.name, at: node.id.start ?? 0 }] : [],
    init: null,
  };
}

/** An expression as a piece of its own. */
export function pieceOfValue(node: Node): Piece {
  return {
    kind: 'value',
    node,
    start: node.start ?? 0,
    end: node.end ?? 0,
    binds: [],
    init: node as Expression,
  };
}

const bound = (node: Statement): string[] =>
  node.type === 'VariableDeclaration'
    ? node.declarations.flatMap(({ id }) => namesOfPattern(id).map(({ name }) => name))
    : 'id' in node && node.id?.type === 'Identifier'
      ? [node.id.name]
      : [];

const nameOf = (node: Node): string =>
  node.type === 'Identifier' ? node.name : node.type === 'StringLiteral' ? node.value : '';

/** `exports`, `module.exports`. */
function isExports(node: Node): boolean {
  if (node.type === 'Identifier') return node.name === 'exports';
  return (
    node.type === 'MemberExpression' &&
    node.object.type === 'Identifier' &&
    node.object.name === 'module' &&
    !node.computed &&
    nameOf(node.property) === 'exports'
  );
}

/** `require('x')`, `require('x').name`. */
function requestIn(node: Node | null | undefined): { request: string; property: string | null } | null {
  if (node?.type === 'MemberExpression' && !node.computed) {
    const whole = requestIn(node.object);
    return whole && whole.property === null ? { ...whole, property: nameOf(node.property) } : null;
  }
  if (node?.type !== 'CallExpression' || node.callee.type !== 'Identifier') return null;
  const [argument] = node.arguments;
  return node.callee.name === 'require' && argument?.type === 'StringLiteral'
    ? { request: argument.value, property: null }
    : null;
}
