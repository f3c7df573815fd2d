/**
 * Accesses: which resources does every operation read and write?
 *
 * A resource is a variable or a field of a shared object. Containers (arrays, maps, sets, and objects that are used
 * with computed keys) are one resource each, because which of their elements an access means is not known
 * here. Filling an object that was just made is no access: nobody else has it yet.
 */
import { ELEMENT, type Field, type Op } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import type { Instance } from './instances.js';
import { MergedObjects } from './merging.js';
import type { PointsTo } from './points-to.js';
import { limitOf } from './precision.js';
import { reachableFrom } from './reachable.js';
import type { Sharing } from './sharing.js';
import type { NodeId, TokenId } from './solver.js';
import { isCollection, type Token } from './tokens.js';
import { type Assumed, type Touch, Touches } from './touches.js';

export type ResourceId = number;

/** A piece of storage that outlives a task. */
export interface Resource {
  id: ResourceId;
  /** Readable and stable, e.g. `src/cart.ts#carts[]`. */
  name: string;
  /** A variable, a field of an object, or all fields of objects that count as one. */
  storage: { kind: 'variable' } | { kind: 'field'; token: TokenId; field: Field } | { kind: 'several' };
}

export interface Access {
  /** Index of the operation in its function. */
  op: number;
  resource: ResourceId;
  write: boolean;
  at: number;
  /** Made by whoever called the handler, on what it returned: not by a call inside the program. */
  isByCaller: boolean;
  /** The assumption that makes it an access, if it is none otherwise. */
  assumed: Assumed | null;
}

/** What an operation was found to touch. */
interface Found {
  index: number;
  op: Op;
  touch: Touch;
}

export interface Accesses {
  resources: Resource[];
  /** Whether objects had to be merged: then what a resource is says nothing about which object is meant. */
  isMerged: boolean;
  /** By instance; instances without accesses are missing. */
  of: ReadonlyMap<Instance, Access[]>;
}

function accessOf(
  { index, op }: Found,
  resource: ResourceId,
  write: boolean,
  assumed: Assumed | null,
): Access {
  return {
    op: index,
    resource,
    write,
    at: 'at' in op ? op.at : 0,
    isByCaller: op.op === 'return',
    // Of a construct that is not understood, no part is.
    assumed: op.op === 'opaque' ? { code: 'opaque-code', detail: op.code } : assumed,
  };
}

/** The same without the accesses that are picked. */
export function withoutAccesses(
  { resources, isMerged, of }: Accesses,
  isPicked: (access: Access) => boolean,
): Accesses {
  const rest = new Map<Instance, Access[]>();
  for (const [instance, all] of of)
    rest.set(instance, all.some(isPicked) ? all.filter(access => !isPicked(access)) : all);
  return { resources, isMerged, of: rest };
}

export function collectAccesses(program: PointsTo, sharing: Sharing): Accesses {
  return new Collector(program, sharing).collect();
}

class Collector {
  private readonly resources: Resource[] = [];
  private readonly names = new Map<string, number>();
  private readonly ofVariable = new Map<NodeId, ResourceId>();
  /** The variables of modules, under the names that they have where they are declared. */
  private readonly declared = new Map<NodeId, string>();
  /** Objects that are used with computed keys. */
  private readonly dynamic = new Set<TokenId>();
  /** The resources found in each object. */
  private readonly ofToken = new Map<TokenId, Map<Field, ResourceId>>();
  /** Global variables by their nodes: they are properties of the global object, too. */
  private readonly globals = new Map<NodeId, string>();
  private readonly merged: MergedObjects;
  private isMerged = false;

  constructor(
    private readonly program: PointsTo,
    private readonly sharing: Sharing,
  ) {
    this.merged = new MergedObjects(program.precision.bunch);
    for (const [name, node] of program.globalNames()) this.globals.set(node, name);
  }

  collect(): Accesses {
    const touched = this.touchedBy();
    this.merge(touched);
    const of = new Map<Instance, Access[]>();
    for (const [instance, list] of touched) {
      const accesses: Access[] = [];
      for (const found of list) {
        const { touch } = found;
        if (touch.kind === 'anything' || touch.kind === 'every') continue;
        const write = touch.kind !== 'exported' && touch.write;
        accesses.push(accessOf(found, this.resourceOf(touch), write, null));
      }
      of.set(instance, accesses);
    }
    // What is only ever read as a whole is one resource, too, and so is what tasks only ever hand over. What code outside
    // was handed before there were tasks, and nobody uses since, is its own.
    const inTasks = reachableFrom(this.program.rootInstances());
    for (const [instance, list] of touched)
      for (const { touch } of list)
        if (
          (touch.kind === 'every' ||
            (touch.kind === 'anything' && touch.isHanded && inTasks.has(instance))) &&
          !this.ofToken.has(this.merged.leaderOf(touch.token))
        )
          this.resourceIn(touch.token, ELEMENT);
    // Only fields that the program itself uses matter to what others do with the object.
    for (const [instance, list] of touched) {
      const accesses = of.get(instance) as Access[];
      for (const found of list) {
        const { touch } = found;
        if (touch.kind !== 'anything' && touch.kind !== 'every') continue;
        const isCopy = touch.kind === 'every';
        for (const resource of this.ofToken.get(this.merged.leaderOf(touch.token))?.values() ?? [])
          accesses.push(accessOf(found, resource, !isCopy && touch.write, isCopy ? null : touch.assumed));
      }
      of.set(instance, dedupe(accesses, this.resources.length));
    }
    return { resources: this.resources, isMerged: this.isMerged, of };
  }

  /** Makes one of what operations touch in bunches, if there is too much of it. */
  private merge(touched: ReadonlyMap<Instance, Found[]>): void {
    let touches = 0;
    let operations = 0;
    for (const { fn } of this.program.instances.all) operations += fn.opCount;
    for (const list of touched.values()) touches += list.length;
    this.mergeTangle();
    this.isMerged ||= touches > limitOf(this.program.precision.touches, operations);
    if (!this.isMerged) return;
    for (const list of touched.values()) {
      const objects = new Map<number, Set<TokenId>>();
      for (const { index, touch } of list) {
        if (!('token' in touch)) continue;
        const own = objects.get(index);
        if (own) own.add(touch.token);
        else objects.set(index, new Set([touch.token]));
      }
      for (const set of objects.values()) this.merged.touchedTogether(set);
    }
  }

  /** The tangle and its parts are one, and so is what the functions in it may do outside of the process. */
  private mergeTangle(): void {
    const { tangle, heap, solver } = this.program;
    if (!tangle) return;
    const parts = new Set<TokenId>([tangle.id, ...solver.tokens(tangle.contents)]);
    if (parts.size === 1) return;
    for (const { id, key } of heap.tokens) if (key.startsWith('store:')) parts.add(id);
    this.merged.join(parts);
    this.isMerged = true;
  }

  private touchedBy(): Map<Instance, Found[]> {
    const { program, sharing, dynamic } = this;
    const touched = new Map<Instance, Found[]>();
    let list: Found[] = [];
    let index = 0;
    let op: Op;
    const tangle = program.tangle?.id;
    let lastOfTangle = '';
    const touches = new Touches(program, sharing, touch => {
      if ('token' in touch && touch.token === tangle) {
        // Each of its parts is found by itself.
        const key = `${index} ${touch.kind} ${'write' in touch && touch.write} ${'isHanded' in touch}`;
        if (key === lastOfTangle) return;
        lastOfTangle = key;
      }
      list.push({ index, op, touch });
      if (touch.kind === 'field' && touch.field === ELEMENT) dynamic.add(touch.token);
    });
    for (const instance of program.instances.all) {
      list = [];
      lastOfTangle = '';
      instance.forEachOp((each, i) => {
        [op, index] = [each, i];
        touches.of(instance, op, index);
      });
      if (list.length > 0) touched.set(instance, list);
    }
    return touched;
  }

  private nameOfVariable(node: NodeId, owner: Instance, slot: number): string {
    const variable = variableOf(owner.fn, slot);
    const path = owner.fn.name ? `${owner.fn.name}.` : '';
    const name = variable ? `${owner.moduleId}#${path}${variable.name}` : null;
    if (name !== null && !owner.aliases?.has(slot)) return name;
    return this.nameOfAlias(node) ?? name ?? 'variable';
  }

  /** The name that the declaring module gives to a variable. */
  private nameOfAlias(node: NodeId): string | null {
    if (this.declared.size === 0)
      for (const [id, body] of this.program.bodies)
        for (const { slot, name } of body.fn.variables)
          if (!body.aliases?.has(slot)) this.declared.set(body.slot(slot), `${id}#${name}`);
    return this.declared.get(node) ?? null;
  }

  private resourceOf(touch: Exclude<Touch, { kind: 'anything' | 'every' }>): ResourceId {
    switch (touch.kind) {
      case 'field':
        return this.resourceIn(touch.token, touch.field);
      case 'exported':
        return this.variable(touch.node, () => this.nameOfAlias(touch.node) ?? 'variable');
      case 'variable': {
        const { node, owner, slot } = touch;
        const global = this.globals.get(node);
        if (global !== undefined) return this.resourceIn(this.program.globalObject.id, global);
        return this.variable(node, () => this.nameOfVariable(node, owner, slot));
      }
    }
  }

  private variable(node: NodeId, name: () => string): ResourceId {
    const known = this.ofVariable.get(node);
    if (known !== undefined) return known;
    const resource = this.add(name(), { kind: 'variable' });
    this.ofVariable.set(node, resource);
    return resource;
  }

  private resourceIn(object: TokenId, asked: Field): ResourceId {
    const id = this.merged.leaderOf(object);
    const isMerged = this.merged.isMerged(id);
    const token = this.program.heap.get(id);
    const field = isMerged || isCollection(token) || this.dynamic.has(id) ? ELEMENT : asked;
    let fields = this.ofToken.get(id);
    if (!fields) {
      fields = new Map();
      this.ofToken.set(id, fields);
    }
    const known = fields.get(field);
    if (known !== undefined) return known;
    const storage = isMerged ? { kind: 'several' as const } : { kind: 'field' as const, token: id, field };
    const resource = this.add(nameOfField(token, field), storage);
    fields.set(field, resource);
    return resource;
  }

  private add(name: string, storage: Resource['storage']): ResourceId {
    const id = this.resources.length;
    const count = (this.names.get(name) ?? 0) + 1;
    this.names.set(name, count);
    this.resources.push({ id, name: count === 1 ? name : `${name}~${count}`, storage });
    return id;
  }
}

function nameOfField(token: Token, field: Field): string {
  const suffix = suffixOf(field);
  if (token.kind === 'external') return `${token.name}${suffix}`;
  if (token.key === 'global') return `globalThis${suffix}`;
  const path = token.parent && token.parent.fn.form !== 'module' ? `${token.parent.fn.name}.` : '';
  const own = token.kind === 'function' ? token.name : `${path}${token.name}`;
  return token.module === null ? `${own}${suffix}` : `${token.module}#${own}${suffix}`;
}

function suffixOf(field: Field): string {
  if (field === ELEMENT) return '[]';
  // What a symbol names: `@kState`, and `@for state` for one of those that are the same everywhere.
  if (field.startsWith('@for ')) return `[Symbol.for(${field.slice(5)})]`;
  return /^@[^@]/.test(field) ? `[${field.slice(1)}]` : `.${field}`;
}

function dedupe(accesses: Access[], resources: number): Access[] {
  const seen = new Set<number>();
  return accesses.filter(
    ({ op, resource, write }) => seen.size < seen.add((op * resources + resource) * 2 + (write ? 1 : 0)).size,
  );
}
