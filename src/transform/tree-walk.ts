/**
 * A walk over a syntax tree that makes a path only of what somebody asks it for.
 *
 * Babel's own traversal makes a path of every node that it comes by, and works out its scope and context: for the few
 * nodes that edits are about that took as long as applying them.
 */
import type { NodePath } from '@babel/traverse';
import type { Node } from '@babel/types';
import type { Types } from './rewriting.js';

/** A step on the way from the root to the node that is looked at. */
interface Step {
  node: Node;
  key: string;
  /** In a list; -1 where there is one node only. */
  index: number;
  /** Once it was asked for. */
  path: NodePath | null;
  /** The paths of its lists, by key, as Babel gives only all of them together. */
  lists: Map<string, NodePath[]> | null;
}

export interface Visitor {
  /** Says whether to look inside. */
  enter(node: Node): boolean;
  /** Called for each node that was looked inside of, when that is done. */
  leave?(node: Node): void;
}

export class TreeWalk {
  private readonly way: Step[];

  constructor(
    private readonly types: Types,
    root: NodePath,
  ) {
    this.way = [{ node: root.node, key: '', index: -1, path: root, lists: null }];
  }

  /** Visits all nodes in the order of the source. The tree must not change meanwhile. */
  visit(visitor: Visitor): void {
    const { node } = this.way.at(-1) as Step;
    if (!visitor.enter(node)) return;
    for (const key of this.types.VISITOR_KEYS[node.type] ?? []) {
      const child = (node as unknown as Record<string, Node | (Node | null)[] | null | undefined>)[key];
      if (!child) continue;
      if (!Array.isArray(child)) this.step(visitor, child, key, -1);
      else
        for (let index = 0; index < child.length; index++) {
          const element = child[index];
          if (element) this.step(visitor, element, key, index);
        }
    }
    visitor.leave?.(node);
  }

  private step(visitor: Visitor, node: Node, key: string, index: number): void {
    this.way.push({ node, key, index, path: null, lists: null });
    this.visit(visitor);
    this.way.pop();
  }

  /** The node around the one that is looked at, and the field of it that leads here; nothing around the root. */
  get place(): { parent: Node; key: string } | null {
    const step = this.way.at(-1) as Step;
    const parent = this.way.at(-2);
    return parent ? { parent: parent.node, key: step.key } : null;
  }

  /** The path of the node that is looked at. */
  get path(): NodePath {
    return this.pathAt(this.way.length - 1);
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
