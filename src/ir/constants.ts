/**
 * What is known of a module's constants that may be keys: `const kState = Symbol('state')`, `const FIELD = 'total'`,
 * `const ACTIONS = { fetch: 'f' }`, and those that it imports or exports.
 *
 * `object[kState]` is an access of one property, as `object.state` is. Taken for an access of any, it would tie all
 * properties of the object together, and all objects that any of them may hold. This is about the text of one module, and of that
 * only the declarations at its top: a name there that is declared with `const` has one value for as long as the program runs.
 *
 * A symbol stands under the name that it is given. Two of one name count as one property, which ties too much together and
 * never too little, as no symbol has two names here.
 */
import type * as t from '@babel/types';
import { importedName, namesIn } from '../graph/syntax.js';
import type { Field } from './ir.js';

/** What a name means: a property, what another module exports, or what another name of the module means. */
export type Known =
  | { is: 'field'; field: Field }
  | { is: 'export'; request: string; name: string }
  | { is: 'name'; name: string }
  /** A property of an object that nobody changes, as far as the text shows. */
  | { is: 'member'; of: Known };

export interface Constants {
  /** By name at the top of the module, `name` or `object.property`. */
  names: ReadonlyMap<string, Known>;
  /** Names of what other modules export as a whole, with the request. */
  namespaces: ReadonlyMap<string, string>;
  /** By the name under which it is exported. */
  exports: ReadonlyMap<string, Known>;
  /** Names that computed keys may consist of. */
  asked: ReadonlySet<string>;
}

const NONE: Constants = { names: new Map(), namespaces: new Map(), exports: new Map(), asked: new Set() };

/** `[name]`, `[object.property]`, `[package.object.property]`, `name in object`. */
const ASKED =
  /\[\s*([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*){0,2})\s*\]|([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*){0,2})\s+in\b/g;

export function constantsOf(ast: t.File, code: string): Constants {
  const found = new Finder(ast.program.body);
  if (found.names.size === 0 && found.namespaces.size === 0 && found.exports.size === 0) return NONE;
  const asked = new Set<string>();
  for (const [, key, tested] of code.matchAll(ASKED)) asked.add((key ?? tested) as string);
  return { names: found.names, namespaces: found.namespaces, exports: found.exports, asked };
}

class Finder {
  readonly names = new Map<string, Known>();
  readonly namespaces = new Map<string, string>();
  readonly exports = new Map<string, Known>();
  /** Whether the module declares a `Symbol` of its own. */
  private readonly hasOwnSymbol: boolean;

  constructor(body: readonly t.Statement[]) {
    this.hasOwnSymbol = body.some(statement => declares(statement, 'Symbol'));
    for (const statement of body) this.statement(statement);
  }

  private statement(node: t.Statement): void {
    switch (node.type) {
      case 'VariableDeclaration':
        if (node.kind === 'const') for (const one of node.declarations) this.declarator(one);
        return;
      case 'ImportDeclaration':
        for (const specifier of node.specifiers) {
          const name = importedName(specifier);
          const request = node.source.value;
          if (name === null) this.namespaces.set(specifier.local.name, request);
          else this.names.set(specifier.local.name, { is: 'export', request, name });
        }
        return;
      case 'ExportNamedDeclaration':
        this.exported(node);
        return;
      case 'ExpressionStatement':
        if (node.expression.type === 'AssignmentExpression' && node.expression.operator === '=')
          this.assigned(node.expression.left, node.expression.right);
        return;
    }
  }

  private exported({ declaration, source, specifiers }: t.ExportNamedDeclaration): void {
    if (declaration?.type === 'VariableDeclaration' && declaration.kind === 'const')
      for (const one of declaration.declarations) {
        this.declarator(one);
        if (one.id.type === 'Identifier') this.exports.set(one.id.name, { is: 'name', name: one.id.name });
      }
    for (const specifier of specifiers) {
      if (specifier.type !== 'ExportSpecifier' || specifier.exported.type !== 'Identifier') continue;
      const { name } = specifier.local;
      const known: Known = source ? { is: 'export', request: source.value, name } : { is: 'name', name };
      this.exports.set(specifier.exported.name, known);
    }
  }

  private declarator({ id, init }: t.VariableDeclarator): void {
    if (!init) return;
    const request = requiredBy(init);
    if (id.type === 'Identifier') {
      if (request !== null) this.namespaces.set(id.name, request);
      else {
        const known = this.valueOf(init, id.name);
        if (known) this.names.set(id.name, known);
        else this.members(init, (name, value) => this.names.set(`${id.name}.${name}`, value));
      }
    } else if (id.type === 'ObjectPattern') {
      const object = init.type === 'Identifier' ? init.name : null;
      if (request === null && object === null) return;
      for (const property of id.properties) {
        if (property.type !== 'ObjectProperty' || property.computed) continue;
        const name = nameOfKey(property.key);
        if (name === null || property.value.type !== 'Identifier') continue;
        const known: Known =
          request === null ? { is: 'name', name: `${object}.${name}` } : { is: 'export', request, name };
        this.names.set(property.value.name, known);
      }
    }
  }

  /** `module.exports = { kState }`, `module.exports = symbols`, `exports.kState = Symbol()`. */
  private assigned(target: t.Node, value: t.Expression): void {
    if (isExports(target)) {
      this.members(value, (name, known) => this.exports.set(name, known));
      if (value.type === 'Identifier')
        for (const [name, known] of this.names)
          if (name.startsWith(`${value.name}.`)) this.exports.set(name.slice(value.name.length + 1), known);
      return;
    }
    if (target.type !== 'MemberExpression' || target.computed || target.property.type !== 'Identifier')
      return;
    if (
      !isExports(target.object) &&
      !(target.object.type === 'Identifier' && target.object.name === 'exports')
    )
      return;
    const { name } = target.property;
    const known = this.valueOf(value, name);
    if (known) this.exports.set(name, { is: 'member', of: known });
  }

  /** The constants in an object literal none of whose properties are computed or copied. */
  private members(node: t.Expression, found: (name: string, known: Known) => void): void {
    const object = isFreezing(node) ? node.arguments[0] : node;
    if (object?.type !== 'ObjectExpression') return;
    const all = new Map<string, Known | null>();
    for (const property of object.properties) {
      if (property.type === 'SpreadElement' || property.computed) return;
      const name = nameOfKey(property.key);
      if (name === null || name === '__proto__') return;
      const value =
        property.type === 'ObjectProperty' ? this.valueOf(property.value as t.Expression, name) : null;
      all.set(name, value);
    }
    for (const [name, value] of all) if (value) found(name, { is: 'member', of: value });
  }

  /** @param name of what gets the value */
  private valueOf(node: t.Expression, name: string): Known | null {
    const text = this.textOf(node);
    if (text !== null) return { is: 'field', field: text };
    switch (node.type) {
      case 'CallExpression': {
        const { callee, arguments: args } = node;
        if (this.hasOwnSymbol) return null;
        if (callee.type === 'Identifier' && callee.name === 'Symbol')
          return { is: 'field', field: `@${name}` };
        const key = symbolKey(node);
        return key === null || args.length !== 1 ? null : { is: 'field', field: key };
      }
      case 'Identifier':
        return { is: 'name', name: node.name };
      case 'MemberExpression': {
        if (node.computed || node.property.type !== 'Identifier') return null;
        const request = requiredBy(node.object);
        if (request !== null) return { is: 'export', request, name: node.property.name };
        if (node.object.type !== 'Identifier') return null;
        return { is: 'name', name: `${node.object.name}.${node.property.name}` };
      }
      case 'TSAsExpression':
      case 'TSSatisfiesExpression':
        return this.valueOf(node.expression, name);
      default:
        return null;
    }
  }

  /** The text that literals and constants of the module add up to. */
  private textOf(node: t.Node): string | null {
    switch (node.type) {
      case 'StringLiteral':
        return node.value;
      case 'NumericLiteral':
        return String(node.value);
      case 'TemplateLiteral': {
        let text = '';
        for (const [index, { value }] of node.quasis.entries()) {
          const part = index === 0 ? '' : this.partOf(node.expressions[index - 1] as t.Node);
          if (part === null || value.cooked == null) return null;
          text += part + value.cooked;
        }
        return text;
      }
      case 'BinaryExpression': {
        if (node.operator !== '+') return null;
        const [left, right] = [this.partOf(node.left), this.partOf(node.right)];
        const isText = [node.left, node.right].some(({ type }) => type !== 'NumericLiteral');
        return left === null || right === null || !isText ? null : left + right;
      }
      default:
        return null;
    }
  }

  private partOf(node: t.Node): string | null {
    if (node.type !== 'Identifier') return this.textOf(node);
    const known = this.names.get(node.name);
    // The sum of two names may be that of two numbers.
    return known?.is === 'field' && /^[^@\d]/.test(known.field) ? known.field : null;
  }
}

/** `Symbol.for('name')`, whose symbol is the same wherever it stands. */
export function symbolKey(node: t.Node): Field | null {
  if (node.type !== 'CallExpression') return null;
  const { callee, arguments: args } = node;
  if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier')
    return null;
  if (callee.object.type !== 'Identifier' || callee.object.name !== 'Symbol') return null;
  const [key] = args;
  return callee.property.name === 'for' && key?.type === 'StringLiteral' ? `@for ${key.value}` : null;
}

const isFreezing = (node: t.Node): node is t.CallExpression & { arguments: t.Expression[] } =>
  node.type === 'CallExpression' &&
  node.callee.type === 'MemberExpression' &&
  !node.callee.computed &&
  node.callee.object.type === 'Identifier' &&
  node.callee.object.name === 'Object' &&
  node.callee.property.type === 'Identifier' &&
  node.callee.property.name === 'freeze';

function nameOfKey(key: t.Node): string | null {
  if (key.type === 'Identifier') return key.name;
  return key.type === 'StringLiteral' ? key.value : null;
}

/** The request of `require('…')`. */
function requiredBy(node: t.Node): string | null {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return null;
  const [request] = node.arguments;
  return node.callee.name === 'require' && request?.type === 'StringLiteral' ? request.value : null;
}

const isExports = (node: t.Node): boolean =>
  node.type === 'MemberExpression' &&
  !node.computed &&
  node.object.type === 'Identifier' &&
  node.object.name === 'module' &&
  node.property.type === 'Identifier' &&
  node.property.name === 'exports';

function declares(statement: t.Statement, name: string): boolean {
  switch (statement.type) {
    case 'VariableDeclaration':
      return statement.declarations.some(({ id }) =>
        id.type === 'Identifier' ? id.name === name : namesIn(id).includes(name),
      );
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return statement.id?.name === name;
    case 'ImportDeclaration':
      return statement.specifiers.some(({ local }) => local.name === name);
    default:
      return false;
  }
}
