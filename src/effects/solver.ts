/**
 * Solves inclusion constraints: which tokens may each node hold?
 *
 * Andersen's analysis without the language: nodes, tokens, "everything in a is also in b", and functions that
 * are told of every token a node ever gets. What they mean is the business of those who add
 * them. The least solution does not depend on the order in which constraints are added or worked off, which
 * is what makes the plan deterministic.
 */

export type NodeId = number;
export type TokenId = number;
type Listener = (token: TokenId) => void;

const NO_TOKENS: ReadonlySet<TokenId> = new Set();
/** Packs an edge into one number; two node ids of 26 bits fit a double exactly. */
const EDGE_SHIFT = 2 ** 26;

/** More work than any program takes whose values can be told apart; beyond it the answer would say nothing. */
const MAX_WORK = 10_000_000;

/** Thrown when the constraints of a program cannot be solved in reasonable time. */
export class Unsolvable extends Error {}

export class Solver {
  private readonly sets: (Set<TokenId> | undefined)[] = [];
  private readonly successors: (NodeId[] | undefined)[] = [];
  private readonly listeners: (Listener[] | undefined)[] = [];
  private readonly edges = new Set<number>();
  private readonly pendingNodes: NodeId[] = [];
  private readonly pendingTokens: TokenId[] = [];
  /** Counted in tokens and edges that were looked at, so that it is the same on every machine. */
  private work = 0;

  /** @param filter which tokens pass a filtered edge */
  constructor(private readonly filter: (token: TokenId) => boolean) {}

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
  tokens(node: NodeId): ReadonlySet<TokenId> {
    return this.sets[node] ?? NO_TOKENS;
  }

  addToken(node: NodeId, token: TokenId): void {
    if (++this.work > MAX_WORK) throw new Unsolvable('The program is too tangled to be analysed.');
    let set = this.sets[node];
    if (!set) {
      set = new Set();
      this.sets[node] = set;
    } else if (set.has(token)) return;
    set.add(token);
    this.pendingNodes.push(node);
    this.pendingTokens.push(token);
  }

  /** Everything in `from` is also in `to`. */
  addEdge(from: NodeId, to: NodeId): void {
    if (from === to) return;
    this.work++;
    const key = from * EDGE_SHIFT + to;
    if (this.edges.has(key)) return;
    this.edges.add(key);
    const list = this.successors[from];
    if (list) list.push(to);
    else this.successors[from] = [to];
    const set = this.sets[from];
    if (set) for (const token of set) this.addToken(to, token);
  }

  /** The same as `addEdge`, for those tokens alone that pass the solver's filter. */
  addFilteredEdge(from: NodeId, to: NodeId): void {
    const key = -(from * EDGE_SHIFT + to);
    if (from === to || this.edges.has(key)) return;
    this.edges.add(key);
    this.listen(from, token => {
      if (this.filter(token)) this.addToken(to, token);
    });
  }

  /**
   * Calls `listener` for every token that `node` holds or will hold: at least once for each, so what it
   * does must be idempotent (adding edges and tokens is).
   */
  listen(node: NodeId, listener: Listener): void {
    const list = this.listeners[node];
    if (list) list.push(listener);
    else this.listeners[node] = [listener];
    const set = this.sets[node];
    // A copy: the listener may add to the very set it is told of.
    if (set) for (const token of [...set]) listener(token);
  }

  solve(): void {
    const { pendingNodes, pendingTokens, successors, listeners } = this;
    while (pendingNodes.length > 0) {
      const node = pendingNodes.pop() as NodeId;
      const token = pendingTokens.pop() as TokenId;
      const next = successors[node];
      if (next) for (let i = 0; i < next.length; i++) this.addToken(next[i] as NodeId, token);
      const heard = listeners[node];
      // Listeners that are added meanwhile are told of this token by `listen`.
      if (heard) for (let i = 0, n = heard.length; i < n; i++) (heard[i] as Listener)(token);
    }
  }
}
