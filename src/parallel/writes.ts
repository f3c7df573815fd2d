/**
 * Which objects does every operation write, whoever can see them?
 *
 * The accesses of the other stages are those of shared objects. What a parallel function writes must be its own even where no other
 * task sees it: an argument is a copy in the worker, and what is written to it is lost.
 */
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { TokenId } from '../effects/solver.js';
import { type Touch, Touches } from '../effects/touches.js';
import type { Op } from '../ir/ir.js';

/** An operation that may write something in an object. */
export interface Write {
  instance: Instance;
  op: Op;
  token: TokenId;
}

export class Writes {
  private readonly touches: Touches;
  private readonly ofInstance = new Map<Instance, readonly Write[]>();
  private found: TokenId[] = [];

  constructor(private readonly program: PointsTo) {
    const everything = {
      tokens: new Set(program.heap.tokens.map(({ id }) => id)),
      activations: new Set(program.instances.all),
    };
    this.touches = new Touches(program, everything, touch => {
      const token = writtenBy(touch);
      if (token !== null) this.found.push(token);
    });
  }

  /** What the operations of a function write. */
  of(instance: Instance): readonly Write[] {
    const known = this.ofInstance.get(instance);
    if (known) return known;
    const writes: Write[] = [];
    instance.forEachOp((op, index) => {
      this.found = [];
      this.touches.of(instance, op, index);
      for (const token of new Set(this.found)) writes.push({ instance, op, token });
    });
    this.ofInstance.set(instance, writes);
    return writes;
  }

  /** All of the program. */
  *all(): Iterable<Write> {
    for (const instance of this.program.instances.all) yield* this.of(instance);
  }
}

/** What is only taken to be written, as nothing is known of what is called, is judged where that is called. */
function writtenBy(touch: Touch): TokenId | null {
  if (touch.kind === 'field') return touch.write ? touch.token : null;
  return touch.kind === 'anything' && touch.write && touch.assumed === null ? touch.token : null;
}
