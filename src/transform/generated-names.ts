/**
 * Tells Babel's scopes of the names that the edits have put into the program.
 *
 * The plugins that follow ask the scopes who declares, reads and assigns each name: an import that nobody
 * seems to read is dropped by TypeScript's, and a function that nobody seems to assign is taken for constant.
 * `scope.crawl()` would do, but looks at every scope of the file again, which takes as long as Babel needs
 * for all its scopes in the first place.
 */
import type { NodePath } from '@babel/traverse';
import type { Node } from '@babel/types';
import type { Rewriting, Types } from './rewriting.js';

/** Registers every reading and assignment of a name that has no place in the source. */
export function registerGeneratedNames({ types, program }: Rewriting): void {
  /** The way from the program to the node that is looked at. */
  const way: string[] = [];
  const visit = (node: Node): void => {
    // What the author wrote knows where it stands in the source.
    if (node.type === 'Identifier' && node.start == null)
      register(
        types,
        way.reduce<NodePath>((path, key) => path.get(key) as NodePath, program),
      );
    for (const key of types.VISITOR_KEYS[node.type] ?? []) {
      const child = (node as unknown as Record<string, Node | (Node | null)[] | null | undefined>)[key];
      if (!child) continue;
      if (!Array.isArray(child)) {
        way.push(key);
        visit(child);
        way.pop();
        continue;
      }
      child.forEach((element, index) => {
        if (!element) return;
        way.push(`${key}.${index}`);
        visit(element);
        way.pop();
      });
    }
  };
  visit(program.node);
}

function register(types: Types, path: NodePath): void {
  const { parentPath } = path;
  if (parentPath && types.isAssignmentExpression(parentPath.node) && path.key === 'left') {
    path.scope.registerConstantViolation(parentPath);
  } else if (path.isReferencedIdentifier()) {
    path.scope.getBinding(path.node.name)?.reference(path);
  }
}
