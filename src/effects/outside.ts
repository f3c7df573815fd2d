/**
 * Code that is not analysed: what it may do with what it is handed.
 *
 * It may keep it, hand it out again, and call the functions among it at any time. A function that the
 * outside can call is a root: the entry of a handler. What the outside calls it with is the handler's own, as the data
 * of one request is independent of that of every other.
 */
import { ELEMENT, type Field, PROTO, RETURN_SLOT } from '../ir/ir.js';
import type { Invocation } from './calls.js';
import type { Instance } from './instances.js';
import type { CallTime } from './models/model.js';
import type { PointsTo } from './points-to.js';
import type { NodeId, TokenId } from './solver.js';
import type { Token } from './tokens.js';

export type RootKind = 'export' | 'callback' | Exclude<CallTime, 'now' | 'continuation'>;

/** A function of the program that the outside can call. */
export interface Root {
  token: TokenId;
  instances: Set<Instance>;
  /** How it got there. */
  kinds: Set<RootKind>;
  /** The objects it was found in, which the outside calls it on. */
  holders: Set<TokenId>;
  /** It was found inside of something, not handed over by itself: there is no one place to wrap it. */
  isInside: boolean;
  /** The ways by which it got there, so that each is followed once. */
  seen: Set<string>;
  /** The parameters, by instance, that get something of the outside's own. */
  inputs: Set<string>;
}

/** In place of the type of an input: the parameter gets only what somebody hands on, which is known. */
export const HANDED_ON = Symbol('handed on');

/** The type of what a parameter gets from outside; nothing is known of it where there is none. */
export type InputType = string | typeof HANDED_ON | undefined;

/**
 * Calls something outside: it keeps the arguments and gives back something of the outside. That stands for
 * whatever the outside has, what it was handed included: to let all of that flow back as itself would make every value
 * that comes from a package any object that was ever given to it.
 */
export function callOutside(program: PointsTo, outside: Token, call: Invocation): void {
  const { solver } = program;
  call.record.externals.add(outside.id);
  watch(program, outside);
  solver.addToken(call.result, outside.id);
  solver.addEdge(handedBy(program, outside, call), outside.contents);
}

/** What a call hands over, gathered once however many things outside may be called by it. */
function handedBy(program: PointsTo, outside: Token, call: Invocation): NodeId {
  const { solver, heap } = program;
  const known = call.record.handed?.get(call.args);
  if (known !== undefined) return known;
  const node = solver.newNode();
  call.record.handed ??= new Map();
  call.record.handed.set(call.args, node);
  for (const arg of call.args) solver.addFilteredEdge(arg, node);
  solver.listen(node, id => {
    if (heap.get(id).kind === 'function') solver.addToken(call.result, wrapper(program, outside, call, id));
  });
  return node;
}

/** The function that something made outside may call when it is called itself. */
export const WRAPPED: Field = '<wrapped>';

/**
 * What a call outside makes of a function that it is handed may call that function when it is called itself, as
 * `debounce(save)` does: it is a thing of its own for every call.
 */
function wrapper(program: PointsTo, outside: Token, call: Invocation, wrapped: TokenId): TokenId {
  const key = `wrapper:${call.instance.id}.${call.opIndex}`;
  const token = program.heap.intern(key, 'object', 'Object', outside.name);
  program.solver.addToken(program.heap.field(token, WRAPPED), wrapped);
  return token.id;
}

/**
 * Objects of the program get into the hands of `outside`. What was outside already is left out: to take it back
 * from there would tie the requests together that it came from.
 */
export function handOver(program: PointsTo, from: NodeId, outside: Token): void {
  program.solver.addFilteredEdge(from, outside.contents);
}

const watched = new WeakMap<PointsTo, Set<number>>();

/** Sees to it that whatever gets into `outside` escapes. */
export function watch(program: PointsTo, outside: Token): void {
  let nodes = watched.get(program);
  if (!nodes) {
    nodes = new Set();
    watched.set(program, nodes);
  }
  if (nodes.has(outside.contents)) return;
  nodes.add(outside.contents);
  program.solver.listen(outside.contents, id => escapeTo(program, program.heap.get(id), outside, null));
}

/** `token` is in the hands of `outside`. */
export function escapeTo(program: PointsTo, token: Token, outside: Token, holder: Token | null): void {
  const kind = isImporters(outside) ? 'export' : 'callback';
  if (token === program.tangle) program.solver.addToken(token.contents, outside.id);
  if (token.kind === 'function') addRoot(program, token, holder, kind, outside);
  else if (token.kind === 'object') {
    escapeObject(program, token, kind, token);
    if (outside.kind === 'external' && kind !== 'export') handOverAll(program, token, outside);
  }
}

/** Everything that can be reached from `token` is in the hands of `outside`, too. */
function handOverAll(program: PointsTo, token: Token, outside: Token): void {
  const key = `<handed ${outside.id}>`;
  if (token.views.has(key)) return;
  token.views.set(key, -1);
  // Whatever gets into its hands escapes to it in turn.
  program.heap.eachField(token, (field, node) => {
    if (field !== 'constructor') handOver(program, node, outside);
  });
}

/** The functions in `token` are roots, called on `receiver`, which has it in its prototype chain. */
function escapeObject(program: PointsTo, token: Token, kind: 'export' | 'callback', receiver: Token): void {
  const { solver, heap } = program;
  const key = `<escaped ${kind} ${receiver.id}>`;
  if (token.views.has(key)) return;
  token.views.set(key, -1);
  heap.eachField(token, (field, node) => {
    if (field === 'constructor') return;
    solver.listen(node, id => {
      const inner = heap.get(id);
      if (inner.kind === 'function') addRoot(program, inner, receiver, kind, null);
      else if (inner.kind === 'object')
        escapeObject(program, inner, kind, field === PROTO ? receiver : inner);
    });
  });
}

/** Whoever imports the program's modules. */
export const importersOf = (program: PointsTo): Token =>
  program.external('the importers of the program', 'importers');

const isImporters = (outside: Token): boolean => outside.key === 'external:importers';

/** Makes a function the entry of a handler. */
export function addRoot(
  program: PointsTo,
  token: Token,
  holder: Token | null,
  kind: RootKind,
  outside: Token | null,
  types: readonly InputType[] = [],
): void {
  const { solver, roots } = program;
  if (token.bound) {
    addBoundRoot(program, token, kind, types);
    return;
  }
  let root = roots.get(token.id);
  if (!root) {
    root = {
      token: token.id,
      instances: new Set(),
      kinds: new Set(),
      holders: new Set(),
      isInside: false,
      seen: new Set(),
      inputs: new Set(),
    };
    roots.set(token.id, root);
  }
  const seen = `${kind} ${holder?.id} ${outside?.id} ${types.map(String)}`;
  if (root.seen.has(seen)) return;
  root.seen.add(seen);
  root.kinds.add(kind);
  if (holder) {
    root.isInside = true;
    root.holders.add(holder.id);
  }
  const { fn } = token;
  if (!fn) return;
  const receiver = fn.form !== 'arrow' && holder && program.isSingleton(holder) ? holder.id : null;
  const instance = program.instanceOf(
    token,
    kind === 'export' && receiver === null ? 'outside' : null,
    receiver,
  );
  // What a handler returns goes to whoever called it: functions in it may be called from then on, data is the caller's.
  handOver(program, instance.slot(RETURN_SLOT), ofModule(program, token, 'returned'));
  if (outside?.kind === 'external' && !isImporters(outside))
    handOver(program, instance.slot(RETURN_SLOT), outside);
  // A class is called by `new` only, whatever has it.
  if (holder && fn.form !== 'arrow' && fn.form !== 'constructor')
    solver.addToken(program.thisNode(instance), holder.id);
  addInputs(program, root, token, instance, types);
  if (root.instances.has(instance)) return;
  root.instances.add(instance);
  if (fn.form === 'arrow' || holder) return;
  addOutsideReceiver(program, token, instance, outside);
}

/** Gives the parameters of a handler what the outside calls it with, each only once. */
function addInputs(
  program: PointsTo,
  root: Root,
  token: Token,
  instance: Instance,
  types: readonly InputType[],
): void {
  const { solver, heap } = program;
  const { params, rest, argumentsSlot } = instance.fn;
  const give = (part: string, node: NodeId, type: InputType): void => {
    const key = `${instance.id}.${part}`;
    if (type === HANDED_ON || root.inputs.has(key)) return;
    root.inputs.add(key);
    solver.addToken(node, input(program, token, part, type).id);
  };
  params.forEach((slot, i) => {
    give(String(i), instance.slot(slot), types[i]);
  });
  // Of what is behind the parameters that have names, no model knows more than this.
  const isHandedOn = types.length > 0 && types.every(type => type === HANDED_ON);
  const others = isHandedOn ? HANDED_ON : undefined;
  if (rest >= 0) give('rest', instance.slot(rest), others);
  const list = argumentsSlot < 0 ? undefined : heap.find(`arguments:${instance.id}`);
  if (list) give('arguments', heap.field(list, ELEMENT), others);
}

/**
 * The outside may call the function with `new`, or as a method of something it has: then `this` is an
 * object that other tasks may have, too.
 */
function addOutsideReceiver(
  program: PointsTo,
  token: Token,
  instance: Instance,
  outside: Token | null,
): void {
  const { solver, heap } = program;
  const self = heap.intern(`outside-new:${token.id}`, 'object', 'Object', token.name);
  self.module = token.module;
  self.at = token.at;
  solver.addToken(program.thisNode(instance), self.id);
  if (token.fn?.form !== 'constructor' && token.fn?.form !== 'declaration' && token.fn?.form !== 'expression')
    return;
  const importers = outside ?? importersOf(program);
  solver.addEdge(heap.view(token, 'prototype'), heap.field(self, PROTO));
  solver.listen(heap.view(token, 'prototype'), id => {
    const prototype = heap.get(id);
    heap.eachField(prototype, (field, node) => {
      if (field === 'constructor') return;
      solver.listen(node, inner => escapeTo(program, heap.get(inner), importers, self));
    });
  });
  if (token.fn.form === 'constructor') {
    // Static members are reached through the class itself.
    heap.eachField(token, (field, node) => {
      if (field === 'prototype' || field === PROTO) return;
      solver.listen(node, inner => escapeTo(program, heap.get(inner), importers, token));
    });
  }
}

function addBoundRoot(program: PointsTo, token: Token, kind: RootKind, types: readonly InputType[]): void {
  const { solver, heap, roots } = program;
  if (!token.bound || !token.fn || roots.has(token.id)) return;
  const { target, self, args } = token.bound;
  const original = heap.get(target);
  if (original.kind !== 'function' || original.bound) return;
  const instance = program.instanceOf(original, null, null);
  roots.set(token.id, {
    token: token.id,
    instances: new Set([instance]),
    kinds: new Set([kind]),
    holders: new Set(),
    isInside: false,
    seen: new Set(),
    inputs: new Set(),
  });
  solver.addEdge(self, program.thisNode(instance));
  token.fn.params.forEach((slot, i) => {
    const given = args[i];
    const type = types[i - args.length];
    const known = type === HANDED_ON ? 'Data' : type;
    if (given !== undefined) solver.addEdge(given, instance.slot(slot));
    else solver.addToken(instance.slot(slot), input(program, token, String(i), known).id);
  });
}

/** With more handlers than this, those of a module that are not known better share what they are called with. */
const MAX_OWN_INPUTS = 160;

/** What all handlers of a module share: what they return to, or what they are called with. */
function ofModule(program: PointsTo, handler: Token, role: 'returned' | 'input'): Token {
  const token = program.heap.intern(
    `${role}:${handler.module}`,
    'input',
    'External',
    `${handler.module}(...)`,
  );
  if (token.module === null) {
    token.module = handler.module;
    watch(program, token);
  }
  return token;
}

/** What the outside calls a handler with: the handler's own, until it is stored somewhere. */
function input(program: PointsTo, handler: Token, part: string, type = 'External'): Token {
  const { heap } = program;
  if (type === 'External' && program.roots.size > MAX_OWN_INPUTS) return ofModule(program, handler, 'input');
  const token = heap.intern(`input:${handler.id}.${part}`, 'input', type, `${handler.name}(${part})`);
  if (token.module === null) {
    token.module = handler.module;
    token.at = handler.at;
    // What is handed to them is told apart by modules: it matters only to what may come back from there.
    token.contents = ofModule(program, handler, 'input').contents;
  }
  return token;
}
