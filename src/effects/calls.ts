/** What calling means: arguments become parameters, results come back, and records say who may run where. */
import type { CallOp, Literal, ReactOp } from '../ir/ir.js';
import { ELEMENT, ITERATED, NONE, RETURN_SLOT } from '../ir/ir.js';
import { callAdded } from './extended-builtins.js';
import { accessorsOfBuiltin, advanceGenerator, callAccessors } from './implicit-calls.js';
import type { CallRecord, Instance } from './instances.js';
import { applyModel } from './models/apply.js';
import { callOutside, WRAPPED } from './outside.js';
import type { PointsTo } from './points-to.js';
import { isSettler, promiseOf } from './settlers.js';
import { SmallSet } from './small-set.js';
import { NOWHERE, type NodeId, type TokenId } from './solver.js';
import { callTangle } from './tangle.js';
import type { Token } from './tokens.js';

/** A call of one callee, whoever makes it: an operation, a built-in, a reaction. */
export interface Invocation {
  instance: Instance;
  opIndex: number;
  record: CallRecord;
  /** Where the program's functions that run are noted. */
  into: SmallSet<Instance>;
  /** The receiver, if it is one token; otherwise all that `self` holds. */
  receiver: TokenId | null;
  self: NodeId | null;
  args: NodeId[];
  /** Index of the first argument whose position is unknown; -1 if all are known. */
  spread: number;
  result: NodeId;
  isNew: boolean;
  at: number;
  /** The name that the code around gives to the result. */
  hint: string;
}

export function linkCall(program: PointsTo, instance: Instance, opIndex: number, op: CallOp): void {
  const { solver, heap } = program;
  const record = instance.record(opIndex, op);
  const args = op.args.map(ref => instance.node(ref));
  record.args = args;
  const base: Omit<Invocation, 'receiver' | 'self'> = {
    instance,
    opIndex,
    record,
    into: record.targets,
    args,
    spread: op.spread,
    result: instance.node(op.to),
    isNew: op.isNew,
    at: op.at,
    hint: op.hint,
  };
  if (op.base === NONE) {
    if (op.field === null) return;
    callPrimitiveMethod(program, op.field, base);
    callAdded(program, op.field, null, base);
    return;
  }
  const callee = instance.node(op.base);
  const { field } = op;
  if (field === null) {
    const self = op.self === NONE ? null : instance.node(op.self);
    solver.listen(callee, id => invoke(program, id, { ...base, receiver: null, self }));
    return;
  }
  callPrimitiveMethod(program, field, base);
  const seen = new Set<TokenId>();
  const self = op.self === NONE ? null : instance.node(op.self);
  callAdded(program, field, self ?? callee, base);
  if (program.mayCallAccessor(field)) {
    const given = solver.newNode();
    callAccessors(program, { instance, opIndex, at: op.at }, callee, 'get', field, [], given);
    solver.listen(given, id => invoke(program, id, { ...base, receiver: null, self: self ?? callee }));
  }
  solver.listen(callee, id => {
    if (seen.has(id)) return;
    seen.add(id);
    const token = heap.get(id);
    const receiver = self === null ? id : null;
    if (token === program.tangle) {
      callTangle(program, token, { ...base, receiver, self });
      return;
    }
    if (token.kind === 'external' || token.kind === 'input') {
      const method = program.methodOfInput(token, field);
      if (method) applyModel(program, method, { ...base, receiver, self });
      else if (token.type !== 'Data') callOutside(program, token, { ...base, receiver, self });
      if (!method && token.type !== 'Data') {
        const call = (from: NodeId, on: Pick<Invocation, 'receiver' | 'self'>): void =>
          solver.listen(from, f => {
            if (heap.get(f).kind === 'function') invoke(program, f, { ...base, ...on });
          });
        call(heap.field(token, field), { receiver, self });
        // The objects that have it were handed to the outside: they are its receivers already, as it is a root.
        call(heap.handed(token.contents, field), { receiver: null, self: self ?? NOWHERE });
      }
      return;
    }
    solver.listen(program.viewOf(token, field), f => invoke(program, f, { ...base, receiver, self }));
  });
}

/**
 * Methods of strings have no object to be found on: those that give arrays or call functions are told by
 * their names, whatever else may have a method of that name.
 */
function callPrimitiveMethod(
  program: PointsTo,
  field: string,
  call: Omit<Invocation, 'receiver' | 'self'>,
): void {
  const model = program.models.stringMethod(field);
  if (model) applyModel(program, model, { ...call, receiver: null, self: null });
}

export function invoke(program: PointsTo, calleeId: TokenId, call: Invocation): void {
  const token = program.heap.get(calleeId);
  if (token === program.tangle) {
    callTangle(program, token, call);
    return;
  }
  switch (token.kind) {
    case 'function':
      invokeFunction(program, token, call);
      return;
    case 'builtin':
      invokeBuiltin(program, token, call);
      return;
    case 'external':
    case 'input': {
      const model = program.models.get(`${token.type}()`);
      // For the model of a thing that can be called, `this` is that thing.
      if (model) applyModel(program, model, { ...call, receiver: calleeId, self: null });
      // Of a type that the models describe in full, calling it would be listed.
      else if (token.type === 'External' || program.models.isOpen(token.type))
        callOutside(program, token, call);
      return;
    }
    case 'object': {
      const wrapped = token.fields.get(WRAPPED);
      if (wrapped !== undefined)
        program.solver.listen(wrapped, id => invokeFunction(program, program.heap.get(id), call));
      return;
    }
  }
}

function invokeFunction(program: PointsTo, token: Token, call: Invocation): void {
  const { heap, solver } = program;
  if (token.bound) {
    const { target, self, args } = token.bound;
    const spread = call.spread < 0 ? -1 : call.spread + args.length;
    invoke(program, target, {
      ...call,
      receiver: null,
      self: call.isNew ? null : self,
      args: [...args, ...call.args],
      spread,
    });
    return;
  }
  const { fn } = token;
  if (!fn) return;
  let receiver = call.receiver;
  if (call.isNew) {
    const made = program.newObject(token, call);
    solver.addToken(call.result, made.id);
    receiver = made.id;
  }
  const contextual = receiver !== null && fn.form !== 'arrow' && program.isSingleton(heap.get(receiver));
  const target = program.instanceOf(
    token,
    { instance: call.instance, opIndex: call.opIndex, literals: literalsOf(call) },
    contextual ? receiver : null,
  );
  call.into.add(target);
  const { record } = call;
  if (call.into === record.targets) {
    record.callees.add(token.id);
    if (call.args !== record.args) {
      record.rearranged ??= new SmallSet();
      record.rearranged.add(target);
    }
  }
  if (fn.form !== 'arrow') {
    if (receiver !== null) solver.addToken(program.thisNode(target), receiver);
    else if (call.self !== null) solver.addEdge(call.self, program.thisNode(target));
    else if (fn.isSloppy) solver.addToken(program.thisNode(target), program.globalObject.id);
  }
  passArguments(program, target, call.args, call.spread);
  solver.addEdge(target.slot(RETURN_SLOT), call.result);
  if (fn.form === 'constructor' && !call.isNew && call.self !== null) {
    // Called by `super`: what it returns is `this` from then on, and what `new` gives.
    const { instance, self } = call;
    solver.addEdge(target.slot(RETURN_SLOT), self);
    solver.listen(target.slot(RETURN_SLOT), () => program.adopting.add(instance));
    if (instance.fn.form === 'constructor')
      solver.addEdge(target.slot(RETURN_SLOT), instance.slot(RETURN_SLOT));
  }
}

/** What is known of the arguments, if they are those of the operation itself. */
const literalsOf = ({ record: { op, args: own }, args }: Invocation): readonly Literal[] =>
  op.op === 'call' && args === own ? op.literals : [];

export function passArguments(
  program: PointsTo,
  target: Instance,
  args: readonly NodeId[],
  spread: number,
): void {
  const { solver, heap } = program;
  const { fn } = target;
  const known = spread < 0 ? args.length : spread;
  args.forEach((arg, i) => {
    if (i < known) {
      const param = fn.params[i];
      if (param !== undefined) solver.addEdge(arg, target.slot(param));
      else if (fn.rest >= 0) solver.addEdge(arg, target.slot(fn.rest));
      return;
    }
    // From the spread on, any argument may land anywhere behind.
    for (const param of fn.params.slice(known)) solver.addEdge(arg, target.slot(param));
    if (fn.rest >= 0) solver.addEdge(arg, target.slot(fn.rest));
  });
  if (fn.argumentsSlot >= 0) {
    const token = heap.find(`arguments:${target.id}`);
    if (token)
      args.forEach((arg, i) => {
        solver.addEdge(arg, heap.field(token, i < known ? String(i) : ELEMENT));
      });
  }
}

function invokeBuiltin(program: PointsTo, token: Token, call: Invocation): void {
  const { solver, heap } = program;
  const [first, ...rest] = call.args;
  switch (token.name) {
    case 'Function':
      callOutside(program, program.codeInStrings('Function'), call);
      return;
    case 'Promise.reject':
      if (first !== undefined) solver.addEdge(first, program.global('<thrown>'));
      break;
    case 'Function#call':
      onReceiver(program, call, f =>
        invoke(program, f, {
          ...call,
          receiver: null,
          self: first ?? null,
          args: rest,
          spread: call.spread < 0 ? -1 : Math.max(0, call.spread - 1),
        }),
      );
      return;
    case 'Function#apply':
    case 'Reflect.apply':
    case 'Reflect.construct': {
      const isMethod = token.name === 'Function#apply';
      const isNew = token.name === 'Reflect.construct';
      const list = call.args[isMethod || isNew ? 1 : 2];
      const self = isNew ? null : (call.args[isMethod ? 0 : 1] ?? null);
      const each = solver.newNode();
      if (list !== undefined)
        solver.listen(list, id => solver.addEdge(heap.view(heap.get(id), ITERATED), each));
      const run = (f: TokenId): void =>
        invoke(program, f, { ...call, receiver: null, self, args: [each], spread: 0, isNew });
      if (isMethod) onReceiver(program, call, run);
      else if (first !== undefined) solver.listen(first, run);
      return;
    }
    case 'Function#bind':
      onReceiver(program, call, f => bind(program, f, first ?? null, rest, call));
      return;
  }
  if (isSettler(token)) {
    const promise = promiseOf(heap, token);
    if (promise && first !== undefined) program.settle(first, heap.field(promise, '<settled>'));
    return;
  }
  if (token.name.startsWith('Generator#')) advanceGenerator(program, call);
  else accessorsOfBuiltin(program, token.name, call);
  const model =
    program.models.get(call.isNew ? `new ${token.name}` : token.name) ?? program.models.get(token.name);
  if (model) applyModel(program, model, call);
}

function onReceiver(program: PointsTo, call: Invocation, run: (id: TokenId) => void): void {
  if (call.receiver !== null) run(call.receiver);
  else if (call.self !== null) program.solver.listen(call.self, run);
}

/** A function that binds an argument to itself again and again is followed for as many. */
const MAX_BOUND = 8;

function bind(
  program: PointsTo,
  target: TokenId,
  self: NodeId | null,
  args: NodeId[],
  call: Invocation,
): void {
  const { heap, solver } = program;
  const original = heap.get(target);
  const known = original.bound?.args ?? [];
  if (original === program.tangle) callTangle(program, original, { ...call, receiver: null, self, args });
  // Binding again changes no `this`, it only adds arguments: without any, it gives as good as the same function.
  if (original.kind !== 'function' || (original.bound && args.length === 0) || known.length > MAX_BOUND) {
    solver.addToken(call.result, target);
    return;
  }
  const bound = heap.intern(
    `bound:${call.instance.id}.${call.opIndex}.${target}`,
    'function',
    'Function',
    original.name,
  );
  if (!bound.bound) {
    bound.fn = original.fn;
    bound.parent = original.parent;
    bound.module = original.module;
    bound.at = original.at;
    bound.bound = {
      target: original.bound?.target ?? target,
      self: original.bound?.self ?? self ?? solver.newNode(),
      args: [...known, ...args],
    };
  }
  solver.addToken(call.result, bound.id);
}

/** `p.then(f, g)`, `p.catch(f)`, `p.finally(f)`: what is handed over runs in a later segment. */
export function linkReaction(program: PointsTo, instance: Instance, opIndex: number, op: ReactOp): void {
  const { solver, heap } = program;
  const record = instance.record(opIndex, op);
  const result = instance.node(op.to);
  const value = solver.newNode();
  const thrown = program.global('<thrown>');
  const argNodes = op.args.map(ref => instance.node(ref));
  record.args = argNodes;
  const invocation: Invocation = {
    instance,
    opIndex,
    record,
    into: record.later,
    receiver: null,
    self: null,
    args: [],
    spread: -1,
    result,
    isNew: false,
    at: op.at,
    hint: '',
  };
  if (op.base !== NONE) {
    program.settle(instance.node(op.base), value);
    // An object may have a method of this name of its own.
    solver.listen(instance.node(op.base), id => {
      const token = heap.get(id);
      if (token === program.tangle)
        callTangle(program, token, { ...invocation, receiver: id, into: record.targets, args: argNodes });
      if (token.kind !== 'object') return;
      solver.listen(heap.view(token, op.method), f => {
        if (heap.get(f) === program.tangle)
          invoke(program, f, { ...invocation, receiver: id, into: record.targets, args: argNodes });
        if (heap.get(f).kind === 'function')
          invoke(program, f, { ...invocation, receiver: id, into: record.targets, args: argNodes });
      });
    });
  }
  if (op.method !== 'then') solver.addEdge(value, result);
  else if (op.args[0] === undefined || op.args[0] === NONE) solver.addEdge(value, result);
  argNodes.forEach((arg, i) => {
    const given = op.method === 'then' && i === 0 ? [value] : op.method === 'finally' ? [] : [thrown];
    const settled = op.method === 'finally' ? solver.newNode() : result;
    solver.listen(arg, f => invoke(program, f, { ...invocation, args: given, result: settled }));
  });
}
