/**
 * Tells Babel's scopes of the names that the edits have put into the program.
 *
 * The plugins that follow ask the scopes who declares, reads and assigns each name: an import that nobody
 * seems to read is dropped by TypeScript's, and a function that nobody seems to assign is taken for constant.
 * `scope.crawl()` would do, but looks at every scope of the file again, which takes as long as Babel needs
 * for all its scopes in the first place.
 */
import type { NodePath } from '@babel/traverse';
import type { Identifier, Node } from '@babel/types';
import type { EditedPlaces } from './edited-places.js';
import type { Rewriting, Types } from './rewriting.js';

/** Registers every reading and assignment of a name that has no place in the source. */
export function registerGeneratedNames({ types, program }: Rewriting, places: EditedPlaces): void {
  new Walk(types, program, places).visit(program.node);
}

/** A step on the way from the program to the node that is looked at. */
interface Step {
  key: string;
  /** In a list; -1 where there is one node only. */
  index: number;
  /** Once it was asked for. */
  path: NodePath | null;
  /** The paths of its lists, by key, as Babel gives only all of them together. */
  lists: Map<string, NodePath[]> | null;
}

class Walk {
  private readonly way: Step[];

  constructor(
    private readonly types: Types,
    program: NodePath,
    private readonly places: EditedPlaces,
  ) {
    this.way = [{ key: '', index: -1, path: program, lists: null }];
  }

  visit(node: Node): void {
    // What the author wrote knows where it stands in the source.
    if (node.type === 'Identifier' && node.start == null) this.register(node);
    if (!this.places.isIn(node)) return;
    for (const key of this.types.VISITOR_KEYS[node.type] ?? []) {
      const child = (node as unknown as Record<string, Node | (Node | null)[] | null | undefined>)[key];
      if (!child) continue;
      if (!Array.isArray(child)) this.step(child, key, -1);
      else
        for (let index = 0; index < child.length; index++) {
          const element = child[index];
          if (element) this.step(element, key, index);
        }
    }
  }

  private step(node: Node, key: string, index: number): void {
    this.way.push({ key, index, path: null, lists: null });
    this.visit(node);
    this.way.pop();
  }

  private register({ name }: Identifier): void {
    const path = this.pathAt(this.way.length - 1);
    const { parentPath } = path;
    if (parentPath && this.types.isAssignmentExpression(parentPath.node) && path.key === 'left') {
      path.scope.registerConstantViolation(parentPath);
    } else if (path.isReferencedIdentifier()) {
      path.scope.getBinding(name)?.reference(path);
    }
  }

  private pathAt(depth: number): NodePath {
    const step = this.way[depth] as Step;
    if (step.path) return step.path;
    const { key, index } = step;
    const parent = this.pathAt(depth - 1);
    step.path =
      index < 0 ? (parent.get(key) as NodePath) : (this.listAt(depth - 1, key, parent)[index] as NodePath);
    return step.path;
  }

  private listAt(depth: number, key: string, path: NodePath): NodePath[] {
    const step = this.way[depth] as Step;
    step.lists ??= new Map();
    let list = step.lists.get(key);
    if (!list) {
      list = path.get(key) as NodePath[];
      step.lists.set(key, list);
    }
    return list;
  }
}
