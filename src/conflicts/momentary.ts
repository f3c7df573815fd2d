/**
 * Momentary classes: those that need no lock although handlers with sections access them.
 *
 * A class is momentary if each task accesses it in one segment. A task takes it, so to speak, at the beginning of that segment and
 * gives it back at the end. As JavaScript runs a segment atomically, nobody ever finds it taken, and nothing has to be emitted.
 *
 * ```js
 * async function order(cart) {       // holds `stock` from the first line to the last
 *   const left = stock.get(cart.sku);
 *   await pay(cart);
 *   stock.set(cart.sku, left - 1);
 *   sold.push(cart.sku);             // `sold` is momentary
 * }
 * ```
 *
 * Every run still equals a serial one, in the order of these segments, as long as each task holds all else that it accesses at
 * that moment (its section lasts from its first access to its last, those of momentary classes included) and takes nothing afterwards:
 *
 * - All momentary classes of a handler are accessed in the same segment. If `seen` was accessed before `pay` and `sold` after it, another
 *   order could come between: after this one in `seen`, and before it in `sold`.
 * - A section that begins by reading goes on to writing before that segment: it lets readers pass until then, which come before it in the order.
 * - In the middle of no section may code outside call other handlers (`next()`): such a task takes more, late.
 * - What a task puts under a fresh key, which it does not hold, it makes in that segment (`src/keys/find-keys.ts`).
 */
import type { Access, Accesses, ResourceId } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import { byKeys } from '../order/by-keys.js';
import type { ClassOfResources } from './classes.js';
import { Footprints } from './footprint.js';
import type { Handler } from './handlers.js';
import { SegmentAnalysis, type Spread } from './segments.js';

/** Of classes with more resources than this, only all together may be momentary: to ask of each takes long. */
const MOST_RESOURCES = 16;

interface Candidates {
  handlers: readonly Handler[];
  accesses: Accesses;
  classes: readonly ClassOfResources[];
  /** By handler: what all its conflicting accesses are spread over. */
  spreads: readonly Spread[];
  /** By function: those that run it. */
  callers: ReadonlyMap<Instance, readonly Instance[]>;
}

/** Resources that are momentary together; first come those on which most would wait. */
export function findMomentary(candidates: Candidates): Set<ResourceId> {
  const { classes, spreads } = candidates;
  const wanted = classes.flatMap(({ members, resources }, index) => {
    const sections = members.filter(({ handler }) => spreads[handler] === 'several');
    return sections.length > 0
      ? [
          {
            index,
            resources,
            sections: sections.map(({ handler }) => handler),
            pairs: sections.length * members.length,
          },
        ]
      : [];
  });
  wanted.sort(
    byKeys<(typeof wanted)[number]>(
      c => -c.pairs,
      c => c.index,
    ),
  );
  const together = new Together(candidates);
  /** By handler. */
  const found = new Map<number, readonly ResourceId[]>();
  for (const { resources, sections } of wanted) {
    const areMomentary = (some: readonly ResourceId[]): boolean =>
      sections.every(handler => together.areInOneSegment(some, handler)) &&
      sections.every(handler => together.areInOneSegment([...(found.get(handler) ?? []), ...some], handler));
    const note = (some: readonly ResourceId[]): void => {
      for (const handler of sections) found.set(handler, [...(found.get(handler) ?? []), ...some]);
    };
    if (areMomentary(resources)) note(resources);
    else if (resources.length > 1 && resources.length <= MOST_RESOURCES)
      for (const id of resources) if (areMomentary([id])) note([id]);
  }
  return new Set([...found.values()].flat());
}

/** Asks whether a handler accesses some resources in one segment. */
class Together {
  private readonly ofResource = new Map<ResourceId, Map<Instance, Access[]>>();
  private readonly analyses = new Map<string, SegmentAnalysis>();
  /** That of no accesses at all. */
  private readonly none: SegmentAnalysis;

  constructor(private readonly candidates: Candidates) {
    for (const [instance, all] of candidates.accesses.of)
      for (const access of all) {
        const known = this.ofResource.get(access.resource) ?? new Map<Instance, Access[]>();
        this.ofResource.set(access.resource, known);
        const own = known.get(instance);
        if (own) own.push(access);
        else known.set(instance, [access]);
      }
    this.none = new SegmentAnalysis(this.footprintsOf([]));
  }

  areInOneSegment(resources: readonly ResourceId[], handler: number): boolean {
    const { instances, isEntrance } = this.candidates.handlers[handler] as Handler;
    return this.analysisOf(resources).spreadOf(instances, isEntrance) !== 'several';
  }

  private analysisOf(resources: readonly ResourceId[]): SegmentAnalysis {
    const name = resources.join(' ');
    let analysis = this.analyses.get(name);
    if (!analysis) {
      const { callers } = this.candidates;
      analysis = new SegmentAnalysis(this.footprintsOf(resources), { segments: this.none, callers });
      this.analyses.set(name, analysis);
    }
    return analysis;
  }

  private footprintsOf(resources: readonly ResourceId[]): Footprints {
    const of = new Map<Instance, Access[]>();
    for (const resource of resources)
      for (const [instance, own] of this.ofResource.get(resource) ?? [])
        of.set(instance, [...(of.get(instance) ?? []), ...own]);
    return new Footprints({ ...this.candidates.accesses, of }, () => true);
  }
}
