/** Turns the model of a function, at one call of it, into constraints. */
import { ELEMENT, type Field, ITERATED, KEY, RETURN_SLOT, SETTLED } from '../../ir/ir.js';
import { type Invocation, invoke } from '../calls.js';
import { addRoot, handOver } from '../outside.js';
import type { PointsTo } from '../points-to.js';
import type { NodeId, TokenId } from '../solver.js';
import type { CallModel, FunctionModel, Place } from './model.js';

const STEPS: Record<string, Field> = {
  '[]': ELEMENT,
  '<keys>': KEY,
  '<settled>': SETTLED,
  '<iterated>': ITERATED,
  '*': ELEMENT,
};

export interface ParsedPlace {
  /** `this`, `return`, `settle`, `primitive`, or the number of an argument. */
  root: 'this' | 'return' | 'settle' | 'primitive' | number;
  /** All arguments from `root` on. */
  andAfter: boolean;
  steps: Field[];
  /** Ends in `**`: everything reachable. */
  deep: boolean;
}

/** Marks an argument that is made for the run of a handler. */
const INPUT = 'input:';

const parsed = new Map<Place, ParsedPlace>();

/** @throws Error when `place` is not of the form described in `model.ts` */
export function parsePlace(place: Place): ParsedPlace {
  const known = parsed.get(place);
  if (known) return known;
  const match = /^(this|return|settle|primitive|arg(\d+)(\+)?)((?:\[\]|<[a-z]+>|\*\*?|\.[\w$]+)*)$/.exec(
    place,
  );
  if (!match) throw new Error(`"${place}" is no place of an effect model`);
  const steps: string[] = match[4]?.match(/\[\]|<[a-z]+>|\*\*?|\.[\w$]+/g) ?? [];
  const result: ParsedPlace = {
    root:
      match[2] !== undefined ? Number(match[2]) : (match[1] as 'this' | 'return' | 'settle' | 'primitive'),
    andAfter: match[3] === '+',
    steps: steps.filter(s => s !== '**').map(s => STEPS[s] ?? (s.startsWith('.') ? s.slice(1) : s)),
    deep: steps.includes('**'),
  };
  parsed.set(place, result);
  return result;
}

export function applyModel(program: PointsTo, model: FunctionModel, call: Invocation): void {
  const { solver, heap } = program;
  const self = receiverNode(program, call);
  const known = call.record.models.find(m => m.model === model && m.result === call.result);
  if (known) {
    if (call.receiver !== null) solver.addToken(known.self, call.receiver);
    return;
  }
  call.record.models.push({ model, self, args: call.args, result: call.result });
  const key = `${call.instance.id}.${call.opIndex}.${call.record.models.length}`;

  const rootNode = (place: ParsedPlace): NodeId => {
    if (place.root === 'this') return self;
    if (place.root === 'return' || place.root === 'settle') return call.result;
    if (place.root === 'primitive') return solver.newNode();
    return argument(program, call, place.root, place.andAfter);
  };
  const walk = (start: NodeId, steps: readonly Field[]): NodeId => {
    let node = start;
    for (const field of steps) {
      const next = solver.newNode();
      solver.listen(node, id => solver.addEdge(program.viewOf(heap.get(id), field), next));
      node = next;
    }
    return node;
  };
  const read = (place: Place): NodeId => {
    const p = parsePlace(place);
    return walk(rootNode(p), p.steps);
  };
  const write = (from: NodeId, place: Place): void => {
    const p = parsePlace(place);
    const last = p.steps[p.steps.length - 1];
    const target = walk(rootNode(p), p.steps.slice(0, -1));
    if (last === undefined) solver.addEdge(from, target);
    else solver.listen(target, id => solver.addEdge(from, heap.field(heap.get(id), last)));
  };

  let fresh: TokenId | null = null;
  if (model.returns?.startsWith('fresh ')) {
    const type = model.returns.slice('fresh '.length);
    const token = program.freshObject(type, key, call.hint || type, call.instance, call.at);
    fresh = token.id;
    solver.addToken(call.result, token.id);
  } else if (model.returns) solver.addEdge(read(model.returns), call.result);
  for (const [from, to] of model.flows ?? []) write(read(from), to);
  for (const place of model.retains ?? []) {
    const outside = program.external('code outside', 'package:retained');
    handOver(program, read(place), outside);
  }
  for (const callModel of model.calls ?? []) applyCall(program, callModel, call, { read, write, fresh });
}

/** All that the call may be made on. */
function receiverNode(program: PointsTo, call: Invocation): NodeId {
  if (call.self !== null && call.receiver === null) return call.self;
  const node = program.solver.newNode();
  if (call.receiver !== null) program.solver.addToken(node, call.receiver);
  return node;
}

function argument(program: PointsTo, call: Invocation, index: number, andAfter: boolean): NodeId {
  const { solver } = program;
  const known = call.spread < 0 ? call.args.length : call.spread;
  if (!andAfter && index < known) return call.args[index] ?? solver.newNode();
  const node = solver.newNode();
  call.args.forEach((arg, i) => {
    if (i >= known || (andAfter && i >= index)) solver.addEdge(arg, node);
  });
  return node;
}

function applyCall(
  program: PointsTo,
  model: CallModel,
  call: Invocation,
  places: { read: (p: Place) => NodeId; write: (from: NodeId, to: Place) => void; fresh: TokenId | null },
): void {
  const { solver, heap } = program;
  const result = solver.newNode();
  if (model.result) places.write(result, model.result);
  const nodesOf = (given: readonly Place[]): NodeId[] =>
    given.map(place =>
      place === 'settle'
        ? settler(program, places.fresh)
        : place.startsWith(INPUT)
          ? solver.newNode()
          : places.read(place),
    );
  const plainArgs = nodesOf(model.args ?? []);
  const self = model.self ? places.read(model.self) : null;
  solver.listen(places.read(model.callee), id => {
    const token = heap.get(id);
    if (model.when === 'now' || model.when === 'continuation') {
      const into = model.when === 'now' ? call.record.callbacks : call.record.later;
      invoke(program, id, {
        ...call,
        into,
        receiver: null,
        self,
        args: plainArgs,
        spread: -1,
        result,
        isNew: false,
      });
      return;
    }
    if (token.kind !== 'function') return;
    const given = model.argsByArity?.[String(token.fn?.params.length)] ?? model.args ?? [];
    const types = given.map(place => (place.startsWith(INPUT) ? place.slice(INPUT.length) : undefined));
    const args = given === model.args ? plainArgs : nodesOf(given);
    addRoot(program, token, null, model.when, null, types);
    const instances = program.roots.get(id)?.instances ?? [];
    for (const instance of instances) {
      for (const [i, arg] of args.entries()) {
        const slot = instance.fn.params[i];
        if (slot !== undefined) solver.addEdge(arg, instance.slot(slot));
      }
      solver.addEdge(instance.slot(RETURN_SLOT), result);
    }
  });
}

/** The `resolve` that a promise's executor is called with. */
function settler(program: PointsTo, promise: TokenId | null): NodeId {
  const node = program.solver.newNode();
  if (promise === null) return node;
  const { key } = program.heap.get(promise);
  const token = program.heap.intern(`settle:${key}`, 'builtin', 'Function', `<settle>${key}`);
  program.solver.addToken(node, token.id);
  return node;
}
