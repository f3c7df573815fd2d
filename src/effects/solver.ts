/**
 * Solves inclusion constraints: which tokens may each node hold?
 *
 * Andersen's analysis without the language: nodes, tokens, "everything in a is also in b", and functions that
 * are told of every token a node ever gets. What they mean is the business of those who add
 * them. The least solution does not depend on the order in which constraints are added or worked off, which
 * is what makes the plan deterministic.
 */

import { SmallSet } from './small-set.js';

export type NodeId = number;
export type TokenId = number;
type Listener = (token: TokenId) => void;

/**
 * The last listener of a node; after it comes the first, and so on in the order in which they were added. Most nodes
 * have one or two, where an array makes room for seventeen.
 */
interface Listeners {
  listener: Listener;
  next: Listeners;
}

/** The node of what can hold no object: nothing gets there, nothing comes from there. */
export const NOWHERE: NodeId = 0;

/** What a node holds. */
export type TokenSet = Pick<ReadonlySet<TokenId>, 'has' | 'size'> & Iterable<TokenId>;

const NO_TOKENS: TokenSet = new SmallSet();

/** Thrown when the constraints of a program cannot be solved with the work that may be done. */
export class Unsolvable extends Error {}

export class Solver {
  private readonly sets: (SmallSet<number> | undefined)[] = [];
  private readonly successors: (SmallSet<number> | undefined)[] = [];
  private readonly filtered = new Map<NodeId, SmallSet<number>>();
  private readonly listeners: (Listeners | undefined)[] = [];
  private readonly pendingNodes: NodeId[] = [];
  private readonly pendingTokens: TokenId[] = [];
  /** Counted in tokens and edges that were looked at, so that it is the same on every machine. */
  private work = 0;
  /** Where the tokens go that come to a node which has `width` of them, and what the node gets in their place. */
  overflow: { width: number; token: TokenId; into: NodeId } | null = null;
  /** More than this is not done. */
  maxWork = Number.POSITIVE_INFINITY;

  /** @param filter which tokens pass a filtered edge */
  constructor(private readonly filter: (token: TokenId) => boolean) {
    this.newNodes(NOWHERE + 1);
  }

  newNode(): NodeId {
    this.sets.push(undefined);
    this.successors.push(undefined);
    this.listeners.push(undefined);
    return this.sets.length - 1;
  }

  /** `count` nodes with consecutive ids; gives the first. */
  newNodes(count: number): NodeId {
    const first = this.sets.length;
    for (let i = 0; i < count; i++) this.newNode();
    return first;
  }

  get isPending(): boolean {
    return this.pendingNodes.length > 0;
  }

  /** What `node` holds. Final only after `solve`. */
  tokens(node: NodeId): TokenSet {
    return this.sets[node] ?? NO_TOKENS;
  }

  addToken(node: NodeId, token: TokenId): void {
    if (node === NOWHERE) return;
    if (++this.work > this.maxWork) throw new Unsolvable('The program is too tangled to be analysed.');
    let set = this.sets[node];
    if (!set) {
      set = new SmallSet();
      this.sets[node] = set;
    }
    const { overflow } = this;
    if (overflow !== null && set.size >= overflow.width && node !== overflow.into && !set.has(token)) {
      this.addToken(overflow.into, token);
      if (!set.add(overflow.token)) return;
      this.pendingNodes.push(node);
      this.pendingTokens.push(overflow.token);
      return;
    }
    if (!set.add(token)) return;
    this.pendingNodes.push(node);
    this.pendingTokens.push(token);
  }

  /** Everything in `from` is also in `to`. */
  addEdge(from: NodeId, to: NodeId): void {
    if (from === to || from === NOWHERE || to === NOWHERE) return;
    this.work++;
    let own = this.successors[from];
    if (!own) {
      own = new SmallSet();
      this.successors[from] = own;
    }
    if (!own.add(to)) return;
    const set = this.sets[from];
    if (set) for (let i = 0; i < set.size; i++) this.addToken(to, set.at(i));
  }

  /** The same as `addEdge`, for those tokens alone that pass the solver's filter. */
  addFilteredEdge(from: NodeId, to: NodeId): void {
    if (from === to || from === NOWHERE || to === NOWHERE) return;
    let own = this.filtered.get(from);
    if (!own) {
      own = new SmallSet();
      this.filtered.set(from, own);
    }
    if (!own.add(to)) return;
    this.listen(from, token => {
      if (this.filter(token)) this.addToken(to, token);
    });
  }

  /**
   * Calls `listener` for every token that `node` holds or will hold: at least once for each, so what it
   * does must be idempotent (adding edges and tokens is).
   */
  listen(node: NodeId, listener: Listener): void {
    if (node === NOWHERE) return;
    this.listeners[node] = withListener(this.listeners[node], listener);
    const set = this.sets[node];
    // What the listener itself adds to the set, it is told of by `solve`.
    if (set) for (let i = 0, n = set.size; i < n; i++) listener(set.at(i));
  }

  /** What flows where, backwards: gives the nodes all of whose tokens a node has, too. Final only after `solve`. */
  predecessors(): (node: NodeId) => Uint32Array {
    const { successors } = this;
    // By node, where its predecessors begin in the one list of all.
    const starts = new Uint32Array(this.sets.length + 1);
    const eachEdge = (visit: (from: NodeId, to: NodeId) => void): void =>
      successors.forEach((own, from) => {
        if (own) for (let i = 0; i < own.size; i++) visit(from, own.at(i));
      });
    eachEdge((_, to) => {
      starts[to + 1] = (starts[to + 1] as number) + 1;
    });
    for (let node = 0; node < this.sets.length; node++)
      starts[node + 1] = (starts[node + 1] as number) + (starts[node] as number);
    const list = new Uint32Array(starts.at(-1) as number);
    const ends = starts.slice();
    eachEdge((from, to) => {
      const end = ends[to] as number;
      list[end] = from;
      ends[to] = end + 1;
    });
    return node => list.subarray(starts[node], starts[node + 1]);
  }

  solve(): void {
    const { pendingNodes, pendingTokens, successors, listeners } = this;
    while (pendingNodes.length > 0) {
      const node = pendingNodes.pop() as NodeId;
      const token = pendingTokens.pop() as TokenId;
      const next = successors[node];
      if (next) for (let i = 0; i < next.size; i++) this.addToken(next.at(i), token);
      // Listeners that are added meanwhile are told of this token by `listen`.
      const last = listeners[node];
      for (let heard = last?.next; heard; heard = heard === last ? undefined : heard.next)
        heard.listener(token);
    }
  }
}

function withListener(last: Listeners | undefined, listener: Listener): Listeners {
  const added = { listener } as Listeners;
  added.next = last ? last.next : added;
  if (last) last.next = added;
  return added;
}
