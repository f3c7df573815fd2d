/**
 * Do two runs of the same work access the very same storage?
 *
 * A container is one resource to the analysis, and so are all objects that one expression makes. Work that runs once for each of
 * many items mostly accesses the part that belongs to its item. So an access counts only if nothing
 * in it depends on what the work was called with: the variable is one from outside, the object is one of a kind or was captured, the
 * key is not computed from anything of the work's own.
 */
import type { Node } from '@babel/types';
import type { Access, Resource } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { childrenOf, namesIn, nodesAround } from '../graph/syntax.js';
import { ELEMENT, NONE, type Op, type Ref, upOf } from '../ir/ir.js';

/** Methods whose first argument is the key of what they access. */
const KEYED = new Set(['get', 'set', 'has', 'delete', 'add']);

export class SameStorage {
  /** The activations that all runs have around them: others, such as those of a constructor, there may be many of. */
  private readonly around = new Set<Instance>();

  /**
   * @param piece the function that is run
   * @param work everything that one run of it may run
   */
  constructor(
    private readonly program: PointsTo,
    piece: Instance,
    private readonly work: ReadonlySet<Instance>,
  ) {
    for (let outer = piece.parent; outer; outer = outer.parent) this.around.add(outer);
  }

  private isAround(owner: Instance): boolean {
    return owner.fn.form === 'module' || this.around.has(owner);
  }

  /** Whether every run accesses the same cell of `resource` here, by what is written here and not by assumption. */
  isSame(instance: Instance, access: Access, { storage }: Resource): boolean {
    const op = instance.opAt(access.op);
    if (op === undefined || access.assumed !== null || access.isByCaller) return false;
    if (storage.kind === 'several') return false;
    if (storage.kind === 'variable') return op.op === 'variable' && !this.work.has(instance.ownerOf(op.ref));
    const token = this.program.heap.get(storage.token);
    if (storage.field !== ELEMENT && !('field' in op && op.field === storage.field)) return false;
    if ((instance.calls.get(access.op)?.externals.size ?? 0) > 0) return false;
    // What comes from outside stands for whatever there is: two of it may be two objects.
    if (token.kind === 'input' || token.kind === 'external') return false;
    const isOne = this.program.isSingleton(token) || token.key === 'global' || token.key.startsWith('store:');
    if (!isOne && !this.isCaptured(instance, op)) return false;
    return storage.field !== ELEMENT || !this.dependsOnWork(instance, op);
  }

  /** Whether the object comes from outside of the work by a variable. */
  private isCaptured(instance: Instance, op: Op): boolean {
    const base: Ref = 'base' in op ? op.base : NONE;
    return base !== NONE && upOf(base) > 0 && this.isAround(instance.ownerOf(base));
  }

  /** Whether the key is computed from something that each run has for itself. */
  private dependsOnWork(instance: Instance, op: Op): boolean {
    return this.keysOf(instance, op).some(key => namesIn(key).some(name => this.isOwnName(instance, name)));
  }

  private keysOf(instance: Instance, op: Op): Node[] {
    const { ast } = instance.module.source;
    if (op.op === 'call') {
      const call = nodesAround(ast, op.at, op.end).at(-1);
      if (!call || !('arguments' in call)) return [];
      const [first] = call.arguments;
      // A function without a receiver is one of a store: its key is the first argument as well.
      return first && (op.field === null || KEYED.has(op.field) || this.isStore(instance, op)) ? [first] : [];
    }
    if (!('at' in op)) return [];
    // Several members may start here, `a[i][j]`: any key that depends on the work leads to a part of its own.
    const keys: Node[] = [];
    const collect = (node: Node): void => {
      if ((node.start ?? 0) > op.at || (node.end ?? 0) < op.at) return;
      const isMember = node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression';
      if (isMember && node.start === op.at && node.computed) keys.push(node.property);
      for (const child of childrenOf(node)) collect(child);
    };
    collect(ast.program);
    return keys;
  }

  private isStore(instance: Instance, op: Extract<Op, { op: 'call' }>): boolean {
    const places = [...instance.calls.values()]
      .filter(record => record.op === op)
      .flatMap(({ models }) =>
        models.flatMap(({ model }) => [...(model.reads ?? []), ...(model.writes ?? [])]),
      );
    return places.some(place => place.startsWith('@'));
  }

  private isOwnName(instance: Instance, name: string): boolean {
    for (let owner: Instance | null = instance; owner && this.work.has(owner); owner = owner.parent)
      if (owner.fn.variables.some(variable => variable.name === name)) return true;
    return false;
  }
}
