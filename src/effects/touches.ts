/**
 * Touches: what of shared state may every operation read and write, as far as one operation can tell?
 *
 * Which of it is one resource is decided later (`accesses.ts`), as that takes a look at all operations.
 */
import { ELEMENT, type Field, ITEMS, ITERATED, KEY, NONE, type Op, PROTO, slotOf } from '../ir/ir.js';
import type { Instance } from './instances.js';
import { parsePlace } from './models/apply.js';
import type { PointsTo } from './points-to.js';
import { reachableObjects } from './reachable.js';
import type { Sharing } from './sharing.js';
import type { NodeId, TokenId } from './solver.js';
import { hasItems, isCollection, type Token } from './tokens.js';

/** What is not understood and so taken to do all that it could. */
export interface Assumed {
  code: 'unknown-call' | 'unknown-input' | 'opaque-code';
  /** What is called; the construct. */
  detail: string;
}

/** What an operation may touch, before it is known which objects are used with computed keys. */
export type Touch =
  | { kind: 'variable'; owner: Instance; slot: number; node: NodeId; write: boolean }
  /** A variable of another module, by way of the module's namespace. */
  | { kind: 'exported'; node: NodeId }
  | { kind: 'field'; token: TokenId; field: Field; write: boolean }
  /** Whatever fields the object has: its copy by `...` was made. */
  | { kind: 'every'; token: TokenId }
  /** Code that is not analysed had the object in hands; `isHanded`: this operation hands it over. */
  | { kind: 'anything'; token: TokenId; write: boolean; assumed: Assumed | null; isHanded?: true };

export class Touches {
  private readonly rootInstances: ReadonlySet<Instance>;
  /** By what the outside has in hands: the objects that have a field. */
  private readonly handed = new Map<NodeId, Map<Field, TokenId[]>>();
  /** Built-ins with properties of the program's own making. */
  private readonly extended = new Set<TokenId>();
  /** Fields that are read for their effects alone: they have no storage unless somebody writes them. */
  private readonly asked = new Map<TokenId, Set<Field>>();
  /** By object: the shared objects that can be reached from it. */
  private readonly reachable = new Map<TokenId, readonly TokenId[]>();
  /** The namespaces of modules that are in the tangle. */
  private namespaces: readonly Token[] | null = null;

  constructor(
    private readonly program: PointsTo,
    private readonly sharing: Sharing,
    /** Is told of every touch. */
    private readonly found: (touch: Touch) => void,
  ) {
    this.rootInstances = new Set(program.rootInstances());
    this.lookAround();
  }

  private lookAround(): void {
    const { instances, solver, heap } = this.program;
    for (const instance of instances.all)
      instance.forEachOp(op => {
        if (op.op === 'store') {
          for (const id of solver.tokens(instance.node(op.base)))
            if (heap.get(id).kind === 'builtin') this.extended.add(id);
        } else if (op.op === 'load' && op.to === NONE) {
          for (const id of solver.tokens(instance.node(op.base))) {
            if (!this.sharing.tokens.has(id)) continue;
            const fields = this.asked.get(id);
            if (fields) fields.add(op.field);
            else this.asked.set(id, new Set([op.field]));
          }
        }
      });
  }

  /**
   * Finds what an operation touches.
   *
   * @param index of the operation in its function
   */
  of(instance: Instance, op: Op, index: number): void {
    switch (op.op) {
      case 'variable': {
        const owner = instance.ownerOf(op.ref);
        if (!this.sharing.activations.has(owner)) return;
        this.found(this.variable(owner, slotOf(op.ref), op.write));
        return;
      }
      case 'load':
        this.field(instance.node(op.base), op.field, false);
        return;
      case 'store':
        if (!op.init || this.program.adopting.has(instance))
          this.field(instance.node(op.base), op.field, true);
        return;
      case 'spread':
        for (const id of this.program.solver.tokens(instance.node(op.from))) this.everyFieldOf(id);
        return;
      case 'call':
        if (op.field !== null && op.base !== NONE) this.field(instance.node(op.base), op.field, false);
        this.call(instance, index);
        return;
      case 'react':
        this.call(instance, index);
        return;
      case 'return':
        // Whoever called the handler reads what it is given.
        if (this.rootInstances.has(instance))
          for (const id of this.program.solver.tokens(instance.node(op.value))) this.everythingIn(id, false);
        return;
      case 'opaque':
        for (const ref of op.refs) {
          const owner = instance.ownerOf(ref);
          if (this.sharing.activations.has(owner)) this.found(this.variable(owner, slotOf(ref), true));
          this.everythingFrom(owner.slot(slotOf(ref)), null);
        }
        return;
    }
  }

  /** What its parts count as; there is none unless there are parts. */
  private get tangle(): TokenId {
    return (this.program.tangle as Token).id;
  }

  private variable(owner: Instance, slot: number, write: boolean): Touch {
    return { kind: 'variable', owner, slot, node: owner.slot(slot), write };
  }

  private field(base: NodeId, field: Field, write: boolean): void {
    if (field.startsWith('<') && field !== ITERATED && field !== KEY) return;
    for (const id of this.program.solver.tokens(base)) this.fieldOf(id, field, write);
  }

  private fieldOf(id: TokenId, field: Field, write: boolean): void {
    const token = this.program.heap.get(id);
    if (token.kind === 'builtin') {
      if (this.extended.has(id)) this.found({ kind: 'field', token: id, field, write });
      return;
    }
    if (token === this.program.tangle) {
      this.tangled(token, field, write);
      return;
    }
    if (isNamespace(token)) this.exported(token, field);
    if (token.isTangled) {
      this.found({ kind: 'field', token: this.tangle, field: ELEMENT, write });
      return;
    }
    const stored = storedField(token, field);
    if (stored === null) return;
    // A prototype may be shared where what inherits from it is a task's own.
    if (!write && token.fields.has(PROTO) && !isCollection(token)) this.inherited(token, stored, new Set());
    if (this.sharing.tokens.has(id)) this.found({ kind: 'field', token: id, field: stored, write });
    if (token.kind === 'external' || token.kind === 'input') this.handedTo(token, field, write);
  }

  /** Whatever the tangle stands for may be meant, the variables of modules included. */
  private tangled(tangle: Token, field: Field, write: boolean): void {
    const { heap, solver } = this.program;
    this.found({ kind: 'field', token: tangle.id, field: ELEMENT, write });
    this.namespaces ??= [...solver.tokens(tangle.contents)].map(id => heap.get(id)).filter(isNamespace);
    for (const namespace of this.namespaces) this.exported(namespace, field);
  }

  /** A copy of an object, field by field, reads those that it has; of a container, what it holds. */
  private everyFieldOf(id: TokenId): void {
    const token = this.program.heap.get(id);
    if (token.kind !== 'object' || token.isTangled || isCollection(token) || isNamespace(token))
      this.fieldOf(id, ELEMENT, false);
    else if (this.sharing.tokens.has(id)) this.found({ kind: 'every', token: id });
  }

  /** Reading a property of a module's namespace reads the variable behind it. */
  private exported(namespace: Token, field: Field): void {
    for (const [name, node] of namespace.views)
      if (name === field || (field === ELEMENT && !name.startsWith('<')))
        this.found({ kind: 'exported', node });
  }

  /** What comes from the outside may be any object that it was handed. */
  private handedTo(outside: Token, field: Field, write: boolean): void {
    const { solver, heap } = this.program;
    if (field === ELEMENT || field === ITERATED) {
      // Of what a handler was called with, a list is a list of the request's own things.
      if (outside.kind === 'input') return;
      for (const id of solver.tokens(outside.contents))
        if (this.sharing.tokens.has(id)) this.found({ kind: 'anything', token: id, write, assumed: null });
      return;
    }
    for (const id of this.handedWith(outside, field)) {
      const stored = storedField(heap.get(id), field);
      if (stored !== null) this.found({ kind: 'field', token: id, field: stored, write });
    }
  }

  /** The shared objects in the hands of `outside` that have a field. */
  private handedWith(outside: Token, field: Field): readonly TokenId[] {
    let byField = this.handed.get(outside.contents);
    if (!byField) {
      byField = new Map();
      for (const id of this.program.solver.tokens(outside.contents)) {
        if (!this.sharing.tokens.has(id)) continue;
        for (const name of new Set([
          ...this.program.heap.get(id).fields.keys(),
          ...(this.asked.get(id) ?? []),
        ])) {
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
  private inherited(token: Token, field: Field, seen: Set<TokenId>): void {
    const { solver, heap } = this.program;
    const protoNode = token.fields.get(PROTO);
    if (protoNode === undefined || seen.has(token.id)) return;
    seen.add(token.id);
    for (const id of solver.tokens(protoNode)) {
      const proto = heap.get(id);
      if ((proto.fields.has(field) || proto === this.program.tangle) && this.sharing.tokens.has(id))
        this.found({ kind: 'field', token: id, field, write: false });
      this.inherited(proto, field, seen);
    }
  }

  private call(instance: Instance, index: number): void {
    const record = instance.calls.get(index);
    if (!record) return;
    for (const { model, self, args, result } of record.models) {
      for (const [places, write] of [
        [model.reads, false],
        [model.writes, true],
      ] as const) {
        for (const place of places ?? []) this.place(place, { self, args, result }, write);
      }
    }
    if (record.externals.size > 0) {
      const first = record.externals.at(0);
      const { name: detail, kind } = this.program.heap.get(first);
      const assumed: Assumed = { code: kind === 'input' ? 'unknown-input' : 'unknown-call', detail };
      for (const id of record.externals) {
        if (this.program.heap.get(id).isTangled)
          this.found({ kind: 'anything', token: this.tangle, write: true, assumed, isHanded: true });
        else if (this.sharing.tokens.has(id))
          this.found({ kind: 'anything', token: id, write: true, assumed });
        this.keptBy(this.program.heap.get(id), assumed);
      }
      for (const arg of record.args) this.everythingFrom(arg, assumed, true);
    }
  }

  /** What a package was handed at any call it may use at every other. */
  private keptBy(outside: Token, assumed: Assumed): void {
    // What the tangle was handed are its parts, which are one with it.
    if (outside.kind !== 'external' || outside === this.program.tangle || outside.isTangled) return;
    for (const token of this.program.solver.tokens(outside.contents))
      if (this.program.heap.get(token).kind === 'object' && this.sharing.tokens.has(token))
        this.found({ kind: 'anything', token, write: true, assumed });
  }

  private place(
    place: string,
    nodes: { self: NodeId; args: NodeId[]; result: NodeId },
    write: boolean,
  ): void {
    const { solver, heap } = this.program;
    if (place.startsWith('@')) {
      const store = heap.intern(`store:${place.slice(1)}`, 'object', 'Store', place.slice(1));
      this.found({ kind: 'field', token: store.id, field: ELEMENT, write });
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
        if (parsed.deep) this.everythingIn(id, write);
        else if (parsed.every && !write) this.everyFieldOf(id);
        else if (last !== undefined && heap.get(id).isTangled) this.fieldOf(id, last, write);
        else if (last !== undefined && this.sharing.tokens.has(id)) {
          const stored = storedField(heap.get(id), last);
          if (stored !== null) this.found({ kind: 'field', token: id, field: stored, write });
        }
      }
    }
  }

  private everythingFrom(node: NodeId, assumed: Assumed | null, isHanded?: true): void {
    for (const id of this.program.solver.tokens(node)) this.everythingIn(id, true, assumed, isHanded);
  }

  /** Everything that can be reached from an object, without what can be reached only through functions. */
  private everythingIn(
    start: TokenId,
    write: boolean,
    assumed: Assumed | null = null,
    isHanded?: true,
  ): void {
    const { heap } = this.program;
    if (heap.get(start).isTangled) {
      this.found({ kind: 'anything', token: this.tangle, write, assumed, ...(isHanded && { isHanded }) });
      return;
    }
    let shared = this.reachable.get(start);
    if (!shared) {
      shared = [...reachableObjects(this.program, start)].filter(
        id =>
          (heap.get(id).kind === 'object' || id === this.program.tangle?.id) && this.sharing.tokens.has(id),
      );
      this.reachable.set(start, shared);
    }
    for (const token of shared)
      this.found({ kind: 'anything', token, write, assumed, ...(isHanded && { isHanded }) });
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
      field === ITEMS ||
      field === KEY ||
      field === 'length' ||
      field === 'size' ||
      /^\d+$/.test(field)
      ? ELEMENT
      : token.fields.has(field)
        ? field
        : null;
  }
  if (field === ITERATED || field === ITEMS) return hasItems(token) ? ELEMENT : null;
  return field === KEY ? ELEMENT : field;
}
