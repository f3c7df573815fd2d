/**
 * How much concurrency something costs: how many pairs of handlers wait for each other only because of it.
 *
 * It is found out by looking what the conflicts would be without the accesses in question. A handler counts as a pair with
 * itself, since two of its tasks may meet.
 */
import { findWaiting, type Waiting } from '../conflicts/classes.js';
import { callersOf } from '../conflicts/footprint.js';
import { type Access, withoutAccesses } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { Analysis } from './finding.js';

export class WaitingPairs {
  /** In the program as it is. */
  readonly all: number;
  private readonly callers: ReadonlyMap<Instance, readonly Instance[]>;

  constructor(private readonly analysis: Analysis) {
    const { classes, decisions } = analysis.conflicts;
    this.all = countPairs({
      classes,
      sections: decisions.map(({ protection }) => protection === 'section'),
    });
    this.callers = callersOf(analysis.program.instances.all);
  }

  /** How many pairs wait only because of the accesses that are picked. */
  dueTo(isPicked: (access: Access) => boolean): number {
    const { handlers, accesses, conflicts } = this.analysis;
    const rest = withoutAccesses(accesses, isPicked);
    return this.all - countPairs(findWaiting(handlers, rest, conflicts, this.callers));
  }
}

/** Pairs that wait for several classes count once. Sets of handlers are bits: there are many classes, and many in each. */
function countPairs({ classes, sections }: Waiting): number {
  const size = Math.ceil(sections.length / BITS);
  const isSection = bitsOf(
    sections.flatMap((is, handler) => (is ? [handler] : [])),
    size,
  );
  const waiting = sections.map(is => (is ? new Uint32Array(size) : null));
  for (const { locked, members } of classes) {
    if (!locked) continue;
    const all = bitsOf(
      members.map(({ handler }) => handler),
      size,
    );
    const writers = bitsOf(
      members.flatMap(({ handler, write }) => (write ? [handler] : [])),
      size,
    );
    for (const { handler, write } of members) {
      const own = waiting[handler];
      const others = write ? all : writers;
      if (own) for (let i = 0; i < size; i++) own[i] = (own[i] as number) | (others[i] as number);
    }
  }
  let [pairs, betweenSections, ofOne] = [0, 0, 0];
  waiting.forEach((own, handler) => {
    if (!own) return;
    for (let i = 0; i < size; i++) {
      pairs += countBits(own[i] as number);
      betweenSections += countBits((own[i] as number) & (isSection[i] as number));
    }
    if (hasBit(own, handler)) ofOne++;
  });
  // A pair of two sections was counted from either side.
  return pairs - (betweenSections - ofOne) / 2;
}

const BITS = 32;

function bitsOf(handlers: readonly number[], size: number): Uint32Array {
  const bits = new Uint32Array(size);
  for (const handler of handlers)
    bits[Math.floor(handler / BITS)] = (bits[Math.floor(handler / BITS)] as number) | (1 << (handler % BITS));
  return bits;
}

const hasBit = (bits: Uint32Array, handler: number): boolean =>
  ((bits[Math.floor(handler / BITS)] as number) & (1 << (handler % BITS))) !== 0;

function countBits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
