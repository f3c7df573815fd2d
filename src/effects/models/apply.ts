/**
 * Turns the model of a function, at one call of it, into constraints.
 *
 * Two things are made here that no expression of the program makes: the fresh objects that a model returns, and, where
 * a class of the program extends a modelled one, the link from its objects to the methods they inherit.
 */
import { ELEMENT, type Field, PROTO, RETURN_SLOT } from '../../ir/ir.js';
import { type Invocation, invoke, passArguments } from '../calls.js';
import { copyFields } from '../constraints.js';
import { addRoot, callOutside, HANDED_ON, handOver, type InputType, watch } from '../outside.js';
import type { PointsTo } from '../points-to.js';
import { makeSettler } from '../settlers.js';
import { NOWHERE, type NodeId, type TokenId } from '../solver.js';
import { callTangle } from '../tangle.js';
import type { Token } from '../tokens.js';
import type { CallModel, FunctionModel, Place, Source } from './model.js';
import { freshIn, isPlace, type ParsedPlace, parsePlace } from './places.js';

export { parsePlace } from './places.js';

/** More models than this at one call come from functions that are handed to themselves, without end. */
const MAX_MODELS = 250;

export function applyModel(program: PointsTo, model: FunctionModel, call: Invocation): void {
  const { models } = call.record;
  const known = models.find(
    m =>
      m.model === model &&
      (m.result === call.result || m.self === call.self) &&
      m.args.length === call.args.length &&
      m.args.every((arg, i) => arg === call.args[i]),
  );
  if (known) {
    if (call.receiver !== null) program.solver.addToken(known.self, call.receiver);
    return;
  }
  if (model.unknown || models.length > MAX_MODELS) {
    callOutside(program, program.external('code without a model', 'package:unmodelled'), call);
    return;
  }
  new ModelledCall(program, model, call).apply();
}

class ModelledCall {
  private readonly self: NodeId;
  private readonly result: NodeId;
  /** What tells the objects made here from those of other calls. */
  private readonly key: string;
  /** The type that `this` gets, when the call is that of a parent's constructor. */
  private readonly inherited: string | undefined;

  constructor(
    private readonly program: PointsTo,
    private readonly model: FunctionModel,
    private readonly call: Invocation,
  ) {
    const { record, instance, opIndex } = call;
    this.self = this.receiverNode();
    const isOnThis = !call.isNew && call.self !== null && call.receiver === null;
    this.inherited = isOnThis ? program.models.constructedBy(model) : undefined;
    this.result = this.inherited === undefined ? call.result : this.self;
    record.models.push({ model, self: this.self, args: call.args, result: this.result });
    this.key = `${instance.id}.${opIndex}.${record.models.length}`;
  }

  apply(): void {
    const { model, program } = this;
    if (this.inherited !== undefined) this.inherit(this.inherited);
    else if (model.returns !== undefined) program.solver.addEdge(this.read(model.returns), this.result);
    for (const [from, to] of model.flows ?? []) this.flow(from, to);
    for (const place of model.retains ?? [])
      handOver(program, this.read(place), program.external('code outside', 'package:retained'));
    for (const callModel of model.calls ?? []) this.callBack(callModel);
  }

  /** All that the call may be made on. */
  private receiverNode(): NodeId {
    const { call, program } = this;
    if (call.self !== null && call.receiver === null) return call.self;
    const node = program.solver.newNode();
    if (call.receiver !== null) program.solver.addToken(node, call.receiver);
    return node;
  }

  /** `super(...)` and `Parent.call(this)`: the object itself has what the parent's instances have. */
  private inherit(type: string): void {
    const { heap, solver } = this.program;
    const prototype = heap.intern(`prototype:${type}`, 'object', type, type);
    solver.listen(this.self, id => {
      const token = heap.get(id);
      if (token.kind === 'object') solver.addToken(heap.field(token, PROTO), prototype.id);
    });
  }

  // Objects.

  /** The object of a type that this call makes; one for every part of the model that asks for another. */
  private fresh(type: string, part: string): Token {
    const { heap, models } = this.program;
    const { call } = this;
    const key = `${this.key}${part}`;
    const name = call.hint || type;
    if (!models.isOpen(type) && !models.isCallable(type)) {
      const token = this.program.freshObject(type, key, name, call.instance, call.at);
      this.furnish(token, key, new Map([[type, token.id]]));
      return token;
    }
    // There is more to it than the models say, as with what a handler is called with.
    const token = heap.intern(`fresh:${key}:${type}`, 'input', type, name);
    if (token.module === null) {
      token.module = call.instance.moduleId;
      token.at = call.at;
      token.parent = call.instance;
      watch(this.program, token);
    }
    return token;
  }

  /** Gives an object the properties that its type has; one of a type that it is inside of is that very object. */
  private furnish(token: Token, key: string, around: ReadonlyMap<string, TokenId>): void {
    const { heap, models, solver } = this.program;
    const { instance, at } = this.call;
    for (const [name, type] of models.propertiesOf(token.type)) {
      const outer = around.get(type);
      if (outer !== undefined) {
        solver.addToken(heap.field(token, name), outer);
        continue;
      }
      const inner = this.program.freshObject(type, `${key}.${name}`, `${token.name}.${name}`, instance, at);
      solver.addToken(heap.field(token, name), inner.id);
      this.furnish(inner, `${key}.${name}`, new Map([...around, [type, inner.id]]));
    }
  }

  /** Gives what a handler is called with the properties that lead to what all tasks share. */
  private linkShared(type: string, inputs: NodeId): void {
    const { heap, models, solver } = this.program;
    for (const [name, kept] of models.sharedProperties(type)) {
      const from = this.read(`$shared.${kept}`);
      solver.listen(inputs, id => {
        if (heap.get(id).kind === 'input') solver.addEdge(from, heap.field(heap.get(id), name));
      });
    }
  }

  /** The function that settles the promise which this call makes. */
  private settler(): NodeId {
    const { heap, solver } = this.program;
    const promise = this.fresh('Promise', '');
    const token = makeSettler(heap, promise.key);
    const node = solver.newNode();
    solver.addToken(node, token.id);
    return node;
  }

  // Places.

  private read(source: Source): NodeId {
    const { solver } = this.program;
    if (source === 'primitive') return NOWHERE;
    if (source === 'settle') return this.settler();
    const made = freshIn(source);
    if (made) {
      const node = solver.newNode();
      solver.addToken(node, this.fresh(made.type, made.part).id);
      return node;
    }
    const place = parsePlace(source);
    const node = this.walk(place, place.steps.length);
    return place.deep ? this.reachable(node) : node;
  }

  private flow(from: Source, to: Place): void {
    const target = parsePlace(to);
    const source = target.every && isPlace(from) ? parsePlace(from) : null;
    if (source?.every)
      copyFields(
        this.program,
        this.walk(source, source.steps.length - 1),
        this.walk(target, target.steps.length - 1),
      );
    else this.write(this.read(from), to);
  }

  private write(from: NodeId, to: Place): void {
    const { heap, solver } = this.program;
    const place = parsePlace(to);
    const last = place.steps.length - 1;
    if (last < 0) {
      solver.addEdge(from, this.rootNode(place));
      return;
    }
    const field = this.fieldOf(place, last);
    solver.listen(this.walk(place, last), id => solver.addEdge(from, heap.field(heap.get(id), field)));
  }

  private walk(place: ParsedPlace, steps: number): NodeId {
    const { heap, solver } = this.program;
    let node = this.rootNode(place);
    for (let i = 0; i < steps; i++) {
      const field = this.fieldOf(place, i);
      const next = solver.newNode();
      solver.listen(node, id => this.follow(heap.get(id), field, next));
      node = next;
    }
    return node;
  }

  private follow(token: Token, field: Field, to: NodeId): void {
    const { program } = this;
    const { heap, solver } = program;
    if (field === '<held>' || field === '<emitted>') {
      // Models alone put something there, so nobody outside can have done it.
      solver.addEdge(heap.field(token, field), to);
      return;
    }
    if (!field.startsWith('<listeners')) {
      solver.addEdge(program.viewOf(token, field), to);
      return;
    }
    // Of an event whose name is not known, listeners may be those of any other.
    heap.eachField(token, (other, node) => {
      if (
        other.startsWith('<listeners') &&
        (other === field || other.endsWith('rs>') || field.endsWith('rs>'))
      )
        solver.addEdge(node, to);
    });
  }

  /** The field that a step leads to, which a literal argument may name. */
  private fieldOf(place: ParsedPlace, step: number): Field {
    const field = place.steps[step] as Field;
    const argument = place.literals[step] as number;
    const literal = argument < 0 ? undefined : this.literal(argument);
    if (literal === undefined) return field;
    return field === ELEMENT ? literal : `${field.slice(0, -1)} ${literal}>`;
  }

  private literal(index: number): string | undefined {
    const { args, record } = this.call;
    // `emitter.on.call(other, 'x', f)` has its arguments elsewhere.
    if (record.op.op !== 'call' || args !== record.args) return undefined;
    return this.call.instance.literalOf(record.op.literals[index] ?? null);
  }

  private rootNode(place: ParsedPlace): NodeId {
    switch (place.root) {
      case 'this':
        return this.self;
      case 'return':
        return this.result;
      case 'shared':
      case 'task':
        return this.kept(place.root);
      default:
        return this.argument(place.root, place.andAfter);
    }
  }

  /** What packages keep between calls: for all tasks, as if in a module of theirs, or for the running task alone. */
  private kept(root: 'shared' | 'task'): NodeId {
    const { heap, solver } = this.program;
    const key = root === 'shared' ? 'module:<packages>' : '<task>';
    const token = heap.intern(key, 'object', 'Object', 'packages');
    const node = solver.newNode();
    solver.addToken(node, token.id);
    return node;
  }

  private argument(index: number, andAfter: boolean): NodeId {
    const { call } = this;
    const { solver } = this.program;
    const known = this.knownArguments();
    if (!andAfter && index < known) return call.args[index] ?? NOWHERE;
    const node = solver.newNode();
    call.args.forEach((arg, i) => {
      if (i >= known || (andAfter && i >= index)) solver.addEdge(arg, node);
    });
    return node;
  }

  /** How many arguments have a position that is known. */
  private knownArguments(): number {
    return this.call.spread < 0 ? this.call.args.length : this.call.spread;
  }

  private reachable(start: NodeId): NodeId {
    const { heap, solver } = this.program;
    const all = solver.newNode();
    const seen = new Set<TokenId>();
    solver.addEdge(start, all);
    solver.listen(all, id => {
      const token = heap.get(id);
      if (token.kind !== 'object' || seen.has(id)) return;
      seen.add(id);
      heap.eachField(token, (field, node) => {
        if (field !== PROTO) solver.addEdge(node, all);
      });
    });
    return all;
  }

  // Callbacks.

  private callBack(model: CallModel): void {
    const { program } = this;
    const { heap, solver } = program;
    const result = solver.newNode();
    if (model.result !== undefined) this.write(result, model.result);
    const self = model.self === undefined ? null : this.read(model.self);
    const literal = this.literal(0);
    const sources = (literal === undefined ? undefined : model.argsByLiteral?.[literal]) ?? model.args ?? [];
    const callee = this.read(model.callee);
    const { when } = model;
    if (when === 'now' || when === 'continuation') {
      const { call } = this;
      const into = when === 'now' ? call.record.callbacks : call.record.later;
      const invocation = {
        ...call,
        into,
        receiver: null,
        self,
        ...this.handedOn(sources),
        result,
        isNew: false,
      };
      // A method of what comes from outside (its `toJSON`) is the outside's own business.
      const isMethod = parsePlace(model.callee).steps.length > 0;
      solver.listen(callee, id => {
        const { kind } = heap.get(id);
        if (!isMethod || id === program.tangle?.id || (kind !== 'external' && kind !== 'input'))
          invoke(program, id, invocation);
      });
      return;
    }
    solver.listen(callee, id => {
      const token = heap.get(id);
      if (token === program.tangle) this.registerTangle(token, sources, self, result);
      if (token.kind !== 'function') return;
      const own = model.argsByArity?.[String(token.fn?.params.length)] ?? sources;
      this.register(token, when, own, self, result);
    });
  }

  /** `arg1+` hands on these arguments each in its place, and what comes after it behind them. */
  private handedOn(sources: readonly Source[]): { args: NodeId[]; spread: number } {
    const { call } = this;
    const at = sources.findIndex(source => /^arg\d+\+$/.test(source));
    const read = (source: Source): NodeId => this.read(source);
    if (at < 0) return { args: sources.map(read), spread: -1 };
    const known = this.knownArguments();
    const from = Math.min(parsePlace(sources[at] as Source).root as number, known);
    return {
      args: [...sources.slice(0, at).map(read), ...call.args.slice(from), ...sources.slice(at + 1).map(read)],
      spread: call.spread < 0 ? -1 : at + known - from,
    };
  }

  /** The functions in the tangle are in the hands of the outside anyway; here is what they are called with. */
  private registerTangle(
    tangle: Token,
    sources: readonly Source[],
    self: NodeId | null,
    result: NodeId,
  ): void {
    const { args } = this.handedOn(sources);
    callTangle(this.program, tangle, { ...this.call, receiver: null, self, args, result });
  }

  /** Makes a function the entry of a handler that is called with what the model says. */
  private register(
    token: Token,
    when: Exclude<CallModel['when'], 'now' | 'continuation'>,
    sources: readonly Source[],
    self: NodeId | null,
    result: NodeId,
  ): void {
    const { program } = this;
    const { solver } = program;
    // What is made for a run is the handler's input; what is handed on is passed below.
    const types = inputTypes(sources, token.fn?.params.length ?? 0);
    addRoot(program, token, null, when, null, types);
    const { args, spread } = this.handedOn(
      sources.map(source => (freshIn(source) === null ? source : 'primitive')),
    );
    const bound = token.bound?.args ?? [];
    for (const instance of program.roots.get(token.id)?.instances ?? []) {
      passArguments(program, instance, [...bound, ...args], spread < 0 ? -1 : bound.length + spread);
      types.forEach((type, i) => {
        const slot = token.fn?.params[bound.length + i];
        if (slot !== undefined && typeof type === 'string') this.linkShared(type, instance.slot(slot));
      });
      if (self !== null && token.fn?.form !== 'arrow') solver.addEdge(self, program.thisNode(instance));
      solver.addEdge(instance.slot(RETURN_SLOT), result);
    }
  }
}

/** What comes from outside of the arguments that a model names; behind `arg1+`, all are handed on. */
function inputTypes(sources: readonly Source[], params: number): InputType[] {
  const types = sources.map((source): InputType => freshIn(source)?.type ?? HANDED_ON);
  const handsOnTheRest = /^arg\d+\+$/.test(sources.at(-1) ?? '');
  while (handsOnTheRest && types.length < params) types.push(HANDED_ON);
  return types;
}
