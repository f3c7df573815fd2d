/**
 * What a piece of syntax uses that is not declared in it: the names, and the other ways out (`this`, `import.meta`).
 *
 * The intermediate form has no place for what holds only primitives, and a name that is read without being there in the
 * worker is an error all the same. So the tree is asked here, with the scopes of the language and nothing more.
 */
import type { Node } from '@babel/types';
import { childrenOf, type FunctionNode, isFunction } from '../graph/syntax.js';

/** A name that is declared outside. */
export interface OuterName {
  kind: 'name';
  name: string;
  at: number;
  /** Something is assigned to it. */
  isWrite: boolean;
  /** It is called. */
  isCall: boolean;
  /** The property that it is asked for by its name, and nothing else: `path.join`. */
  property: string | null;
}

/** A way out that has no name. */
export interface OuterThing {
  kind: 'this' | 'import.meta' | 'import()' | 'JSX' | 'with' | 'await' | 'decorator';
  at: number;
}

export type Outer = OuterName | OuterThing;

interface Scope {
  names: Set<string>;
  parent: Scope | null;
}

interface Around {
  scope: Scope;
  /** There is a `this` inside of the piece. */
  hasThis: boolean;
  /** Inside of a function of the piece. */
  isInFunction: boolean;
}

/**
 * All that `piece` uses of the outside, in the order of the source.
 * @param ownThis whether the `this` of the piece, if that is a function, is its own business
 */
export function outerNamesOf(piece: Node, ownThis: boolean): Outer[] {
  const walk = new Walk();
  const around: Around = { scope: { names: new Set(), parent: null }, hasThis: false, isInFunction: false };
  if (isFunction(piece)) walk.fn(piece, around, ownThis);
  else walk.visit(piece, around);
  return walk.found.sort((a, b) => a.at - b.at);
}

/** The names that a pattern binds, with where. */
export function namesOfPattern(node: Node): { name: string; at: number }[] {
  switch (node.type) {
    case 'Identifier':
      return [{ name: node.name, at: node.start ?? 0 }];
    case 'ObjectPattern':
      return node.properties.flatMap(p => namesOfPattern(p.type === 'RestElement' ? p.argument : p.value));
    case 'ArrayPattern':
      return node.elements.flatMap(e => (e ? namesOfPattern(e) : []));
    case 'AssignmentPattern':
      return namesOfPattern(node.left);
    case 'RestElement':
      return namesOfPattern(node.argument);
    case 'TSParameterProperty':
      return namesOfPattern(node.parameter);
    default:
      return [];
  }
}

/** What adds types to an expression, and nothing to its value. */
const TYPED: ReadonlySet<string> = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
  'TypeCastExpression',
]);
/** Types of TypeScript and Flow: they are gone when the code runs. */
const isType = ({ type }: Node): boolean =>
  (type.startsWith('TS') && !TYPED.has(type) && type !== 'TSEnumDeclaration') ||
  type === 'TypeAnnotation' ||
  type.startsWith('TypeParameter') ||
  type === 'TypeAlias' ||
  type === 'InterfaceDeclaration';

class Walk {
  readonly found: Outer[] = [];

  visit(node: Node, around: Around): void {
    const { scope } = around;
    if (TYPED.has(node.type)) {
      this.visit((node as unknown as { expression: Node }).expression, around);
      return;
    }
    if (isType(node)) return;
    if (isFunction(node)) {
      if (node.type !== 'FunctionDeclaration' && 'key' in node && node.computed) this.visit(node.key, around);
      this.fn(node, around, true);
      return;
    }
    switch (node.type) {
      case 'Identifier':
        this.name(node, around);
        return;
      case 'ThisExpression':
        if (!around.hasThis) this.found.push({ kind: 'this', at: node.start ?? 0 });
        return;
      case 'MetaProperty':
        if (node.meta.name === 'import') this.found.push({ kind: 'import.meta', at: node.start ?? 0 });
        return;
      case 'Import':
      case 'ImportExpression':
        this.found.push({ kind: 'import()', at: node.start ?? 0 });
        break;
      case 'JSXElement':
      case 'JSXFragment':
        this.found.push({ kind: 'JSX', at: node.start ?? 0 });
        return;
      case 'WithStatement':
        this.found.push({ kind: 'with', at: node.start ?? 0 });
        return;
      case 'Decorator':
        this.found.push({ kind: 'decorator', at: node.start ?? 0 });
        return;
      case 'AwaitExpression':
        if (!around.isInFunction) this.found.push({ kind: 'await', at: node.start ?? 0 });
        break;
      case 'CallExpression':
      case 'OptionalCallExpression':
      case 'NewExpression':
        this.call(node, around);
        return;
      case 'MemberExpression':
      case 'OptionalMemberExpression':
        this.member(node, around);
        return;
      case 'ObjectProperty':
        if (node.computed) this.visit(node.key, around);
        this.visit(node.value, around);
        return;
      case 'ClassProperty':
      case 'ClassPrivateProperty':
      case 'ClassAccessorProperty':
        for (const decorator of node.decorators ?? []) this.visit(decorator, around);
        if ('computed' in node && node.computed) this.visit(node.key, around);
        if (node.value) this.visit(node.value, { ...around, hasThis: true });
        return;
      case 'StaticBlock':
        this.statements(node.body, { ...around, scope: inner(scope), hasThis: true }, true);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression': {
        const own = inner(scope);
        if (node.id) own.names.add(node.id.name);
        for (const decorator of node.decorators ?? []) this.visit(decorator, around);
        if (node.superClass) this.visit(node.superClass, around);
        this.visit(node.body, { ...around, scope: own });
        return;
      }
      case 'VariableDeclarator':
        this.pattern(node.id, around);
        if (node.init) this.visit(node.init, around);
        return;
      case 'AssignmentExpression':
        this.target(node.left, around, node.operator !== '=');
        this.visit(node.right, around);
        return;
      case 'UpdateExpression':
        this.target(node.argument, around, true);
        return;
      case 'CatchClause': {
        const own = inner(scope);
        if (node.param) {
          for (const { name } of namesOfPattern(node.param)) own.names.add(name);
          this.pattern(node.param, { ...around, scope: own });
        }
        this.visit(node.body, { ...around, scope: own });
        return;
      }
      case 'BlockStatement':
        this.statements(node.body, { ...around, scope: inner(scope) }, false);
        return;
      case 'SwitchStatement':
        this.visit(node.discriminant, around);
        this.cases(node.cases, { ...around, scope: inner(scope) });
        return;
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
        this.loop(node, { ...around, scope: inner(scope) });
        return;
      case 'LabeledStatement':
        this.visit(node.body, around);
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
        return;
      case 'TSEnumDeclaration':
        for (const member of membersOf(node)) if (member.initializer) this.visit(member.initializer, around);
        return;
    }
    for (const child of childrenOf(node)) this.visit(child, around);
  }

  /** A function: its parameters and its body, in a scope of its own. */
  fn(node: FunctionNode, around: Around, ownThis: boolean): void {
    const scope = inner(around.scope);
    const isArrow = node.type === 'ArrowFunctionExpression';
    if (node.type === 'FunctionExpression' && node.id) scope.names.add(node.id.name);
    if (!isArrow) scope.names.add('arguments');
    for (const param of node.params) for (const { name } of namesOfPattern(param)) scope.names.add(name);
    const hasThis = isArrow ? around.hasThis : ownThis;
    const here: Around = { scope, hasThis, isInFunction: true };
    for (const param of node.params) this.pattern(param, here);
    if (node.body.type === 'BlockStatement') this.statements(node.body.body, here, true);
    else this.visit(node.body, here);
  }

  private statements(nodes: readonly Node[], around: Around, isBody: boolean): void {
    declare(around.scope, nodes, isBody);
    for (const node of nodes) this.visit(node, around);
  }

  private cases(cases: readonly Extract<Node, { type: 'SwitchCase' }>[], around: Around): void {
    for (const { consequent } of cases) declare(around.scope, consequent, false);
    for (const { test, consequent } of cases) {
      if (test) this.visit(test, around);
      for (const node of consequent) this.visit(node, around);
    }
  }

  private loop(
    node: Extract<Node, { type: 'ForStatement' | 'ForInStatement' | 'ForOfStatement' }>,
    around: Around,
  ): void {
    const head = node.type === 'ForStatement' ? node.init : node.left;
    if (head?.type === 'VariableDeclaration') declare(around.scope, [head], false);
    if (node.type === 'ForStatement') {
      for (const part of [node.init, node.test, node.update]) if (part) this.visit(part, around);
    } else {
      if (node.left.type === 'VariableDeclaration') this.visit(node.left, around);
      else this.target(node.left, around, false);
      this.visit(node.right, around);
    }
    this.visit(node.body, around);
  }

  private call(
    node: Extract<Node, { type: 'CallExpression' | 'OptionalCallExpression' | 'NewExpression' }>,
    around: Around,
  ): void {
    const { callee } = node;
    if (callee.type === 'Identifier') this.name(callee, around, { isCall: true });
    else this.visit(callee, around);
    for (const argument of node.arguments) this.visit(argument, around);
  }

  private member(
    node: Extract<Node, { type: 'MemberExpression' | 'OptionalMemberExpression' }>,
    around: Around,
  ): void {
    const { object, property, computed } = node;
    const asked =
      property.type === 'Identifier' && !computed
        ? property.name
        : property.type === 'StringLiteral'
          ? property.value
          : null;
    if (object.type === 'Identifier') this.name(object, around, { property: asked });
    else this.visit(object, around);
    if (computed) this.visit(property, around);
  }

  /** What a declaration or parameter evaluates: initial values and computed keys. */
  private pattern(node: Node, around: Around): void {
    switch (node.type) {
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'ObjectProperty' && property.computed) this.visit(property.key, around);
          this.pattern(property.type === 'RestElement' ? property.argument : property.value, around);
        }
        return;
      case 'ArrayPattern':
        for (const element of node.elements) if (element) this.pattern(element, around);
        return;
      case 'AssignmentPattern':
        this.pattern(node.left, around);
        this.visit(node.right, around);
        return;
      case 'RestElement':
        this.pattern(node.argument, around);
        return;
      case 'TSParameterProperty':
        this.pattern(node.parameter, around);
    }
  }

  /** What is assigned to. */
  private target(node: Node, around: Around, isRead: boolean): void {
    switch (node.type) {
      case 'Identifier':
        this.name(node, around, { isWrite: true });
        return;
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'ObjectProperty' && property.computed) this.visit(property.key, around);
          const inside = property.type === 'RestElement' ? property.argument : property.value;
          this.target(inside, around, isRead);
        }
        return;
      case 'ArrayPattern':
        for (const element of node.elements) if (element) this.target(element, around, isRead);
        return;
      case 'AssignmentPattern':
        this.target(node.left, around, isRead);
        this.visit(node.right, around);
        return;
      case 'RestElement':
        this.target(node.argument, around, isRead);
        return;
      default:
        this.visit(node, around);
    }
  }

  private name(
    { name, start }: Extract<Node, { type: 'Identifier' }>,
    { scope }: Around,
    use: Partial<OuterName> = {},
  ): void {
    for (let each: Scope | null = scope; each; each = each.parent) if (each.names.has(name)) return;
    this.found.push({
      kind: 'name',
      name,
      at: start ?? 0,
      isWrite: false,
      isCall: false,
      property: null,
      ...use,
    });
  }
}

const inner = (parent: Scope): Scope => ({ names: new Set(), parent });

/** The members of an enum, which Babel 7 and 8 keep in different places. */
function membersOf(node: Extract<Node, { type: 'TSEnumDeclaration' }>): { initializer?: Node | null }[] {
  const { members, body } = node as Pick<typeof node, 'body'> & { members?: { initializer?: Node | null }[] };
  return members ?? body?.members ?? [];
}

/** Declares what a list of statements binds; of a function's body, the `var`s in nested statements as well. */
function declare(scope: Scope, nodes: readonly Node[], isBody: boolean): void {
  for (const node of nodes) {
    switch (node.type) {
      case 'VariableDeclaration':
        for (const { id } of node.declarations)
          for (const { name } of namesOfPattern(id)) scope.names.add(name);
        break;
      case 'FunctionDeclaration':
      case 'ClassDeclaration':
      case 'TSEnumDeclaration':
        if (node.id) scope.names.add(node.id.name);
        break;
    }
    if (isBody) hoist(scope, node);
  }
}

/** Declares the `var`s in nested statements. Sloppy code would the functions, too: without, they are names of the outside. */
function hoist(scope: Scope, node: Node): void {
  if (node.type === 'VariableDeclaration' && node.kind === 'var')
    for (const { id } of node.declarations) for (const { name } of namesOfPattern(id)) scope.names.add(name);
  if (!node.type.endsWith('Statement') && !STATEMENT_PARTS.has(node.type)) return;
  if (node.type === 'ExpressionStatement' || node.type === 'ReturnStatement') return;
  for (const child of childrenOf(node)) hoist(scope, child);
}

const STATEMENT_PARTS: ReadonlySet<string> = new Set(['VariableDeclaration', 'SwitchCase', 'CatchClause']);
