/**
 * Leaves of a module what a parallel function needs of it in a worker.
 *
 * On the tree that Babel has made of the whole module, before any other plugin sees it: what is left keeps its place in the
 * source, and is compiled as the rest of the program is. What the module would import from others of the program is read from the
 * objects in which those keep what they have (`_slice1.mix`), so that modules that need each other may.
 */
import type { NodePath } from '@babel/traverse';
import type { Expression, Identifier, Node, Program, Statement, VariableDeclaration } from '@babel/types';
import type { SlicedLink, SlicedModule, SlicedName } from '../plan/plan.js';
import type { Types } from './rewriting.js';

/** How the code around names what a module has. */
export interface SliceNames {
  /** The variable that holds what a module of the slice has. */
  holderOf(module: string): string;
  /** The function that makes of a package what its default import gives. */
  interop: string;
}

/** Thrown when the tree has no node for a piece: something has rewritten it before. */
export class MissingPiece extends Error {}

/** Replaces the statements of `program` by the pieces of the slice. */
export function sliceProgram(
  types: Types,
  program: NodePath<Program>,
  slice: SlicedModule,
  names: SliceNames,
): void {
  const holder = names.holderOf(slice.path);
  const pieces = slice.pieces.map(piece => {
    const node = nodeAt(types, program.node, piece.start, piece.end);
    if (!node) throw new MissingPiece(`There is nothing at offset ${piece.start} of ${slice.path}.`);
    return { node, names: piece.names };
  });
  const exported = (name: string): Statement =>
    types.expressionStatement(
      types.assignmentExpression(
        '=',
        types.memberExpression(types.identifier(holder), types.identifier(name)),
        types.identifier(name),
      ),
    );
  const hoisted: Statement[] = [];
  const others: Statement[] = [];
  for (const { node, names: own } of pieces) {
    const statement = asStatement(types, node, own[0] ?? '');
    const exports = own.map(exported);
    if (types.isFunctionDeclaration(statement)) {
      // Modules that need each other find functions as early as they would by hoisting.
      hoisted.push(...exports);
      others.push(statement);
    } else others.push(statement, ...exports);
  }
  const { node } = program;
  node.body = [...requires(types, slice.links, names), ...hoisted, ...others];
  node.directives = slice.isStrict ? [types.directive(types.directiveLiteral('use strict'))] : [];
  node.interpreter = null;
  node.sourceType = 'script';
  program.scope.crawl();
  linkModules(types, program, slice.links, names);
}

/** A declaration as it is, a declarator by itself, a value under a name. */
function asStatement(types: Types, node: Node, name: string): Statement {
  if (types.isVariableDeclarator(node)) return types.variableDeclaration('const', [node]);
  const isDeclaration = types.isFunctionDeclaration(node) || types.isClassDeclaration(node);
  if ((isDeclaration && node.id) || types.isTSEnumDeclaration(node)) return node as Statement;
  const value = isDeclaration ? (types.toExpression(node) as Expression) : (node as Expression);
  return types.variableDeclaration('const', [types.variableDeclarator(types.identifier(name), value)]);
}

/** The outermost node with these offsets; of an export, what is exported. */
function nodeAt(types: Types, program: Program, start: number, end: number): Node | undefined {
  let found: Node | undefined;
  const visit = (node: Node): void => {
    if (found || node.start == null || node.end == null) return;
    if (node.start > start || node.end < end) return;
    const isPiece = !types.isExpressionStatement(node) && !types.isVariableDeclaration(node);
    if (node.start === start && node.end === end && isPiece && !types.isProgram(node)) {
      found = node;
      return;
    }
    for (const key of types.VISITOR_KEYS[node.type] ?? []) {
      const value = (node as unknown as Record<string, Node | (Node | null)[] | null>)[key];
      for (const child of Array.isArray(value) ? value : [value]) if (child) visit(child);
    }
  };
  for (const statement of program.body) visit(statement);
  return found;
}

/** `const { createHash } = require("node:crypto");` */
function requires(
  types: Types,
  links: SlicedModule['links'],
  { interop }: SliceNames,
): VariableDeclaration[] {
  return Object.entries(links).flatMap(([name, link]) => {
    if (link.from !== 'package') return [];
    const local = types.identifier(name);
    const module = types.callExpression(types.identifier('require'), [types.stringLiteral(link.request)]);
    const value =
      link.imported === 'default' && !link.request.startsWith('node:')
        ? types.callExpression(types.identifier(interop), [module])
        : module;
    const isNamed = link.imported !== null && link.imported !== 'default';
    const key = types.isValidIdentifier(link.imported ?? '', false)
      ? types.identifier(link.imported as string)
      : types.stringLiteral(link.imported ?? '');
    const target = isNamed
      ? types.objectPattern([types.objectProperty(key, local, false, link.imported === name)])
      : local;
    return types.variableDeclaration('const', [types.variableDeclarator(target, value)]);
  });
}

/** Lets every use of what is imported read it from the module that has it. */
function linkModules(
  types: Types,
  program: NodePath<Program>,
  links: SlicedModule['links'],
  names: SliceNames,
): void {
  const read = ({ module, name }: SlicedName): Expression =>
    types.memberExpression(types.identifier(names.holderOf(module)), types.identifier(name));
  program.traverse({
    Identifier(path) {
      const link: SlicedLink | undefined = Object.hasOwn(links, path.node.name)
        ? links[path.node.name]
        : undefined;
      if (!link || link.from === 'package' || !isUse(types, path)) return;
      if (link.from === 'module') {
        replace(types, path, read(link));
        return;
      }
      const { parentPath } = path;
      const property = parentPath && propertyOf(types, path);
      const target = property ? link.properties[property] : undefined;
      if (parentPath && target) replace(types, parentPath, read(target));
    },
  });
}

/** Whether an identifier stands for the value of an imported name. */
function isUse(types: Types, path: NodePath<Identifier>): boolean {
  if (!path.isReferencedIdentifier() || path.scope.hasBinding(path.node.name, true)) return false;
  const { type } = path.parent;
  // Types go away when the code is compiled.
  const isTyped = types.isTSEnumMember(path.parent) || path.key === 'expression';
  return (!type.startsWith('TS') || isTyped) && !types.isFlowType(path.parent);
}

/** The name by which a property of what the identifier stands for is read. */
function propertyOf(types: Types, { parent, key }: NodePath<Identifier>): string | undefined {
  if (!types.isMemberExpression(parent) && !types.isOptionalMemberExpression(parent)) return undefined;
  if (key !== 'object') return undefined;
  if (types.isIdentifier(parent.property) && !parent.computed) return parent.property.name;
  return types.isStringLiteral(parent.property) ? parent.property.value : undefined;
}

/** Puts `value` there; as what is called, so that it gets no `this`. */
function replace(types: Types, path: NodePath, value: Expression): void {
  const { parent } = path;
  const isCallee =
    ((types.isCallExpression(parent) || types.isOptionalCallExpression(parent)) && path.key === 'callee') ||
    (types.isTaggedTemplateExpression(parent) && path.key === 'tag');
  if (types.isObjectProperty(parent) && path.key === 'value') parent.shorthand = false;
  path.replaceWith(isCallee ? types.sequenceExpression([types.numericLiteral(0), value]) : value);
  path.skip();
}
