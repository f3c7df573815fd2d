/**
 * What every edit of one module works with: Babel's node builders, the program, the imports from the
 * runtime, and what has to be emitted elsewhere than at the edit itself.
 *
 * The builders are handed in (`api.types` of the Babel that runs us) and never imported: Babel 7 and 8
 * each accept only nodes of their own making.
 */
import type { NodePath } from '@babel/traverse';
import type * as BabelTypes from '@babel/types';
import type { Edit } from '../plan/edit.js';
import type { PlannedHandler } from '../plan/plan.js';
import type { ParallelRuntimeFunction, RuntimeImport } from './runtime-import.js';
import type { ParallelCode } from './wrap-parallel.js';

/** `types` as `@babel/core` hands it to plugins. */
export type Types = Omit<typeof BabelTypes, 'default'>;

/** A statement that has to run before anything else of a body. */
export interface Prologue {
  body: NodePath;
  /** Offset in the source; the prologues of one body run in this order. */
  order: number;
  statement: BabelTypes.Statement;
}

/**
 * Something to be done to an expression once all edits inside it have been applied, although the edit that
 * asks for it is one of those.
 */
export interface Afterwards {
  /** The offsets of the expression in the source. */
  start: number;
  end: number;
  apply(): void;
}

export type PlaceSection = Extract<Edit, { kind: 'place-section' }>;

export interface Rewriting {
  types: Types;
  program: NodePath<BabelTypes.Program>;
  runtime: RuntimeImport;
  /** The other entry, which only modules with parallel functions load. */
  parallelRuntime: RuntimeImport<ParallelRuntimeFunction>;
  parallel: (id: string) => ParallelCode;
  handlers: ReadonlyMap<string, PlannedHandler>;
  /** Applied when everything else has its place, as they move statements. */
  sections: { edit: PlaceSection; path: NodePath; guard: string }[];
  /** Inserted after all edits, so that no edit finds its neighbours moved. */
  prologues: Prologue[];
  afterwards: Afterwards[];
  /** Offsets of the author's nodes that were given something away from the places of the edits. */
  elsewhere: number[];
  /** The tests of the optional chains that have been opened, by the root of the chain. */
  chainTests: Map<NodePath, BabelTypes.Expression[]>;
}

/** Gives a generated node the place of the author's node it stands for, so that source maps lead there. */
export function placedAt<Node extends BabelTypes.Node>(node: Node, original: BabelTypes.Node): Node {
  if (original.loc) node.loc = original.loc;
  return node;
}

/** A variable of the function around `path`, named after the expression whose value it is to keep. */
export function temporaryFor(path: NodePath, expression: BabelTypes.Node): BabelTypes.Identifier {
  const id = path.scope.generateUidIdentifierBasedOnNode(expression, 'value');
  path.scope.push({ id });
  return id;
}

/** Whether the node adds only types or parentheses to an expression, and nothing to its value. */
export function isTransparent(
  types: Types,
  node: BabelTypes.Node | null | undefined,
): node is BabelTypes.Node & { expression: BabelTypes.Expression } {
  return (
    types.isParenthesizedExpression(node) ||
    types.isTSAsExpression(node) ||
    types.isTSSatisfiesExpression(node) ||
    types.isTSNonNullExpression(node) ||
    types.isTSTypeAssertion(node)
  );
}
