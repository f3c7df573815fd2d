/**
 * Keys: of which containers does a handler access single entries only, whose keys it knows when its section begins?
 *
 * Then it holds these keys, and tasks with others run beside it. The containers that are accessed as a whole by anybody stay
 * what they are: the runtime makes whoever holds the whole and whoever holds a key of it wait for each other.
 */
import type { Conflicts } from '../conflicts/classes.js';
import { type AccessIn, Footprints, reachableWithStages } from '../conflicts/footprint.js';
import { type Functions, functionsOf } from '../conflicts/functions.js';
import { entrancesOf, type Handler } from '../conflicts/handlers.js';
import { SegmentAnalysis } from '../conflicts/segments.js';
import type { Access, Accesses, Resource, ResourceId } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { reachableFrom } from '../effects/reachable.js';
import type { Sharing } from '../effects/sharing.js';
import type { TokenId } from '../effects/solver.js';
import type { ModuleId } from '../graph/module-graph.js';
import { statementOf } from '../ir/definitions.js';
import type { FunctionIR, StatementIR } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import { byKeys } from '../order/by-keys.js';
import type { WholeContainerReason } from '../plan/plan.js';
import type { SectionForm } from '../sections/forms.js';
import { CallSites } from './call-sites.js';
import { Changes } from './changes.js';
import { type KeyExpression, textOf } from './expression.js';
import { type Found, Frames, type Fresh, MOST_KEYS, type Names } from './frames.js';
import { isInOneSegment } from './freshness.js';
import { Holding } from './holding.js';
import { Indexes } from './indexes.js';
import { keysOfList } from './lists.js';
import { type KeyKind, kindOf, operandOf } from './operand.js';
import { Owners } from './owners.js';
import { Ownership } from './ownership.js';
import { Searches } from './searches.js';
import { Stores } from './stores.js';

/** How a handler accesses a container. */
export type KeyedAccess =
  | {
      keys: readonly KeyExpression[];
      kind: KeyKind;
      /** Those in which it does what no key that it holds puts in an order: all in one segment, the order is that of these. */
      moments: readonly Access[];
    }
  | { keys: null; reason: WholeContainerReason; module: ModuleId; at: number };

/** By index of the handler, by resource: those that could have keys. */
export type Keys = readonly ReadonlyMap<ResourceId, KeyedAccess>[];

export function findKeys(
  program: PointsTo,
  sharing: Sharing,
  handlers: readonly Handler[],
  accesses: Accesses,
  conflicts: Conflicts,
  forms: readonly SectionForm[],
): Keys {
  // Whether something changes what a key is read from is asked by objects.
  if (accesses.isMerged) return handlers.map(() => new Map());
  return new Search(program, sharing, handlers, accesses, conflicts, forms).find();
}

/**
 * How handlers may tell the parts of a resource apart: by its own keys, by those of the container that owns it, or by a property
 * of the objects that never changes.
 */
const SCHEMES = ['own', 'owner', 'property'] as const;
type Scheme = (typeof SCHEMES)[number];

/** By resource. */
type Accessed = Map<ResourceId, KeyedAccess>;

class Search {
  private readonly changes: Changes;
  private readonly sites: CallSites;
  private readonly hasStages: boolean;
  private readonly holding: Holding;
  private readonly searches: Searches;
  private readonly ownership: Record<Exclude<Scheme, 'own'>, Ownership>;
  private readonly kinds: Record<Scheme, Map<ResourceId, KeyKind>>;
  private readonly functions: Functions;
  private readonly best = new Map<ResourceId, Scheme>();

  constructor(
    private readonly program: PointsTo,
    private readonly sharing: Sharing,
    private readonly handlers: readonly Handler[],
    private readonly accesses: Accesses,
    private readonly conflicts: Conflicts,
    private readonly forms: readonly SectionForm[],
  ) {
    this.hasStages = handlers.some(({ isStage }) => isStage);
    this.holding = new Holding(program);
    const conflicting = new Set(conflicts.classes.flatMap(({ resources }) => resources));
    this.changes = new Changes(program, accesses, id => conflicting.has(id));
    const stores = new Stores(program, this.holding, this.changes);
    const indexes = new Indexes(program, this.holding, stores);
    this.searches = new Searches(program, this.changes, this.holding, indexes);
    const containers = new Map<TokenId, KeyKind>();
    for (const resource of accesses.resources) {
      const kind = kindOf(program, resource);
      if (kind !== null && resource.storage.kind === 'field') containers.set(resource.storage.token, kind);
    }
    this.ownership = {
      owner: new Ownership(
        program,
        this.holding,
        stores,
        id => containers.has(id),
        () => null,
      ),
      property: new Ownership(
        program,
        this.holding,
        stores,
        () => false,
        id => (isArray(program, id) ? null : this.searches.propertyOf(id)),
      ),
    };
    this.kinds = this.kindsOf(containers);
    this.sites = new CallSites(program.instances.all);
    this.functions = functionsOf(program, handlers);
  }

  /** How the keys of resources are compared, by each scheme. */
  private kindsOf(containers: ReadonlyMap<TokenId, KeyKind>): Record<Scheme, Map<ResourceId, KeyKind>> {
    const kinds: Record<Scheme, Map<ResourceId, KeyKind>> = {
      own: new Map(),
      owner: new Map(),
      property: new Map(),
    };
    for (const { resources, locked } of this.conflicts.classes)
      for (const id of locked ? resources : []) {
        const resource = this.accesses.resources[id];
        if (resource?.storage.kind !== 'field') continue;
        const { token } = resource.storage;
        const isSearched = isArray(this.program, token) && this.searches.propertyOf(token) !== null;
        const own = isSearched ? 'entry' : kindOf(this.program, resource);
        if (own !== null) kinds.own.set(id, own);
        const container = this.ownership.owner.containerOf(token);
        if (container !== null) kinds.owner.set(id, containers.get(container) as KeyKind);
        if (this.ownership.property.containerOf(token) !== null) kinds.property.set(id, 'entry');
      }
    return kinds;
  }

  find(): Keys {
    const found = this.handlers.map((_, index) => {
      const { form } = this.forms[index] as SectionForm;
      const accessed: Record<Scheme, Accessed> = { own: new Map(), owner: new Map(), property: new Map() };
      if (form !== 'none' && form !== 'delegated') this.ofHandler(index, accessed);
      return accessed;
    });
    return found.map(accessed => {
      const chosen = new Map<ResourceId, KeyedAccess>();
      for (const scheme of SCHEMES)
        for (const [id, access] of accessed[scheme])
          if (this.bestFor(id, found) === scheme) chosen.set(id, access);
      return chosen;
    });
  }

  /** The scheme by which most handlers know their keys. */
  private bestFor(id: ResourceId, found: readonly Record<Scheme, Accessed>[]): Scheme {
    const known = this.best.get(id);
    if (known !== undefined) return known;
    const possible = SCHEMES.filter(scheme => this.kinds[scheme].has(id));
    const knowing = (scheme: Scheme): number => found.filter(one => one[scheme].get(id)?.keys).length;
    const best = possible.sort(byKeys(scheme => -knowing(scheme)))[0] as Scheme;
    this.best.set(id, best);
    return best;
  }

  private ofHandler(index: number, found: Record<Scheme, Accessed>): void {
    const keyed = new Set(SCHEMES.flatMap(scheme => [...this.kinds[scheme].keys()]));
    if (keyed.size === 0) return;
    const { instances } = this.handlers[index] as Handler;
    for (const root of this.rootsOf(index)) {
      const isOnly = instances.length === 1 && instances[0] === root;
      const reached = (isOnly && this.conflicts.decisions[index]?.reached) || reachableFrom([root]);
      const accesses = this.conflicts.footprints
        .accessesOf(reached, entrancesOf(this.handlers[index] as Handler))
        .filter(({ access: { resource } }) => keyed.has(resource));
      if (accesses.length > 0) this.ofRoot(index, root, reached, accesses, found);
    }
  }

  /** What may change an object that a task was called with: a stage shares it with whoever called it. */
  private runBeside(index: number, reached: ReadonlySet<Instance>): Iterable<Instance> {
    if (!this.hasStages) return reached;
    return this.handlers[index]?.isStage ? this.program.instances.all : reachableWithStages(reached);
  }

  /** The activations that the handler's section or gate is for. */
  private rootsOf(index: number): Iterable<Instance> {
    const { fn, instances } = this.handlers[index] as Handler;
    const all = this.functions.get(fn);
    return all?.handlers.length === 1 ? new Set([...instances, ...all.instances]) : instances;
  }

  private ofRoot(
    index: number,
    root: Instance,
    reached: ReadonlySet<Instance>,
    accesses: readonly AccessIn[],
    found: Record<Scheme, Accessed>,
  ): void {
    const { program, sharing } = this;
    const names = namesAt(root.fn, this.forms[index] as SectionForm);
    const isBody = this.forms[index]?.form === 'body';
    // A task that takes something late would take it after others have learnt of what is fresh.
    const mayBeFresh = isBody || this.conflicts.decisions[index]?.protection === 'gate';
    const isShifted = (this.handlers[index] as Handler).tokens.some(
      id => program.heap.get(id).bound !== null,
    );
    const beside = this.runBeside(index, reached);
    const frames = new Frames(program, sharing, this.changes, this.sites, root, reached, beside, names);
    const ownersBy = (scheme: keyof typeof this.ownership): ((of: AccessIn) => Found) => {
      const owners = new Owners(
        program,
        sharing,
        this.holding,
        this.ownership[scheme],
        this.searches,
        frames,
        reached,
      );
      return ({ instance, access }) =>
        owners.keysOf(instance, access, this.accesses.resources[access.resource] as Resource);
    };
    const keysBy: Record<Scheme, (of: AccessIn) => Found | 'whole'> = {
      own: located => this.ownKeysOf(frames, located),
      owner: ownersBy('owner'),
      property: ownersBy('property'),
    };
    const freshOnes: AccessIn[] = [];
    for (const scheme of SCHEMES)
      for (const located of accesses) {
        const { instance, access } = located;
        const { resource } = access;
        const kind = this.kinds[scheme].get(resource);
        const known = found[scheme].get(resource);
        if (kind === undefined || known?.keys === null) continue;
        const refuse = (reason: WholeContainerReason): void => {
          found[scheme].set(resource, { keys: null, reason, module: instance.moduleId, at: access.at });
        };
        const own = keysBy[scheme](located);
        const isOwn = (one: Fresh): boolean =>
          mayBeFresh &&
          this.isFresh(one, located, kind, accesses, reached) &&
          (this.momentaryOf(index).length === 0 || this.areInOneSegment(index, [located]));
        if (own === 'whole') refuse('whole-access');
        else if (own === null || isShifted || (isBody && !own.keys.every(isNamed)) || !own.fresh.every(isOwn))
          refuse('unknown-key');
        else {
          const all = unionOf(known?.keys ?? [], own.keys);
          if (all.length > MOST_KEYS) refuse('many-keys');
          else {
            const moments = [...(known?.moments ?? []), ...(own.fresh.length > 0 ? [access] : [])];
            found[scheme].set(resource, { keys: all, kind, moments });
          }
          if (own.fresh.length > 0) freshOnes.push(located);
        }
      }
    this.keepOrder(index, accesses, freshOnes, found.own);
  }

  /**
   * The order of what is in a list is a part of the state. Where tasks add to lists beside each other, the order must be one
   * that comes about if they run one after another, in all lists and with all that nobody waits for: then each adds at one moment.
   */
  private keepOrder(
    index: number,
    accesses: readonly AccessIn[],
    freshOnes: readonly AccessIn[],
    found: Accessed,
  ): void {
    const added = accesses.filter(({ access: { resource, write } }) => {
      const storage = this.accesses.resources[resource]?.storage;
      const isList = storage?.kind === 'field' && isArray(this.program, storage.token);
      return isList && write && found.get(resource)?.keys;
    });
    if (added.length === 0) return;
    if (this.areInOneSegment(index, [...added, ...freshOnes])) {
      for (const { access } of added) {
        const own = found.get(access.resource);
        if (own?.keys) found.set(access.resource, { ...own, moments: [...own.moments, access] });
      }
      return;
    }
    for (const { instance, access } of added)
      found.set(access.resource, {
        keys: null,
        reason: 'scattered-additions',
        module: instance.moduleId,
        at: access.at,
      });
  }

  /** Whether the entry is the task's own: made and put there in one segment. */
  private isFresh(
    fresh: Fresh,
    { instance, access: { op, resource } }: AccessIn,
    kind: KeyKind,
    accesses: readonly AccessIn[],
    reached: ReadonlySet<Instance>,
  ): boolean {
    // As the name of a property an object is none of a kind.
    if (fresh.is === 'made' && kind !== 'entry') return false;
    const isWritten = accesses.some(
      other =>
        other.instance === instance &&
        other.access.op === op &&
        other.access.resource === resource &&
        other.access.write,
    );
    return isWritten && isInOneSegment(fresh.instance, fresh.op, instance, op, reached);
  }

  /** Whether accesses lie in one segment, the one in which the handler accesses what is locked by nobody. */
  private areInOneSegment(index: number, located: readonly AccessIn[]): boolean {
    const of = new Map<Instance, Access[]>();
    for (const { instance, access } of [...located, ...this.momentaryOf(index)])
      of.set(instance, [...(of.get(instance) ?? []), access]);
    const segments = new SegmentAnalysis(new Footprints({ ...this.accesses, of }, () => true));
    const { instances, isEntrance } = this.handlers[index] as Handler;
    return segments.spreadOf(instances, isEntrance) !== 'several';
  }

  private momentaryOf(index: number): readonly AccessIn[] {
    const { momentary, decisions } = this.conflicts;
    return decisions[index]?.accesses.filter(one => momentary.has(one.access.resource)) ?? [];
  }

  private ownKeysOf(frames: Frames, located: AccessIn): Found | 'whole' {
    const { instance, access } = located;
    const op = instance.opAt(access.op);
    const storage = this.accesses.resources[access.resource]?.storage;
    if (!op || storage?.kind !== 'field') return 'whole';
    if (isArray(this.program, storage.token))
      return keysOfList(this.program, this.searches, frames, located, storage.token);
    const container = this.program.heap.get(storage.token);
    const operand = operandOf(this.program, instance, op, access, container);
    return operand === null ? 'whole' : frames.keysOf(instance, operand.ref, operand.value);
  }
}

const isArray = ({ heap }: PointsTo, id: TokenId): boolean => heap.get(id).type === 'Array';

/** Keys of a function that is protected as a whole are found by its arguments alone. */
function namesAt(fn: FunctionIR, form: SectionForm): Names {
  const nameOf = (slot: number): string | null => variableOf(fn, slot)?.name ?? null;
  if (form.form !== 'body') return { ofParameter: nameOf, ofVariable: () => null };
  const enters = form.placement.enters.map(index => fn.statements[index] as StatementIR);
  // Where a block has a variable of the same name, the name may mean that one.
  const ofParameter = (slot: number): string | null => {
    const name = nameOf(slot);
    return fn.variables.some(other => other.slot !== slot && other.name === name) ? null : name;
  };
  const isKnownAt = (declaration: StatementIR, enter: StatementIR): boolean =>
    declaration.end <= enter.start && listsAround(fn, enter).has(declaration.list);
  return {
    ofParameter,
    ofVariable(slot) {
      const variable = variableOf(fn, slot);
      const declaration = variable && statementOf(fn, variable.at);
      const isKnown =
        declaration === undefined ||
        (declaration.kind === 'lexical' && enters.every(enter => isKnownAt(declaration, enter)));
      return isKnown ? ofParameter(slot) : null;
    },
  };
}

/** The lists of statements that a statement stands in, from the inside out. */
function listsAround(fn: FunctionIR, statement: StatementIR): Set<number> {
  const lists = new Set<number>();
  for (let at: StatementIR | undefined = statement; at; at = fn.statements[at.parent]) lists.add(at.list);
  return lists;
}

const isNamed = (key: KeyExpression): boolean => {
  switch (key.is) {
    case 'parameter':
      return key.name !== null;
    case 'property':
      return isNamed(key.of);
    case 'text':
      return key.parts.every(isNamed);
    default:
      return true;
  }
};

function unionOf(one: readonly KeyExpression[], other: readonly KeyExpression[]): readonly KeyExpression[] {
  // Most accesses of a handler are by the same key.
  if (other.every(key => one.includes(key))) return one;
  const byText = new Map([...one, ...other].map(key => [textOf(key), key]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}
