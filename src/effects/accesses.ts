/**
 * Accesses: which resources does every operation read and write?
 *
 * A resource is a variable or a field of a shared object. Containers (arrays, maps, sets, and objects that are used
 * with computed keys) are one resource each, because which of their elements an access means is not known
 * here. Filling an object that was just made is no access: nobody else has it yet.
 */
import { ELEMENT, type Field, ITERATED, KEY, NONE, type Op, PROTO, slotOf } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import type { Instance } from './instances.js';
import { parsePlace } from './models/apply.js';
import type { PointsTo } from './points-to.js';
import type { Sharing } from './sharing.js';
import type { NodeId, TokenId } from './solver.js';
import { isCollection, type Token } from './tokens.js';

export type ResourceId = number;

/** A piece of storage that outlives a task. */
export interface Resource {
  id: ResourceId;
  /** Readable and stable, e.g. `src/cart.ts#carts[]`. */
  name: string;
  /** A variable, or a field of an object. */
  storage: { kind: 'variable' } | { kind: 'field'; token: TokenId; field: Field };
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

/** What is not understood and so taken to do all that it could. */
export interface Assumed {
  code: 'unknown-call' | 'unknown-input' | 'opaque-code';
  /** What is called; the construct. */
  detail: string;
}

/** What an access may touch, before it is known which objects are used with computed keys. */
type Raw =
  | { kind: 'variable'; node: NodeId; write: boolean }
  | { kind: 'field'; token: TokenId; field: Field; write: boolean }
  /** Code that is not analysed had the object in hands. */
  | { kind: 'anything'; token: TokenId; write: boolean; assumed: Assumed | null };

/** What an operation was found to touch. */
interface Found {
  op: number;
  at: number;
  isByCaller: boolean;
  /** The construct that it is an operation of, if that is not understood as a whole. */
  assumed: Assumed | null;
  raw: Raw;
}

export interface Accesses {
  resources: Resource[];
  /** By instance; instances without accesses are missing. */
  of: ReadonlyMap<Instance, Access[]>;
}

export function collectAccesses(program: PointsTo, sharing: Sharing): Accesses {
  return new Collector(program, sharing).collect();
}

class Collector {
  private readonly resources: Resource[] = [];
  private readonly byKey = new Map<string, ResourceId>();
  private readonly names = new Map<string, number>();
  private readonly variableNames = new Map<NodeId, string>();
  private readonly rootInstances = new Set<Instance>();
  /** Objects that are used with computed keys. */
  private readonly dynamic = new Set<TokenId>();
  /** By what the outside has in hands: the objects that have a field. */
  private readonly handed = new Map<NodeId, Map<Field, TokenId[]>>();
  /** The resources found in each object. */
  private readonly ofToken = new Map<TokenId, Set<ResourceId>>();

  /** Global variables by their nodes: they are properties of the global object, too. */
  private readonly globals = new Map<NodeId, string>();
  /** Built-ins with properties of the program's own making. */
  private readonly extended = new Set<TokenId>();

  constructor(
    private readonly program: PointsTo,
    private readonly sharing: Sharing,
  ) {
    for (const [name, node] of program.globalNames()) this.globals.set(node, name);
    for (const root of program.roots.values())
      for (const instance of root.instances) this.rootInstances.add(instance);
  }

  collect(): Accesses {
    this.findExtended();
    const raws = new Map<Instance, Found[]>();
    for (const instance of this.program.instances.all) {
      const list: Found[] = [];
      instance.forEachOp((op, index) => {
        const assumed: Assumed | null = op.op === 'opaque' ? { code: 'opaque-code', detail: op.code } : null;
        for (const raw of this.rawAccesses(instance, op, index)) {
          const isByCaller = op.op === 'return';
          list.push({ op: index, at: 'at' in op ? op.at : 0, isByCaller, assumed, raw });
          if (raw.kind === 'field' && raw.field === ELEMENT) this.dynamic.add(raw.token);
        }
      });
      if (list.length > 0) raws.set(instance, list);
    }
    const of = new Map<Instance, Access[]>();
    for (const [instance, list] of raws) {
      const accesses: Access[] = [];
      for (const { raw, ...found } of list)
        if (raw.kind !== 'anything')
          accesses.push({ ...found, resource: this.resourceOf(raw), write: raw.write });
      of.set(instance, accesses);
    }
    // Only fields that the program itself uses matter to what others do with the object.
    for (const [instance, list] of raws) {
      for (const { raw, ...found } of list) {
        if (raw.kind !== 'anything') continue;
        const assumed = found.assumed ?? raw.assumed;
        for (const resource of this.ofToken.get(raw.token) ?? [])
          of.get(instance)?.push({ ...found, resource, write: raw.write, assumed });
      }
    }
    for (const [instance, accesses] of of) of.set(instance, dedupe(accesses));
    return { resources: this.resources, of };
  }

  private findExtended(): void {
    const { instances, solver, heap } = this.program;
    for (const instance of instances.all)
      instance.forEachOp(op => {
        if (op.op !== 'store') return;
        for (const id of solver.tokens(instance.node(op.base)))
          if (heap.get(id).kind === 'builtin') this.extended.add(id);
      });
  }

  private *rawAccesses(instance: Instance, op: Op, index: number): Iterable<Raw> {
    switch (op.op) {
      case 'variable': {
        const owner = instance.ownerOf(op.ref);
        if (!this.sharing.activations.has(owner)) return;
        yield this.variableAccess(owner, slotOf(op.ref), op.write);
        return;
      }
      case 'load':
        yield* this.fieldAccesses(instance.node(op.base), op.field, false);
        return;
      case 'store':
        if (!op.init) yield* this.fieldAccesses(instance.node(op.base), op.field, true);
        return;
      case 'call':
        if (op.field !== null && op.base !== NONE)
          yield* this.fieldAccesses(instance.node(op.base), op.field, false);
        yield* this.callAccesses(instance, index);
        return;
      case 'react':
        yield* this.callAccesses(instance, index);
        return;
      case 'return':
        // Whoever called the handler reads what it is given.
        if (this.rootInstances.has(instance))
          for (const id of this.program.solver.tokens(instance.node(op.value)))
            yield* this.everythingIn(id, false);
        return;
      case 'opaque':
        for (const ref of op.refs) {
          const owner = instance.ownerOf(ref);
          if (this.sharing.activations.has(owner)) yield this.variableAccess(owner, slotOf(ref), true);
          yield* this.everythingFrom(owner.slot(slotOf(ref)), null);
        }
        return;
    }
  }

  private variableAccess(owner: Instance, slot: number, write: boolean): Raw {
    const node = owner.slot(slot);
    const global = this.globals.get(node);
    if (global !== undefined)
      return { kind: 'field', token: this.program.globalObject.id, field: global, write };
    this.nameVariable(node, owner, slot);
    return { kind: 'variable', node, write };
  }

  private *fieldAccesses(base: NodeId, field: Field, write: boolean): Iterable<Raw> {
    if (field.startsWith('<') && field !== ITERATED && field !== KEY) return;
    const { solver, heap } = this.program;
    for (const id of solver.tokens(base)) {
      const token = heap.get(id);
      if (token.kind === 'builtin') {
        if (this.extended.has(id)) yield { kind: 'field', token: id, field, write };
        continue;
      }
      if (isNamespace(token)) yield* this.exportAccesses(token, field);
      const stored = storedField(token, field);
      if (stored === null) continue;
      // A prototype may be shared where what inherits from it is a task's own.
      if (!write && !isCollection(token)) yield* this.inherited(token, stored, new Set());
      if (this.sharing.tokens.has(id)) yield { kind: 'field', token: id, field: stored, write };
      if (token.kind === 'external' || token.kind === 'input')
        yield* this.handedAccesses(token, field, write);
    }
  }

  /** Reading a property of a module's namespace reads the variable behind it. */
  private *exportAccesses(namespace: Token, field: Field): Iterable<Raw> {
    for (const [name, node] of namespace.views) {
      if (name !== field && (field !== ELEMENT || name.startsWith('<'))) continue;
      if (!this.variableNames.has(node)) this.variableNames.set(node, this.nameOfAlias(node) ?? 'variable');
      yield { kind: 'variable', node, write: false };
    }
  }

  /** What comes from the outside may be any object that it was handed. */
  private *handedAccesses(outside: Token, field: Field, write: boolean): Iterable<Raw> {
    const { solver, heap } = this.program;
    if (field === ELEMENT || field === ITERATED) {
      // Of what a handler was called with, a list is a list of the request's own things.
      if (outside.kind === 'input') return;
      for (const id of solver.tokens(outside.contents))
        if (this.sharing.tokens.has(id)) yield { kind: 'anything', token: id, write, assumed: null };
      return;
    }
    for (const id of this.handedWith(outside, field)) {
      const stored = storedField(heap.get(id), field);
      if (stored !== null) yield { kind: 'field', token: id, field: stored, write };
    }
  }

  /** The shared objects in the hands of `outside` that have a field. */
  private handedWith(outside: Token, field: Field): readonly TokenId[] {
    let byField = this.handed.get(outside.contents);
    if (!byField) {
      byField = new Map();
      for (const id of this.program.solver.tokens(outside.contents)) {
        if (!this.sharing.tokens.has(id)) continue;
        for (const name of this.program.heap.get(id).fields.keys()) {
          const list = byField.get(name);
          if (list) list.push(id);
          else byField.set(name, [id]);
        }
      }
      this.handed.set(outside.contents, byField);
    }
    return byField.get(field) ?? [];
  }

  /** A field that is not found in an object is read from its prototypes. */
  private *inherited(token: Token, field: Field, seen: Set<TokenId>): Iterable<Raw> {
    const { solver, heap } = this.program;
    const protoNode = token.fields.get(PROTO);
    if (protoNode === undefined || seen.has(token.id)) return;
    seen.add(token.id);
    for (const id of solver.tokens(protoNode)) {
      const proto = heap.get(id);
      if (proto.fields.has(field) && this.sharing.tokens.has(id))
        yield { kind: 'field', token: id, field, write: false };
      yield* this.inherited(proto, field, seen);
    }
  }

  private *callAccesses(instance: Instance, index: number): Iterable<Raw> {
    const record = instance.calls.get(index);
    if (!record) return;
    for (const { model, self, args, result } of record.models) {
      for (const [places, write] of [
        [model.reads, false],
        [model.writes, true],
      ] as const) {
        for (const place of places ?? []) yield* this.placeAccesses(place, { self, args, result }, write);
      }
    }
    if (record.externals.size > 0) {
      const [first] = record.externals;
      const { name: detail, kind } = this.program.heap.get(first as TokenId);
      const assumed: Assumed = { code: kind === 'input' ? 'unknown-input' : 'unknown-call', detail };
      for (const id of record.externals)
        if (this.sharing.tokens.has(id)) yield { kind: 'anything', token: id, write: true, assumed };
      for (const arg of record.args) yield* this.everythingFrom(arg, assumed);
    }
  }

  private *placeAccesses(
    place: string,
    nodes: { self: NodeId; args: NodeId[]; result: NodeId },
    write: boolean,
  ): Iterable<Raw> {
    const { solver, heap } = this.program;
    if (place.startsWith('@')) {
      const store = heap.intern(`store:${place.slice(1)}`, 'object', 'Store', place.slice(1));
      yield { kind: 'field', token: store.id, field: ELEMENT, write };
      return;
    }
    const parsed = parsePlace(place);
    const roots =
      parsed.root === 'this'
        ? [nodes.self]
        : typeof parsed.root === 'number'
          ? parsed.andAfter
            ? nodes.args.slice(parsed.root)
            : nodes.args.slice(parsed.root, parsed.root + 1)
          : [nodes.result];
    const steps = parsed.steps;
    for (const root of roots) {
      let holders: Iterable<TokenId> = solver.tokens(root);
      for (const step of steps.slice(0, -1)) {
        const next = new Set<TokenId>();
        for (const id of holders)
          for (const t of solver.tokens(this.program.viewOf(heap.get(id), step))) next.add(t);
        holders = next;
      }
      const last = steps[steps.length - 1];
      for (const id of holders) {
        if (parsed.deep) yield* this.everythingIn(id, write);
        else if (last !== undefined && this.sharing.tokens.has(id)) {
          const stored = storedField(heap.get(id), last);
          if (stored !== null) yield { kind: 'field', token: id, field: stored, write };
        }
      }
    }
  }

  private *everythingFrom(node: NodeId, assumed: Assumed | null): Iterable<Raw> {
    for (const id of this.program.solver.tokens(node)) yield* this.everythingIn(id, true, assumed);
  }

  /** Everything that can be reached from an object, without what can be reached only through functions. */
  private *everythingIn(start: TokenId, write: boolean, assumed: Assumed | null = null): Iterable<Raw> {
    const { solver, heap } = this.program;
    const seen = new Set<TokenId>([start]);
    for (const id of seen) {
      const token = heap.get(id);
      if (token.kind !== 'object') continue;
      if (this.sharing.tokens.has(id)) yield { kind: 'anything', token: id, write, assumed };
      for (const [field, node] of token.fields)
        if (field !== PROTO) for (const inner of solver.tokens(node)) seen.add(inner);
    }
  }

  private nameVariable(node: NodeId, owner: Instance, slot: number): void {
    if (this.variableNames.has(node)) return;
    const variable = variableOf(owner.fn, slot);
    const path = owner.fn.name ? `${owner.fn.name}.` : '';
    let name = variable ? `${owner.moduleId}#${path}${variable.name}` : null;
    if (owner.aliases?.has(slot) || name === null) name = this.nameOfAlias(node) ?? name ?? 'variable';
    this.variableNames.set(node, name);
  }

  /** The name that the declaring module gives to a variable. */
  private nameOfAlias(node: NodeId): string | null {
    for (const [id, body] of this.program.bodies)
      for (const variable of body.fn.variables)
        if (!body.aliases?.has(variable.slot) && body.slot(variable.slot) === node)
          return `${id}#${variable.name}`;
    return null;
  }

  private resourceOf(raw: Exclude<Raw, { kind: 'anything' }>): ResourceId {
    if (raw.kind === 'variable') {
      const name = this.variableNames.get(raw.node) ?? 'variable';
      return this.intern(`v${raw.node}`, name, { kind: 'variable' });
    }
    const token = this.program.heap.get(raw.token);
    const field = isCollection(token) || this.dynamic.has(raw.token) ? ELEMENT : raw.field;
    const storage = { kind: 'field', token: raw.token, field } as const;
    const id = this.intern(`f${raw.token}.${field}`, nameOfField(token, field), storage);
    const known = this.ofToken.get(raw.token);
    if (known) known.add(id);
    else this.ofToken.set(raw.token, new Set([id]));
    return id;
  }

  private intern(key: string, name: string, storage: Resource['storage']): ResourceId {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const id = this.resources.length;
    const count = (this.names.get(name) ?? 0) + 1;
    this.names.set(name, count);
    this.resources.push({ id, name: count === 1 ? name : `${name}~${count}`, storage });
    this.byKey.set(key, id);
    return id;
  }
}

const isNamespace = (token: Token): boolean => token.key.startsWith('namespace:');

/** The field under which an access is counted; null when it touches nothing that is written. */
function storedField(token: Token, field: Field): Field | null {
  if (field === PROTO) return null;
  if (isCollection(token)) {
    // A method of a container is no part of what it holds.
    return field === ELEMENT ||
      field === ITERATED ||
      field === KEY ||
      field === 'length' ||
      field === 'size' ||
      /^\d+$/.test(field)
      ? ELEMENT
      : token.fields.has(field)
        ? field
        : null;
  }
  return field === ITERATED || field === KEY ? ELEMENT : field;
}

function nameOfField(token: Token, field: Field): string {
  const suffix = field === ELEMENT ? '[]' : `.${field}`;
  if (token.kind === 'external') return `${token.name}${suffix}`;
  if (token.key === 'global') return `globalThis${suffix}`;
  const path = token.parent && token.parent.fn.form !== 'module' ? `${token.parent.fn.name}.` : '';
  const own = token.kind === 'function' ? token.name : `${path}${token.name}`;
  return token.module === null ? `${own}${suffix}` : `${token.module}#${own}${suffix}`;
}

function dedupe(accesses: Access[]): Access[] {
  const seen = new Set<string>();
  return accesses.filter(a => {
    const key = `${a.op}.${a.resource}.${a.write}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
