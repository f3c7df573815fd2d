/**
 * The syntax as it is: what is at a place, what a node is, which names it uses.
 *
 * The intermediate form drops what the analysis can do without: which key an element has that is read, whether anybody takes
 * the result of a call. Those who need that look it up in the tree.
 */
import type {
  File,
  ImportDefaultSpecifier,
  ImportNamespaceSpecifier,
  ImportSpecifier,
  Node,
} from '@babel/types';
import { lastThat } from '../order/last-that.js';

/** The nodes around a span, the outermost first; the last one is the smallest that holds it all. */
export function nodesAround(file: File, start: number, end: number): Node[] {
  const path: Node[] = [];
  let inner: Node | undefined = file.program;
  while (inner) {
    path.push(inner);
    inner = childAround(inner, start, end);
  }
  return path;
}

function childAround(node: Node, start: number, end: number): Node | undefined {
  const isAround = (child: Node): boolean => (child.start ?? 0) <= start && end <= (child.end ?? -1);
  if (node.type === 'Program') {
    // Modules can have thousands of statements.
    const statement = lastThat(node.body, child => (child.start ?? 0) <= start);
    if (statement && isAround(statement)) return statement;
  }
  return childrenOf(node).find(isAround);
}

/** The direct children of a node. */
export function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flatMap((value: unknown) => (Array.isArray(value) ? value : [value]))
    .filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** What is called and has a body. */
export type FunctionNode = Extract<
  Node,
  {
    type:
      | 'FunctionDeclaration'
      | 'FunctionExpression'
      | 'ArrowFunctionExpression'
      | 'ObjectMethod'
      | 'ClassMethod'
      | 'ClassPrivateMethod';
  }
>;

const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ObjectMethod',
  'ClassMethod',
  'ClassPrivateMethod',
]);

export const isFunction = (node: Node): node is FunctionNode => FUNCTIONS.has(node.type);

const LOOPS: ReadonlySet<string> = new Set([
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
]);

export const isLoop = ({ type }: Node): boolean => LOOPS.has(type);

/** The name under which another module exports what is imported; null for its namespace. */
export function importedName(
  specifier: ImportSpecifier | ImportDefaultSpecifier | ImportNamespaceSpecifier,
): string | null {
  if (specifier.type === 'ImportNamespaceSpecifier') return null;
  if (specifier.type === 'ImportDefaultSpecifier') return 'default';
  const { imported } = specifier;
  return imported.type === 'Identifier' ? imported.name : imported.value;
}

/** All names that an expression uses as values: not those of properties. */
export function namesIn(node: Node): string[] {
  if (node.type === 'Identifier') return [node.name];
  const isMember = node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression';
  const isProperty = node.type === 'ObjectProperty';
  return childrenOf(node).flatMap(child => {
    if (isMember && child === node.property && !node.computed) return [];
    if (isProperty && child === node.key && !node.computed) return [];
    return namesIn(child);
  });
}

/** What stands around an expression without changing its value. */
const TRANSPARENT = new Set([
  'ParenthesizedExpression',
  'TSNonNullExpression',
  'TSAsExpression',
  'TSSatisfiesExpression',
  'ChainExpression',
]);

/** The node that takes the value of the last of `path`. */
export function consumerOf(path: readonly Node[]): Node | undefined {
  for (let i = path.length - 2; i >= 0; i--) {
    const node = path[i] as Node;
    const inner = path[i + 1] as Node;
    if (TRANSPARENT.has(node.type)) continue;
    if (node.type === 'LogicalExpression' && node.right === inner) continue;
    if (node.type === 'ConditionalExpression' && node.test !== inner) continue;
    if (node.type === 'SequenceExpression' && node.expressions.at(-1) === inner) continue;
    return node;
  }
  return undefined;
}

const REACTIONS: ReadonlySet<string> = new Set(['then', 'catch', 'finally']);

/** Whether nobody gets the promise that the last of `path` gives, or what its reactions give. */
export function isDropped(path: readonly Node[]): boolean {
  const consumer = consumerOf(path);
  if (consumer?.type === 'ExpressionStatement') return true;
  if (consumer?.type === 'UnaryExpression') return consumer.operator === 'void';
  if (consumer?.type !== 'MemberExpression' && consumer?.type !== 'OptionalMemberExpression') return false;
  const { property } = consumer;
  if (property.type !== 'Identifier' || !REACTIONS.has(property.name)) return false;
  const call = path.indexOf(consumer) - 1;
  const { type } = path[call] as Node;
  return (
    (type === 'CallExpression' || type === 'OptionalCallExpression') && isDropped(path.slice(0, call + 1))
  );
}

/** A piece of source as messages quote it. */
export function quote(code: string, { start, end }: Pick<Node, 'start' | 'end'>): string {
  const text = code.slice(start ?? 0, end ?? 0).replace(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
