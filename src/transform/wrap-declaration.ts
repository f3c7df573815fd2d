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
  SwitchStatement,
} from '@babel/types';
import type { PlannedHandler } from '../plan/plan.js';
import { needsOf } from './needs.js';
import { placedAt, type Rewriting } from './rewriting.js';
import { scheduleCall } from './wrap-expression.js';

/** Gives the binding of the function declaration at `path` the scheduled function. */
export function scheduleDeclaration(rewriting: Rewriting, path: NodePath, handler: PlannedHandler): void {
  wrapDeclaration(rewriting, path, (fn, place, name) =>
    scheduleCall(rewriting, handler, fn, needsOf(rewriting.types, handler, name), place),
  );
}

/**
 * Gives the binding of the function declaration at `path` what `wrap` makes of the function.
 * @param wrap is told the name that the function has in place of that of the binding, if it has one
 */
export function wrapDeclaration(
  rewriting: Rewriting,
  path: NodePath,
  wrap: (fn: Identifier, place: Identifier, name: string | undefined) => Expression,
): void {
  const { types } = rewriting;
  const declaration = path.node as FunctionDeclaration;
  const statement = outermostStatement(rewriting, path);
  if (isRedeclaredLater(rewriting, statement, declaration)) return;

  const name = declaration.id ? undefined : 'default';
  if (!declaration.id) nameDefaultExport(path, declaration);
  const place = declaration.id as Identifier;
  const reference = () => placedAt(types.identifier(place.name), place);
  const wrapped = wrap(reference(), place, name);
  const assignment = placedAt(types.assignmentExpression('=', reference(), wrapped), place);
  runFirst(rewriting, statement, declaration.start ?? 0, assignment);
}

/** `export default function () {}` is hoisted as others are; what is assigned to needs a name. */
function nameDefaultExport(path: NodePath, declaration: FunctionDeclaration): void {
  const { scope } = path.parentPath as NodePath;
  declaration.id = placedAt(scope.generateUidIdentifier('default'), declaration);
  scope.registerDeclaration(path);
  scope.getBinding(declaration.id.name)?.reference(path.parentPath as NodePath);
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
    runFirstInSwitch(rewriting, parentPath as NodePath<SwitchCase>, statement, assignment);
  } else if (types.isIfStatement(parent)) {
    // `if (x) function f() {}`, allowed in sloppy mode, means the same as with the block.
    const block: BlockStatement = types.blockStatement([asStatement(), statement.node as Statement]);
    statement.replaceWith(block);
  } else {
    rewriting.prologues.push({ body: parentPath as NodePath, order, statement: asStatement() });
  }
}

/**
 * The cases of a `switch` share one scope, which has no start where a statement could stand: the first test
 * that it evaluates is its start. The assignment is repeated after the declaration, for compilers to ES5 that
 * make the function only there; scheduling what is scheduled changes nothing.
 */
function runFirstInSwitch(
  { types, afterwards, elsewhere }: Rewriting,
  own: NodePath<SwitchCase>,
  statement: NodePath,
  assignment: Expression,
): void {
  const whole = own.parentPath as NodePath<SwitchStatement>;
  afterwards.push({
    start: whole.node.start ?? 0,
    end: whole.node.end ?? 0,
    apply() {
      const again = () => placedAt(types.expressionStatement(types.cloneNode(assignment)), assignment);
      const { consequent } = own.node;
      consequent.splice(consequent.indexOf(statement.node as Statement) + 1, 0, again());
      const tested = whole.node.cases.find(({ test }) => test);
      for (const place of [own.node.start, tested?.test?.start]) if (place != null) elsewhere.push(place);
      if (tested?.test) tested.test = types.sequenceExpression([assignment, tested.test]);
      // With a `default` only, there is one list of statements.
      else consequent.unshift(again());
    },
  });
}
