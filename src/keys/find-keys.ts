/**
 * Keys: of which containers does a handler access single entries only, whose keys it knows when its section begins?
 *
 * Then it holds these keys, and tasks with others run beside it. The containers that are accessed as a whole by anybody stay
 * what they are: the runtime makes whoever holds the whole and whoever holds a key of it wait for each other.
 */
import type { Conflicts } from '../conflicts/classes.js';
import { type AccessIn, reachableFrom, reachableWithStages } from '../conflicts/footprint.js';
import { entrancesOf, type Handler } from '../conflicts/handlers.js';
import type { Access, Accesses, ResourceId } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { Sharing } from '../effects/sharing.js';
import type { ModuleId } from '../graph/module-graph.js';
import type { FunctionIR, StatementIR } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import type { WholeContainerReason } from '../plan/plan.js';
import type { SectionForm } from '../sections/forms.js';
import { CallSites } from './call-sites.js';
import { Changes } from './changes.js';
import { statementOf } from './definitions.js';
import { type KeyExpression, textOf } from './expression.js';
import { Frames, type Fresh, MOST_KEYS, type Names } from './frames.js';
import { isInOneSegment } from './freshness.js';
import { type KeyKind, kindOf, operandOf } from './operand.js';

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
  return new Search(program, sharing, handlers, accesses, conflicts, forms).find();
}

class Search {
  private readonly changes: Changes;
  private readonly sites: CallSites;
  private readonly kinds = new Map<ResourceId, KeyKind>();
  /** By function: how many handlers begin with it, and its activations. */
  private readonly functions = new Map<FunctionIR, { handlers: number; instances: Instance[] }>();

  constructor(
    private readonly program: PointsTo,
    private readonly sharing: Sharing,
    private readonly handlers: readonly Handler[],
    private readonly accesses: Accesses,
    private readonly conflicts: Conflicts,
    private readonly forms: readonly SectionForm[],
  ) {
    const conflicting = new Set<ResourceId>();
    for (const { resources, locked } of conflicts.classes)
      for (const id of resources) {
        conflicting.add(id);
        const resource = accesses.resources[id];
        const kind = locked && resource ? kindOf(program, resource) : null;
        if (kind !== null) this.kinds.set(id, kind);
      }
    this.changes = new Changes(program, accesses, id => conflicting.has(id));
    this.sites = new CallSites(program.instances.all);
    for (const { fn } of handlers) {
      const known = this.functions.get(fn);
      if (known) known.handlers++;
      else this.functions.set(fn, { handlers: 1, instances: [] });
    }
    for (const instance of program.instances.all) this.functions.get(instance.fn)?.instances.push(instance);
  }

  find(): Keys {
    const none: ReadonlyMap<ResourceId, KeyedAccess> = new Map();
    return this.handlers.map((_, index) => {
      const { form } = this.forms[index] as SectionForm;
      return form === 'none' || form === 'delegated' || this.kinds.size === 0 ? none : this.ofHandler(index);
    });
  }

  private ofHandler(index: number): Map<ResourceId, KeyedAccess> {
    const found = new Map<ResourceId, KeyedAccess>();
    for (const root of this.rootsOf(index)) {
      const reached = reachableFrom([root]);
      const own = this.conflicts.footprints
        .accessesOf(reached, entrancesOf(this.handlers[index] as Handler))
        .filter(({ access }) => this.kinds.has(access.resource));
      if (own.length > 0) this.ofRoot(index, root, reached, own, found);
    }
    return found;
  }

  /** What may change an object that a task was called with: a stage shares it with whoever called it. */
  private runBeside(index: number, reached: ReadonlySet<Instance>): Iterable<Instance> {
    return this.handlers[index]?.isStage ? this.program.instances.all : reachableWithStages(reached);
  }

  /** The activations that the handler's section or gate is for. */
  private rootsOf(index: number): Iterable<Instance> {
    const { fn, instances } = this.handlers[index] as Handler;
    const all = this.functions.get(fn);
    return all?.handlers === 1 ? new Set([...instances, ...all.instances]) : instances;
  }

  private ofRoot(
    index: number,
    root: Instance,
    reached: ReadonlySet<Instance>,
    accesses: readonly AccessIn[],
    found: Map<ResourceId, KeyedAccess>,
  ): void {
    const names = namesAt(root.fn, this.forms[index] as SectionForm);
    let frames: Frames | undefined;
    const isBody = this.forms[index]?.form === 'body';
    // A task that takes something late would take it after others have learnt of what is fresh.
    const mayBeFresh = isBody || this.conflicts.decisions[index]?.protection === 'gate';
    const isShifted = (this.handlers[index] as Handler).tokens.some(
      id => this.program.heap.get(id).bound !== null,
    );
    for (const { instance, access } of accesses) {
      const { resource } = access;
      const known = found.get(resource);
      if (known?.keys === null) continue;
      const refuse = (reason: WholeContainerReason): void => {
        found.set(resource, { keys: null, reason, module: instance.moduleId, at: access.at });
      };
      const operand = this.operandOf(instance, access);
      if (operand === null) {
        refuse('whole-access');
        continue;
      }
      frames ??= new Frames(
        this.program,
        this.sharing,
        this.changes,
        this.sites,
        root,
        reached,
        this.runBeside(index, reached),
        names,
      );
      const own = isShifted ? null : frames.keysOf(instance, operand.ref, operand.value);
      const isFresh = (one: Fresh): boolean =>
        mayBeFresh && this.isFresh(one, instance, access, accesses, reached);
      if (own === null || (isBody && !own.keys.every(isNamed)) || !own.fresh.every(isFresh)) {
        refuse('unknown-key');
        continue;
      }
      const all = union(known?.keys ?? [], own.keys);
      if (all.length > MOST_KEYS) refuse('many-keys');
      else found.set(resource, { keys: all, kind: this.kinds.get(resource) as KeyKind });
    }
  }

  /** Whether the entry is the task's own: made and put there in one segment. */
  private isFresh(
    fresh: Fresh,
    instance: Instance,
    { op, resource }: Access,
    accesses: readonly AccessIn[],
    reached: ReadonlySet<Instance>,
  ): boolean {
    // As the name of a property an object is none of a kind.
    if (fresh.is === 'made' && this.kinds.get(resource) !== 'entry') return false;
    const isWritten = accesses.some(
      other =>
        other.instance === instance &&
        other.access.op === op &&
        other.access.resource === resource &&
        other.access.write,
    );
    return isWritten && isInOneSegment(fresh.instance, fresh.op, instance, op, reached);
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

function union(one: readonly KeyExpression[], other: readonly KeyExpression[]): KeyExpression[] {
  const byText = new Map([...one, ...other].map(key => [textOf(key), key]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}
