/**
 * Inserts the statements that have to run before anything else of a body: after the imports of a module,
 * first in a function or block, and in a static block of their own in a class.
 *
 * On the nodes, as no traversal has begun that would have to be told.
 */
import type { NodePath } from '@babel/traverse';
import type { BlockStatement, Program, Statement } from '@babel/types';
import type { Prologue, Rewriting } from './rewriting.js';

/** Inserts all prologues that the edits asked for. The import from the runtime must be there already. */
export function insertPrologues(rewriting: Rewriting): void {
  const byBody = new Map<NodePath, Prologue[]>();
  for (const prologue of rewriting.prologues) {
    byBody.set(prologue.body, [...(byBody.get(prologue.body) ?? []), prologue]);
  }
  for (const [body, prologues] of byBody) {
    const statements = prologues.sort((a, b) => a.order - b.order).map(prologue => prologue.statement);
    insertFirst(rewriting, body, statements);
  }
}

function insertFirst({ types, program }: Rewriting, body: NodePath, statements: Statement[]): void {
  if (types.isClassBody(body.node)) {
    body.node.body.unshift(types.staticBlock(statements));
    return;
  }
  const existing = (body.node as Program | BlockStatement).body;
  existing.splice(body === program ? leadingImports(existing) : 0, 0, ...statements);
}

/**
 * How many statements at the top import something or were put there by us (the `require` of the runtime,
 * temporaries), which is to say that they have no place in the source.
 */
function leadingImports(statements: readonly Statement[]): number {
  const other = statements.findIndex(node => node.type !== 'ImportDeclaration' && node.start != null);
  return other === -1 ? statements.length : other;
}
