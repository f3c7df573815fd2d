/**
 * Finds the nodes that the edits of a plan are about.
 *
 * Edits come as offsets in the source, as the plan was made from another syntax tree than Babel's. Offsets
 * alone are ambiguous (`{ add }` is a property, its key and its value; `f()` is a statement and a call), so
 * each kind of edit says which of the nodes there it means: the outermost one of a type it can be applied to.
 */
import type { NodePath } from '@babel/traverse';
import type { Node, Program } from '@babel/types';
import type { Edit } from '../plan/edit.js';
import { EditedPlaces } from './edited-places.js';
import type { Types } from './rewriting.js';
import { TreeWalk } from './tree-walk.js';

export interface EditTarget {
  edit: Edit;
  path: NodePath;
}

/** An edit whose node is not in the tree that Babel handed over. */
export class MissingEditTarget extends Error {
  readonly edit: Edit;

  constructor(edit: Edit) {
    super(`There is no node for the edit ${edit.kind} at offset ${edit.start}.`);
    this.name = 'MissingEditTarget';
    this.edit = edit;
  }
}

/**
 * The edits with their nodes, inner ones before outer ones and otherwise in order of the source; edits of
 * one node in the order in which they have to be applied.
 * @throws {MissingEditTarget} when a node is not there
 */
export function findEditTargets(
  types: Types,
  program: NodePath<Program>,
  edits: readonly Edit[],
): EditTarget[] {
  const pending = new Map<string, Edit[]>();
  for (const edit of edits) {
    const key = rangeKey(edit.start, edit.end);
    pending.set(key, [...(pending.get(key) ?? []), edit]);
  }
  const places = EditedPlaces.targets(edits);
  const claimed = new Map<Node, { edits: Edit[]; path: NodePath }>();
  const targets: EditTarget[] = [];

  const walk = new TreeWalk(types, program);
  walk.visit({
    enter(node) {
      const { start, end } = node;
      if (start == null || end == null) return true;
      if (!places.isIn(node)) return false;
      const key = rangeKey(start, end);
      const here = pending.get(key);
      const mine = here?.filter(edit => accepts(types, edit, node, walk.place)) ?? [];
      if (here && mine.length > 0) {
        claimed.set(node, { edits: mine, path: walk.path });
        pending.set(
          key,
          here.filter(edit => !mine.includes(edit)),
        );
      }
      return true;
    },
    leave(node) {
      const mine = claimed.get(node);
      if (!mine) return;
      mine.edits.sort((a, b) => ORDER_ON_ONE_NODE[a.kind] - ORDER_ON_ONE_NODE[b.kind]);
      for (const edit of mine.edits) targets.push({ edit, path: mine.path });
    },
  });

  for (const [missing] of pending.values()) if (missing) throw new MissingEditTarget(missing);
  return targets;
}

/** A call is first redirected, and then what it returns is wrapped or floated; a callback is first scheduled. */
const ORDER_ON_ONE_NODE: Record<Edit['kind'], number> = {
  'call-unscheduled': 0,
  moving: 0,
  'wrap-expression': 1,
  'wrap-declaration': 1,
  'wrap-method': 1,
  'parallel-expression': 1,
  'parallel-declaration': 1,
  continuation: 2,
  belonging: 2,
  'float-results': 2,
  float: 2,
  'stand-aside': 2,
  'place-section': 3,
};

function accepts(types: Types, edit: Edit, node: Node, place: TreeWalk['place']): boolean {
  switch (edit.kind) {
    case 'wrap-declaration':
    case 'parallel-declaration':
      return types.isFunctionDeclaration(node);
    case 'wrap-method':
      return types.isMethod(node) || types.isClassPrivateMethod(node);
    case 'place-section':
      return types.isFunction(node) && !isPropertyKey(place);
    case 'stand-aside':
      return types.isAwaitExpression(node);
    case 'moving':
      return types.isCallExpression(node);
    case 'call-unscheduled':
      return (
        types.isCallExpression(node) ||
        types.isOptionalCallExpression(node) ||
        types.isNewExpression(node) ||
        types.isTaggedTemplateExpression(node)
      );
    case 'wrap-expression':
    case 'parallel-expression':
    case 'continuation':
    case 'belonging':
    case 'float-results':
    case 'float':
      return types.isExpression(node) && !isPropertyKey(place);
  }
}

/** In `{ add }` the key has the offsets of the value. */
function isPropertyKey(place: TreeWalk['place']): boolean {
  return place?.key === 'key' && 'computed' in place.parent && !place.parent.computed;
}

function rangeKey(start: number, end: number): string {
  return `${start}:${end}`;
}
