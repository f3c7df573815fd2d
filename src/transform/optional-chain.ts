/**
 * Optional chains around an edit.
 *
 * `a?.b.m(x).c` is one expression: when `a` is nullish, all of it is skipped. What an edit puts around
 * `a?.b.m` would cut the chain in two, and the second half would then run. So the links left of the edit
 * are tested in front of the chain, as Babel's own transform of them does:
 * `a == null ? void 0 : <a.b.m(x), edited>.c`. Links to the right of the edit stay as they are.
 */
import type { NodePath } from '@babel/traverse';
import type { Expression, Node, OptionalCallExpression, OptionalMemberExpression } from '@babel/types';
import { repeatableReceiver } from './receiver.js';
import { type Rewriting, temporaryFor } from './rewriting.js';

type Link = OptionalMemberExpression | OptionalCallExpression;

/**
 * Makes the part of a chain that ends with `path` free of optional links, and sees to it that their tests
 * get in front of the chain. Nothing happens when there are none.
 */
export function openChain(rewriting: Rewriting, path: NodePath): void {
  const links: NodePath<Link>[] = [];
  for (let link = path; isLink(link.node); link = innerPath(rewriting, link as NodePath<Link>)) {
    links.unshift(link as NodePath<Link>);
  }
  if (!links.some(link => link.node.optional)) return;
  const tests = testsOfChain(rewriting, path);
  for (const link of links) {
    const { node } = link;
    if (node.optional) tests.push(testOf(rewriting, link));
    makePlain(node);
  }
  // What follows belongs to a chain only from its next optional link on.
  for (let next = continuation(rewriting, path); isLink(next.node) && !next.node.optional; ) {
    makePlain(next.node);
    next = continuation(rewriting, next);
  }
}

/** Whether what stands at `path` goes on in a chain: cutting it off there would change what is skipped. */
export function isContinued(rewriting: Rewriting, path: NodePath): boolean {
  return path !== continuation(rewriting, path);
}

/** The list of tests of the chain that `path` belongs to, which is put in front of it in the end. */
function testsOfChain(rewriting: Rewriting, path: NodePath): Expression[] {
  let root = path;
  for (let next = continuation(rewriting, root); next !== root; next = continuation(rewriting, root)) {
    root = next;
  }
  const known = rewriting.chainTests.get(root);
  if (known) return known;
  const tests: Expression[] = [];
  rewriting.chainTests.set(root, tests);
  const { start, end } = root.node;
  rewriting.afterwards.push({
    start: start ?? 0,
    end: end ?? 0,
    apply: () => putTestsInFront(rewriting, root, tests),
  });
  return tests;
}

function putTestsInFront({ types }: Rewriting, root: NodePath, tests: Expression[]): void {
  const test = tests.reduce((left, right) => types.logicalExpression('||', left, right));
  // `delete a?.b` is true when `a` is nullish; the operator has to stay with the member it deletes.
  const isDeleted = types.isUnaryExpression(root.parent, { operator: 'delete' });
  const whole = isDeleted ? (root.parentPath as NodePath) : root;
  const skipped = isDeleted
    ? types.booleanLiteral(true)
    : types.unaryExpression('void', types.numericLiteral(0));
  whole.replaceWith(types.conditionalExpression(test, skipped, whole.node as Expression));
}

/** The next link of the chain after what stands at `path`, or `path` itself if it is the last. */
function continuation({ types }: Rewriting, path: NodePath): NodePath {
  let inner = path;
  while (inner.parentPath && types.isTSNonNullExpression(inner.parent)) inner = inner.parentPath;
  // An argument or a computed key stands in a link, but is no part of the chain.
  const continues = inner.key === 'object' || inner.key === 'callee';
  return continues && inner.parentPath && isLink(inner.parentPath.node) ? inner.parentPath : path;
}

/** `(_a = a) == null`, leaving `_a` in the place of `a`; a name needs no temporary. */
function testOf(rewriting: Rewriting, link: NodePath<Link>): Expression {
  const { types } = rewriting;
  const isNullish = (value: Expression) => types.binaryExpression('==', value, types.nullLiteral());
  const { node } = link;
  const inner = innerPath(rewriting, link);
  const value = inner.node as Expression;
  const isName = types.isIdentifier(value) && link.scope.hasBinding(value.name, true);
  if (isName || types.isThisExpression(value)) return isNullish(types.cloneNode(value));
  const base = temporaryFor(link, value);
  if (types.isOptionalCallExpression(node) && types.isMemberExpression(value)) {
    // `o.m?.(x)` calls `m` on `o`: both are needed again.
    node.arguments.unshift(repeatableReceiver(rewriting, link, value));
    node.callee = types.memberExpression(types.cloneNode(base), types.identifier('call'));
  } else {
    inner.replaceWith(types.cloneNode(base));
  }
  return isNullish(types.assignmentExpression('=', base, value));
}

/**
 * Turns a link into the plain member or call that it is once its chain is tested. In place, as the paths of
 * edits that are still to come lead through it.
 */
function makePlain(link: Link): void {
  const plain = link as { type: string; optional?: boolean };
  plain.type = link.type === 'OptionalMemberExpression' ? 'MemberExpression' : 'CallExpression';
  delete plain.optional;
}

function isLink(node: Node): node is Link {
  return node.type === 'OptionalMemberExpression' || node.type === 'OptionalCallExpression';
}

/** The path of what `link` continues: its object or its callee. */
function innerPath({ types }: Rewriting, link: NodePath<Link>): NodePath {
  let inner = link.get(link.node.type === 'OptionalMemberExpression' ? 'object' : 'callee') as NodePath;
  while (types.isTSNonNullExpression(inner.node)) inner = inner.get('expression') as NodePath;
  return inner;
}
