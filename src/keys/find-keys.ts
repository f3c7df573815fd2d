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
import type { WholeContainerReason } from '../plan/plan.js';
import type { SectionForm } from '../sections/forms.js';
import { CallSites } from './call-sites.js';
import { Changes } from './changes.js';
import { type KeyExpression, textOf } from './expression.js';
import { type Found, Frames, type Fresh, MOST_KEYS, type Names } from './frames.js';
import { isInOneSegment } from './freshness.js';
import { Holding } from './holding.js';
import { type KeyKind, kindOf, operandOf } from './operand.js';
import { Owners } from './owners.js';
import { Ownership } from './ownership.js';

/** How a handler accesses a container. */
export type KeyedAccess =
  | { keys: readonly KeyExpression[]; kind: KeyKind }
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

/** How handlers may tell the parts of a resource apart: by its own keys, or by those of the container that owns it. */
const SCHEMES = ['own', 'owner'] as const;
type Scheme = (typeof SCHEMES)[number];

/** By resource. */
type Accessed = Map<ResourceId, KeyedAccess>;

class Search {
  private readonly changes: Changes;
  private readonly sites: CallSites;
  private readonly hasStages: boolean;
  private readonly holding: Holding;
  private readonly ownership: Ownership;
  private readonly kinds: Record<Scheme, Map<ResourceId, KeyKind>> = { own: new Map(), owner: new Map() };
  private readonly functions: Functions;

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
    const containers = new Map<TokenId, KeyKind>();
    for (const resource of accesses.resources) {
      const kind = kindOf(program, resource);
      if (kind !== null && resource.storage.kind === 'field') containers.set(resource.storage.token, kind);
    }
    this.ownership = new Ownership(program, this.holding, id => containers.has(id));
    const conflicting = new Set<ResourceId>();
    for (const { resources, locked } of conflicts.classes)
      for (const id of resources) {
        conflicting.add(id);
        const resource = accesses.resources[id];
        if (!locked || resource?.storage.kind !== 'field') continue;
        const { token } = resource.storage;
        const own = kindOf(program, resource);
        if (own !== null) this.kinds.own.set(id, own);
        const container = this.ownership.containerOf(token);
        if (container !== null) this.kinds.owner.set(id, containers.get(container) as KeyKind);
      }
    this.changes = new Changes(program, accesses, id => conflicting.has(id));
    this.sites = new CallSites(program.instances.all);
    this.functions = functionsOf(program, handlers);
  }

  find(): Keys {
    const found = this.handlers.map((_, index) => {
      const { form } = this.forms[index] as SectionForm;
      const accessed: Record<Scheme, Accessed> = { own: new Map(), owner: new Map() };
      if (form !== 'none' && form !== 'delegated') this.ofHandler(index, accessed);
      return accessed;
    });
    const schemes = new Map<ResourceId, Scheme>();
    for (const id of this.kinds.owner.keys()) schemes.set(id, this.betterFor(id, found));
    return found.map(({ own, owner }) => {
      const chosen = new Map(own);
      for (const [id, access] of owner) if (schemes.get(id) === 'owner') chosen.set(id, access);
      return chosen;
    });
  }

  /** The scheme by which more handlers know their keys. */
  private betterFor(id: ResourceId, found: readonly Record<Scheme, Accessed>[]): Scheme {
    const known = (scheme: Scheme): number => found.filter(one => one[scheme].get(id)?.keys).length;
    return known('owner') > known('own') ? 'owner' : 'own';
  }

  private ofHandler(index: number, found: Record<Scheme, Accessed>): void {
    const { own, owner } = this.kinds;
    if (own.size + owner.size === 0) return;
    const { instances } = this.handlers[index] as Handler;
    for (const root of this.rootsOf(index)) {
      const isOnly = instances.length === 1 && instances[0] === root;
      const reached = (isOnly && this.conflicts.decisions[index]?.reached) || reachableFrom([root]);
      const accesses = this.conflicts.footprints
        .accessesOf(reached, entrancesOf(this.handlers[index] as Handler))
        .filter(({ access: { resource } }) => own.has(resource) || owner.has(resource));
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
    const owners = new Owners(program, sharing, this.holding, this.ownership, frames, reached);
    const keysBy: Record<Scheme, (of: AccessIn) => Found | 'whole'> = {
      own: ({ instance, access }) => {
        const operand = this.operandOf(instance, access);
        return operand === null ? 'whole' : frames.keysOf(instance, operand.ref, operand.value);
      },
      owner: ({ instance, access }) =>
        owners.keysOf(instance, access, this.accesses.resources[access.resource] as Resource),
    };
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
          this.isWithMomentary(index, located);
        if (own === 'whole') refuse('whole-access');
        else if (own === null || isShifted || (isBody && !own.keys.every(isNamed)) || !own.fresh.every(isOwn))
          refuse('unknown-key');
        else {
          const all = unionOf(known?.keys ?? [], own.keys);
          if (all.length > MOST_KEYS) refuse('many-keys');
          else found[scheme].set(resource, { keys: all, kind });
        }
      }
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

  /** Whether an access lies in the segment in which the handler accesses what is locked by nobody. */
  private isWithMomentary(index: number, { instance, access }: AccessIn): boolean {
    const { momentary } = this.conflicts;
    const own = this.conflicts.decisions[index]?.accesses.filter(one => momentary.has(one.access.resource));
    if (!own || own.length === 0) return true;
    const of = new Map([[instance, [access]]]);
    for (const one of own) of.set(one.instance, [...(of.get(one.instance) ?? []), one.access]);
    const segments = new SegmentAnalysis(new Footprints({ ...this.accesses, of }, () => true));
    const { instances, isEntrance } = this.handlers[index] as Handler;
    return segments.spreadOf(instances, isEntrance) !== 'several';
  }

  private operandOf(instance: Instance, access: Access): ReturnType<typeof operandOf> {
    const op = instance.opAt(access.op);
    const storage = this.accesses.resources[access.resource]?.storage;
    if (!op || storage?.kind !== 'field') return null;
    return operandOf(this.program, instance, op, access, this.program.heap.get(storage.token));
  }
}

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
