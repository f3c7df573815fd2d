/**
 * Calls that no call expression makes: accessors, conversions, and what iterating calls.
 *
 * Reading a property may run a getter, `+` runs `valueOf`, `for of` runs the `next` of an iterator and goes on with the body of a
 * generator, `await` calls `then`. All of that is part of the operation that causes it, and may happen there any number of times.
 */
import { AS_NUMBER, AS_TEXT } from '../ir/conversions.js';
import { ELEMENT, type Field, ITERATOR, NONE, type Op, RETURNED, SETTLED } from '../ir/ir.js';
import { type Invocation, invoke } from './calls.js';
import type { CallRecord, Instance } from './instances.js';
import type { PointsTo } from './points-to.js';
import { makeSettler } from './settlers.js';
import { NOWHERE, type NodeId, type TokenId } from './solver.js';
import { accessorField, fieldOfGetter, isPseudo, type Token } from './tokens.js';

/** An operation that may call something. */
export interface CallSite {
  instance: Instance;
  opIndex: number;
  at: number;
}

/** Properties of these names lead to functions that define accessors. */
export const DEFINERS: ReadonlySet<string> = new Set([
  'defineProperty',
  'defineProperties',
  '__defineGetter__',
  '__defineSetter__',
]);

function recordOf({ instance, opIndex, at }: CallSite): CallRecord {
  const op: Op = { op: 'react', base: NONE, method: '', args: [], to: NONE, join: 'none', at, end: at };
  return instance.record(opIndex, op);
}

function callImplicitly(
  program: PointsTo,
  site: CallSite,
  callee: TokenId,
  receiver: TokenId,
  args: NodeId[],
  result: NodeId,
): void {
  const record = recordOf(site);
  invoke(program, callee, {
    ...site,
    record,
    into: record.callbacks,
    receiver,
    self: null,
    args,
    spread: -1,
    result,
    isNew: false,
    hint: '',
  });
}

/** Whether what is found in the place of a method is a function of the program, or may be. */
const isCallee = (program: PointsTo, id: TokenId): boolean => {
  const token = program.heap.get(id);
  return token.kind === 'function' || token === program.tangle;
};

/** Reading (writing) `field` of what `base` holds calls its accessors. */
export function callAccessors(
  program: PointsTo,
  site: CallSite,
  base: NodeId,
  kind: 'get' | 'set',
  field: string,
  args: NodeId[],
  result: NodeId,
): void {
  const { solver, heap } = program;
  solver.listen(base, id => {
    if (heap.get(id) === program.tangle) callImplicitly(program, site, id, id, args, result);
    const accessors = heap.view(heap.get(id), accessorField(kind, field));
    solver.listen(accessors, callee => callImplicitly(program, site, callee, id, args, result));
  });
}

/** What the accessors of `source`, called on `receiver`, give is also in `target`, under the name of each. */
export function copyGiven(
  program: PointsTo,
  site: CallSite,
  source: Token,
  receiver: TokenId,
  target: Token,
): void {
  const { solver, heap } = program;
  heap.eachField(source, (accessor, node) => {
    const field = fieldOfGetter(accessor);
    if (field === null) return;
    solver.listen(node, callee =>
      callImplicitly(program, site, callee, receiver, [], heap.field(target, field)),
    );
  });
}

/** An operator asks the objects that `base` holds by methods of theirs. */
export function convert(
  program: PointsTo,
  site: CallSite,
  base: NodeId,
  methods: readonly Field[],
  args: NodeId[],
): void {
  const { solver, heap } = program;
  solver.listen(base, id => {
    const token = heap.get(id);
    if (token === program.tangle) callImplicitly(program, site, id, id, args, NOWHERE);
    if (token.kind !== 'object' && token.kind !== 'function') return;
    for (const method of methods)
      solver.listen(heap.view(token, method), callee => {
        if (isCallee(program, callee)) callImplicitly(program, site, callee, id, args, NOWHERE);
      });
  });
}

/** Built-ins that define accessors, and those that call the accessors and conversions of what they are handed. */
export function accessorsOfBuiltin(program: PointsTo, name: string, call: Invocation): void {
  const { args, result } = call;
  const [first, second, third] = args;
  if (first === undefined || call.spread >= 0) return;
  switch (name) {
    case 'Object.defineProperty':
    case 'Reflect.defineProperty':
      if (third !== undefined) define(program, first, literalOf(call, 1), third);
      return;
    case 'Object.defineProperties':
      if (second !== undefined) defineAll(program, first, second);
      return;
    case 'Object.create':
      if (second !== undefined) defineAll(program, result, second);
      return;
    case 'Object.assign':
      if (!program.mayCallAccessor(ELEMENT)) return;
      for (const source of args.slice(1)) {
        const values = readAll(program, call, source);
        callAccessors(program, call, first, 'set', ELEMENT, [values], NOWHERE);
        storeAll(program, first, values);
      }
      return;
    case 'Object.entries':
    case 'Object.values':
      if (program.mayCallAccessor(ELEMENT)) storeAll(program, result, readAll(program, call, first));
      return;
    case 'String':
      if (program.convertsObjects) convert(program, call, first, AS_TEXT, []);
      return;
    case 'Number':
    case 'BigInt':
      if (program.convertsObjects) convert(program, call, first, AS_NUMBER, []);
      return;
    case 'JSON.stringify':
    case 'structuredClone':
      if (program.mayCallAccessor(ELEMENT)) readAll(program, call, first);
      return;
  }
}

function literalOf(call: Invocation, index: number): string {
  const { op } = call.record;
  const literal = op.op === 'call' ? op.literals[index] : null;
  return typeof literal === 'string' ? literal : ELEMENT;
}

/** What the properties of `base` hold and what their getters give. */
function readAll(program: PointsTo, call: Invocation, base: NodeId): NodeId {
  const { solver, heap } = program;
  const values = solver.newNode();
  solver.listen(base, id => solver.addEdge(heap.view(heap.get(id), ELEMENT), values));
  callAccessors(program, call, base, 'get', ELEMENT, [], values);
  return values;
}

function storeAll(program: PointsTo, target: NodeId, values: NodeId): void {
  const { solver, heap } = program;
  solver.listen(target, id => solver.addEdge(values, heap.field(heap.get(id), ELEMENT)));
}

function define(program: PointsTo, target: NodeId, field: string, descriptor: NodeId): void {
  const { solver, heap } = program;
  solver.listen(descriptor, d => {
    solver.listen(target, id => {
      for (const kind of ['get', 'set'] as const)
        solver.addEdge(heap.view(heap.get(d), kind), heap.field(heap.get(id), accessorField(kind, field)));
    });
  });
}

/** What is described under a name is defined under that name, and under names that are not known what has none. */
function defineAll(program: PointsTo, target: NodeId, descriptors: NodeId): void {
  const { solver, heap } = program;
  solver.listen(descriptors, id => {
    const { kind } = heap.get(id);
    if (kind !== 'object') defineAs(program, target, ELEMENT, heap.view(heap.get(id), ELEMENT));
    else
      heap.eachField(heap.get(id), (field, descriptor) => {
        if (!isPseudo(field)) defineAs(program, target, field, descriptor);
      });
  });
}

function defineAs(program: PointsTo, target: NodeId, field: Field, descriptor: NodeId): void {
  const { solver, heap } = program;
  define(program, target, field, descriptor);
  solver.listen(descriptor, d => {
    const value = heap.view(heap.get(d), 'value');
    solver.listen(target, id => solver.addEdge(value, heap.field(heap.get(id), field)));
  });
}

/** The body of a generator, which may belong to another task, goes on. */
function goOn(record: CallRecord, generator: Token): void {
  if (generator.parent) record.callbacks.add(generator.parent);
}

/** `next`, `return` and `throw` of a generator, and its other methods, which call `next`. */
export function advanceGenerator(program: PointsTo, call: Invocation): void {
  const { solver, heap } = program;
  const generators = solver.newNode();
  if (call.receiver !== null) solver.addToken(generators, call.receiver);
  else if (call.self !== null) solver.addEdge(call.self, generators);
  solver.listen(generators, id => {
    const generator = heap.get(id);
    if (generator.type !== 'Generator') return;
    goOn(call.record, generator);
    solver.listen(call.result, step => {
      if (heap.get(step).type === 'Object')
        solver.addEdge(heap.view(generator, RETURNED), heap.field(heap.get(step), 'value'));
    });
  });
}

/** Iterating over what `base` holds; `to` gets what the program's own iterators give. */
export function iterate(program: PointsTo, site: CallSite, base: NodeId, to: NodeId): void {
  const { solver, heap } = program;
  const call = (callee: TokenId, receiver: TokenId, result: NodeId): void =>
    callImplicitly(program, site, callee, receiver, [], result);
  if (!program.hasIterators) {
    solver.listen(base, id => {
      if (heap.get(id).type === 'Generator') goOn(recordOf(site), heap.get(id));
      else if (heap.get(id) === program.tangle) call(id, id, to);
    });
    return;
  }
  const iterators = solver.newNode();
  const steps = solver.newNode();
  const results = solver.newNode();
  program.settle(steps, results);
  solver.listen(base, id => {
    const token = heap.get(id);
    if (token.type === 'Generator') goOn(recordOf(site), token);
    else if (token === program.tangle) call(id, id, to);
    else if (token.kind === 'object')
      solver.listen(heap.view(token, ITERATOR), callee => call(callee, id, iterators));
  });
  solver.listen(iterators, id => {
    const token = heap.get(id);
    if (token.type === 'Generator') {
      goOn(recordOf(site), token);
      solver.addEdge(heap.view(token, ELEMENT), to);
    } else solver.listen(heap.view(token, 'next'), callee => call(callee, id, steps));
  });
  solver.listen(results, id => solver.addEdge(heap.view(heap.get(id), 'value'), to));
}

/** Awaiting an object with a `then` of the program's own calls that, with a function that takes the result. */
export function awaitThenable(program: PointsTo, site: CallSite, awaited: NodeId, to: NodeId): void {
  const { solver, heap } = program;
  const { instance, opIndex, at } = site;
  solver.listen(awaited, id => {
    const token = heap.get(id);
    if (token === program.tangle) callImplicitly(program, site, id, id, [], to);
    if (token.kind !== 'object' || token.type === 'Promise') return;
    solver.listen(heap.view(token, 'then'), callee => {
      if (!isCallee(program, callee)) return;
      const promise = program.freshObject('Promise', `${instance.id}.${opIndex}`, 'thenable', instance, at);
      const resolve = solver.newNode();
      solver.addToken(resolve, makeSettler(heap, promise.key).id);
      solver.addEdge(heap.view(promise, SETTLED), to);
      callImplicitly(program, site, callee, id, [resolve], NOWHERE);
    });
  });
}
