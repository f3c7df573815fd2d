/**
 * `wrap-declaration`: a function declaration stays as its author wrote it, and at the start of its scope
 * its binding is given the scheduled function:
 *
 *     export async function add(item) { ... }      add = _schedule("src/cart.ts#add", add, { ... });
 *
 * Turning it into `export const add = _schedule(...)` would be shorter, and wrong: the declaration is
 * hoisted, so that modules of an import cycle and code above it may refer to it; and its name, its `export`
 * and its stack frames are the author's. The assignment runs before anything else in the scope can read
 * the binding, and ES modules and their CommonJS form pass it on to importers, as exports are live.
 */
import type { NodePath } from '@babel/traverse';
import type {
  BlockStatement,
  Expression,
  FunctionDeclaration,
  Identifier,
  Statement,
  SwitchCase,
} from '@babel/types';
import type { PlannedHandler } from '../plan/plan.js';
import { needsOf } from './needs.js';
import { placedAt, type Rewriting } from './rewriting.js';
import { scheduleCall } from './wrap-expression.js';

/** Gives the binding of the function declaration at `path` the scheduled function. */
export function wrapDeclaration(rewriting: Rewriting, path: NodePath, handler: PlannedHandler): void {
  const { types } = rewriting;
  const declaration = path.node as FunctionDeclaration;
  const statement = outermostStatement(rewriting, path);
  if (isRedeclaredLater(rewriting, statement, declaration)) return;

  const name = declaration.id ? undefined : 'default';
  if (!declaration.id) {
    // `export default function () {}` is hoisted too; a binding keeps it so.
    declaration.id = placedAt(path.scope.parent.generateUidIdentifier('default'), declaration);
  }
  const place = declaration.id as Identifier;
  const reference = () => placedAt(types.identifier(place.name), place);
  const scheduled = scheduleCall(rewriting, handler, reference(), needsOf(types, handler, name), place);
  const assignment = placedAt(types.assignmentExpression('=', reference(), scheduled), place);
  runFirst(rewriting, statement, declaration.start ?? 0, assignment);
}

/** The statement that stands in the body: the declaration itself, its export, or its label. */
function outermostStatement({ types }: Rewriting, path: NodePath): NodePath {
  let statement = path;
  while (
    types.isExportNamedDeclaration(statement.parent) ||
    types.isExportDefaultDeclaration(statement.parent) ||
    types.isLabeledStatement(statement.parent)
  ) {
    statement = statement.parentPath as NodePath;
  }
  return statement;
}

/** Of several declarations of one name the last holds the binding, and the others are never seen. */
function isRedeclaredLater(
  { types }: Rewriting,
  statement: NodePath,
  declaration: FunctionDeclaration,
): boolean {
  if (!declaration.id || !Array.isArray(statement.container)) return false;
  const { name } = declaration.id;
  const later = statement.container.slice((statement.key as number) + 1) as Statement[];
  return later.some(sibling => types.isFunctionDeclaration(sibling) && sibling.id?.name === name);
}

/** Puts `assignment` where it is evaluated once, before everything else in the scope of `statement`. */
function runFirst(rewriting: Rewriting, statement: NodePath, order: number, assignment: Expression): void {
  const { types } = rewriting;
  const { parent, parentPath } = statement;
  const asStatement = () => placedAt(types.expressionStatement(assignment), assignment);
  if (types.isSwitchCase(parent)) {
    // The cases of a `switch` share one scope, which has no start where a statement could stand: the first
    // test that it evaluates is the start.
    const cases = parentPath?.parentPath?.get('cases') as NodePath[];
    const tested = cases.find(path => types.isSwitchCase(path.node) && path.node.test);
    if (tested && types.isSwitchCase(tested.node) && tested.node.test) {
      tested.node.test = types.sequenceExpression([assignment, tested.node.test]);
    } else {
      (cases[0] as NodePath<SwitchCase>).node.consequent.unshift(asStatement());
    }
  } else if (types.isIfStatement(parent)) {
    // `if (x) function f() {}`, allowed in sloppy mode, means the same as with the block.
    const block: BlockStatement = types.blockStatement([asStatement(), statement.node as Statement]);
    statement.replaceWith(block);
  } else {
    rewriting.prologues.push({ body: parentPath as NodePath, order, statement: asStatement() });
  }
}
