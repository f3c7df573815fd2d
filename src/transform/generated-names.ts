/**
 * Tells Babel's scopes of the names that the edits have put into the program.
 *
 * The plugins that follow ask the scopes who declares, reads and assigns each name: an import that nobody
 * seems to read is dropped by TypeScript's, and a function that nobody seems to assign is taken for constant.
 * `scope.crawl()` would do, but looks at every scope of the file again, which takes as long as Babel needs
 * for all its scopes in the first place.
 */
import type { NodePath } from '@babel/traverse';
import type { EditedPlaces } from './edited-places.js';
import type { Rewriting, Types } from './rewriting.js';
import { TreeWalk } from './tree-walk.js';

/** Registers every reading and assignment of a name that has no place in the source. */
export function registerGeneratedNames({ types, program }: Rewriting, places: EditedPlaces): void {
  const walk = new TreeWalk(types, program);
  walk.visit({
    enter(node) {
      // What the author wrote knows where it stands in the source.
      if (node.type === 'Identifier' && node.start == null) register(types, walk.path);
      return places.isIn(node);
    },
  });
}

function register(types: Types, path: NodePath): void {
  const { parentPath } = path;
  if (parentPath && types.isAssignmentExpression(parentPath.node) && path.key === 'left') {
    path.scope.registerConstantViolation(parentPath);
  } else if (path.isReferencedIdentifier()) {
    path.scope.getBinding(path.node.name)?.reference(path);
  }
}
