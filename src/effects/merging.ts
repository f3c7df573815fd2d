/**
 * Objects that count as one resource because nothing tells them apart.
 *
 * Where nearly every value may be nearly every object, each operation may touch hundreds of them, and every handler
 * touches all: to list that takes more time and memory than everything else, and says that they all conflict. So, when there are more
 * touches than the precision of the analysis allows, the objects that one operation touches in a bunch become one resource, with all
 * their fields. Two tasks that conflict on an object conflict on what it is part of, so nothing is missed.
 */
import type { TokenId } from './solver.js';

export class MergedObjects {
  private readonly leaders = new Map<TokenId, TokenId>();
  private readonly leading = new Set<TokenId>();

  /** @param bunch an operation that touches more objects than this does not tell them apart */
  constructor(private readonly bunch: number) {}

  /** Notes the objects that one operation touches. */
  touchedTogether(objects: ReadonlySet<TokenId>): void {
    if (objects.size > this.bunch) this.join(objects);
  }

  join(objects: ReadonlySet<TokenId>): void {
    const [first] = objects;
    for (const id of objects) this.joinTwo(first as TokenId, id);
  }

  /** The object that stands for this one and all that it is merged with; the one with the lowest id. */
  leaderOf(id: TokenId): TokenId {
    let leader = id;
    for (let next = this.leaders.get(leader); next !== undefined; next = this.leaders.get(leader))
      leader = next;
    if (leader !== id) this.leaders.set(id, leader);
    return leader;
  }

  /** Whether others are merged with this one. */
  isMerged(id: TokenId): boolean {
    return this.leading.has(this.leaderOf(id));
  }

  private joinTwo(a: TokenId, b: TokenId): void {
    const [one, other] = [this.leaderOf(a), this.leaderOf(b)];
    if (one === other) return;
    const [leader, led] = one < other ? [one, other] : [other, one];
    this.leaders.set(led, leader);
    this.leading.add(leader);
  }
}
