/**
 * `parallel-expression`, `parallel-declaration`: a function that may run in another thread; `moving`: a call of one.
 *
 *     export async function digest(data) { ... }
 *
 * becomes, with the function itself as its author wrote it, at the start of the module
 *
 *     digest = _parallel("src/digest.js#digest", digest, { source: "...", lines: {...}, from: import.meta.url });
 *
 * so that whoever calls it, exports it or hands it on means the one that may run elsewhere. In the worker, where `source` is
 * evaluated, the functions of the program are not wrapped.
 */
import type { NodePath } from '@babel/traverse';
import type { CallExpression, Expression, Node } from '@babel/types';
import type { PlannedParallel } from '../plan/plan.js';
import { type InferredName, inferredName } from './inferred-name.js';
import { repeatableKey } from './property-key.js';
import { placedAt, type Rewriting } from './rewriting.js';
import { wrapDeclaration } from './wrap-declaration.js';

/** A source map of nothing but lines, with files as the program's messages name them. */
export interface LineMap {
  sources: readonly string[];
  mappings: string;
}

/** What is emitted for a parallel function. */
export interface ParallelCode {
  /** The body of a function with the one parameter `require` that returns the function. */
  source: string;
  /** Where the lines of `source` are from, if that is not in a source map at its end. */
  lines: LineMap | null;
  /** The classes of errors that the function may throw, with their names in the module. */
  errors: PlannedParallel['errors'];
  /** Whether the module has become a CommonJS module when it runs. */
  isCommonJs: boolean;
}

/** Gives the binding of the function declaration at `path` the parallel function. */
export function wrapParallelDeclaration(rewriting: Rewriting, path: NodePath, id: string): void {
  wrapDeclaration(rewriting, path, (fn, place) => parallelCall(rewriting, id, fn, place));
}

/** Puts the parallel function in the place of the expression at `path`. */
export function wrapParallelExpression(rewriting: Rewriting, path: NodePath, id: string): void {
  const { types } = rewriting;
  const original = path.node as Expression;
  const fn = named(rewriting, path, inferredName(types, path));
  path.replaceWith(parallelCall(rewriting, id, fn, original));
}

/** The function with the name that its place gives it, read off an object: it stands there no more. */
function named(rewriting: Rewriting, path: NodePath, name: InferredName): Expression {
  const { types } = rewriting;
  const original = path.node as Expression;
  if (name.kind === 'none') return original;
  const isIdentifier = name.kind === 'static' && types.isValidIdentifier(name.name, false);
  const key =
    name.kind === 'computed'
      ? repeatableKey(rewriting, name.owner)
      : () => (isIdentifier ? types.identifier(name.name) : types.stringLiteral(name.name));
  const isComputed = !isIdentifier;
  const literal = types.objectExpression([types.objectProperty(key(), original, name.kind === 'computed')]);
  return types.memberExpression(literal, key(), isComputed);
}

/** `digest(data)` becomes `_moving(digest, 0)(data)`. */
export function moveBuffers(
  { types, parallelRuntime }: Rewriting,
  path: NodePath,
  moved: readonly number[],
): void {
  const call = path.node as CallExpression;
  const callee = placedAt(parallelRuntime.reference('moving'), call.callee);
  const numbers = moved.map(index => types.numericLiteral(index));
  call.callee = placedAt(types.callExpression(callee, [call.callee as Expression, ...numbers]), call.callee);
}

function parallelCall(rewriting: Rewriting, id: string, fn: Expression, original: Node): Expression {
  const { types, parallelRuntime } = rewriting;
  const { source, lines, errors, isCommonJs } = rewriting.parallel(id);
  const from =
    parallelRuntime.isModule && !isCommonJs
      ? types.memberExpression(
          types.metaProperty(types.identifier('import'), types.identifier('meta')),
          types.identifier('url'),
        )
      : types.identifier('__filename');
  const property = (name: string, value: Expression) => types.objectProperty(types.identifier(name), value);
  const code = [property('source', types.stringLiteral(source))];
  if (lines) {
    const sources = types.arrayExpression(lines.sources.map(name => types.stringLiteral(name)));
    const map = [property('sources', sources), property('mappings', types.stringLiteral(lines.mappings))];
    code.push(property('lines', types.objectExpression(map)));
  }
  code.push(property('from', from));
  if (errors.length > 0) {
    const classes = errors.map(({ className, name }) =>
      types.objectProperty(types.identifier(className), types.identifier(name), false, className === name),
    );
    code.push(property('classes', types.arrowFunctionExpression([], types.objectExpression(classes))));
  }
  const callee = placedAt(parallelRuntime.reference('parallel'), original);
  return placedAt(
    types.callExpression(callee, [types.stringLiteral(id), fn, types.objectExpression(code)]),
    original,
  );
}
