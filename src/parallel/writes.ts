/**
 * Which objects does every operation write, whoever can see them?
 *
 * The accesses of the other stages are those of shared objects. What a parallel function writes must be its own even where no other
 * task sees it: an argument is a copy in the worker, and what is written to it is lost.
 */
import type { Instance } from '../effects/instances.js';
import { parsePlace } from '../effects/models/places.js';
import type { PointsTo } from '../effects/points-to.js';
import { reachableObjects } from '../effects/reachable.js';
import type { TokenId } from '../effects/solver.js';
import { Touches } from '../effects/touches.js';
import type { Op } from '../ir/ir.js';

/** An operation that may write something in an object. */
export interface Write {
  instance: Instance;
  op: Op;
  token: TokenId;
  /** Nothing is known of what is called, so that it may write all that it gets. */
  isAssumed: boolean;
}

export class Writes {
  private readonly touches: Touches;
  private readonly ofInstance = new Map<Instance, readonly Write[]>();
  private found = new Map<TokenId, boolean>();

  constructor(private readonly program: PointsTo) {
    const everything = {
      tokens: new Set(program.heap.tokens.map(({ id }) => id)),
      activations: new Set(program.instances.all),
    };
    this.touches = new Touches(program, everything, touch => {
      if ((touch.kind !== 'field' && touch.kind !== 'anything') || !touch.write) return;
      this.add(touch.token, touch.kind === 'anything' && touch.assumed !== null);
    });
  }

  /** What the operations of a function write. */
  of(instance: Instance): readonly Write[] {
    const known = this.ofInstance.get(instance);
    if (known) return known;
    const writes: Write[] = [];
    instance.forEachOp((op, index) => {
      this.found = new Map();
      this.touches.of(instance, op, index);
      this.lookAtInputs(instance, index);
      for (const [token, isAssumed] of this.found) writes.push({ instance, op, token, isAssumed });
    });
    this.ofInstance.set(instance, writes);
    return writes;
  }

  private add(token: TokenId, isAssumed: boolean): void {
    this.found.set(token, isAssumed && this.found.get(token) !== false);
  }

  /** What comes from outside has no parts that a model could be about: it is written as a whole. */
  private lookAtInputs(instance: Instance, index: number): void {
    const { heap, solver } = this.program;
    for (const { model, self, args } of instance.calls.get(index)?.models ?? [])
      for (const place of model.writes ?? []) {
        if (place.startsWith('@')) continue;
        const { root, andAfter, deep } = parsePlace(place);
        const nodes =
          root === 'this'
            ? [self]
            : typeof root === 'number'
              ? args.slice(root, andAfter ? undefined : root + 1)
              : [];
        for (const node of nodes)
          for (const id of solver.tokens(node))
            for (const inner of deep ? reachableObjects(this.program, id) : [id])
              if (heap.get(inner).kind === 'input') this.add(inner, false);
      }
  }

  /** All of the program. */
  *all(): Iterable<Write> {
    for (const instance of this.program.instances.all) yield* this.of(instance);
  }
}
