/**
 * What each operation of the intermediate form says about where objects may get: its constraints.
 *
 * `calls.ts` says what calling means, `outside.ts` what code that is not analysed may do.
 */
import { ELEMENT, ITERATED, type Op, PROTO, type Ref } from '../ir/ir.js';
import { linkCall, linkReaction } from './calls.js';
import {
  awaitThenable,
  type CallSite,
  callAccessors,
  convert,
  copyGiven,
  iterate,
} from './implicit-calls.js';
import type { Instance } from './instances.js';
import { escapeTo, handOver } from './outside.js';
import type { PointsTo } from './points-to.js';
import { NOWHERE, type NodeId, type TokenId } from './solver.js';
import { accessorField, isPseudo, type Token } from './tokens.js';

/** Adds the constraints of all operations of a function. */
export function constrain(program: PointsTo, instance: Instance): void {
  instance.forEachOp((op, index) => constrainOp(program, instance, op, index));
}

/** Adds the constraints that an operation stands for; `index` is its number in its function. */
function constrainOp(program: PointsTo, instance: Instance, op: Op, index: number): void {
  const { solver, heap } = program;
  const node = (ref: Ref): NodeId => instance.node(ref);
  switch (op.op) {
    case 'copy':
      solver.addEdge(node(op.from), node(op.to));
      return;
    case 'alloc': {
      const site = instance.module.ir.sites[op.site];
      if (!site) return;
      const type =
        site.kind === 'array'
          ? 'Array'
          : site.kind === 'generator'
            ? 'Generator'
            : site.kind === 'regexp'
              ? 'RegExp'
              : 'Object';
      const token = heap.intern(`site:${instance.id}.${op.site}`, 'object', type, site.name);
      program.locate(token, instance, site.at);
      solver.addToken(node(op.to), token.id);
      return;
    }
    case 'closure':
      solver.addToken(node(op.to), program.closure(instance, op.fn).id);
      return;
    case 'load':
      load(program, instance, index, node(op.base), op.field, node(op.to), op);
      return;
    case 'store':
      if (op.from >= 0)
        solver.listen(node(op.base), id => {
          const token = heap.get(id);
          if (op.copied !== undefined && token.kind === 'object')
            copyNamed(program, { instance, opIndex: index, at: op.at }, node(op.copied), token);
          else solver.addEdge(node(op.from), heap.field(token, op.field));
          if (token.kind === 'external' || token.kind === 'input') handOver(program, node(op.from), token);
        });
      // A literal and the body of a class define what they name: no setter runs.
      if (!op.init && program.mayCallAccessor(op.field)) {
        const args = op.from >= 0 ? [node(op.from)] : [];
        const site = { instance, opIndex: index, at: op.at };
        callAccessors(program, site, node(op.base), 'set', op.field, args, NOWHERE);
      }
      return;
    case 'spread':
      copyFields(program, node(op.from), node(op.to));
      if (program.mayCallAccessor(ELEMENT)) {
        const value = solver.newNode();
        callAccessors(
          program,
          { instance, opIndex: index, at: op.at },
          node(op.from),
          'get',
          ELEMENT,
          [],
          value,
        );
        solver.listen(node(op.to), id => solver.addEdge(value, heap.field(heap.get(id), ELEMENT)));
      }
      return;
    case 'accessor':
      solver.listen(node(op.base), id => {
        const accessor = heap.field(heap.get(id), accessorField(op.kind, op.field));
        solver.addEdge(node(op.from), accessor);
      });
      return;
    case 'call':
      linkCall(program, instance, index, op);
      return;
    case 'react':
      linkReaction(program, instance, index, op);
      return;
    case 'convert': {
      const args = op.arg >= 0 ? [node(op.arg)] : [];
      convert(program, { instance, opIndex: index, at: op.at }, node(op.value), op.methods, args);
      return;
    }
    case 'suspend':
      if (op.value >= 0) program.settle(node(op.value), node(op.to));
      if (op.value >= 0 && program.hasThenables)
        awaitThenable(program, { instance, opIndex: index, at: op.at }, node(op.value), node(op.to));
      return;
    case 'opaque': {
      const outside = program.external(op.code, `opaque:${op.code}`);
      program.notes.push({ code: 'opaque-code', detail: op.code, module: instance.moduleId, at: op.at });
      for (const ref of op.refs) {
        solver.listen(node(ref), id => escapeTo(program, heap.get(id), outside, null));
        solver.addEdge(outside.contents, node(ref));
      }
      return;
    }
    case 'import':
      importAt(program, instance, op, node(op.to));
      return;
  }
}

/** Every field of the objects in `from` is also one of those in `to`, under the same name. */
export function copyFields(program: PointsTo, from: NodeId, to: NodeId): void {
  const { solver, heap } = program;
  solver.listen(to, target => {
    solver.listen(from, id => copyFieldsOf(program, heap.get(id), heap.get(target)));
  });
}

function copyFieldsOf(program: PointsTo, source: Token, target: Token): void {
  const { solver, heap } = program;
  if (source.kind !== 'object') {
    // What the outside has under which name is not known.
    if (source.kind !== 'function')
      solver.addEdge(program.viewOf(source, ELEMENT), heap.field(target, ELEMENT));
    return;
  }
  copyAll(program, source, target);
}

function copyAll({ solver, heap }: PointsTo, source: Token, target: Token): void {
  const key = `<copied to ${target.id}>`;
  if (source === target || source.views.has(key)) return;
  source.views.set(key, -1);
  heap.eachField(source, (field, node) => {
    if (!isPseudo(field)) solver.addEdge(node, heap.field(target, field));
  });
}

/** Whatever the objects in `from` have or inherit, or their accessors give, is also in `target`, under the same name. */
function copyNamed(program: PointsTo, site: CallSite, from: NodeId, target: Token): void {
  const { solver, heap } = program;
  const copy = (id: TokenId, receiver: TokenId, seen: Set<TokenId>): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const source = heap.get(id);
    if (source.kind === 'function') copyAll(program, source, target);
    else copyFieldsOf(program, source, target);
    if (program.mayCallAccessor(ELEMENT)) copyGiven(program, site, source, receiver, target);
    solver.listen(heap.field(source, PROTO), proto => copy(proto, receiver, seen));
  };
  solver.listen(from, id => copy(id, id, new Set()));
}

function importAt(
  program: PointsTo,
  instance: Instance,
  op: Extract<Op, { op: 'import' }>,
  to: NodeId,
): void {
  const id = instance.moduleId;
  if (op.request !== null) {
    program.solver.addEdge(
      program.exports.resolveRequest(id, op.request, null, op.dynamic ? 'esm' : 'commonjs'),
      to,
    );
    return;
  }
  // Any module may be meant.
  program.notes.push({ code: 'dynamic-import', detail: '', module: id, at: op.at });
  for (const other of program.bodies.keys()) program.solver.addEdge(program.exports.namespaceNode(other), to);
  program.solver.addToken(to, program.external('a module loaded by a computed name', 'dynamic-import').id);
}

function load(
  program: PointsTo,
  instance: Instance,
  index: number,
  base: NodeId,
  field: string,
  to: NodeId,
  op: Extract<Op, { op: 'load' }>,
): void {
  const { solver, heap } = program;
  if (to !== NOWHERE) solver.listen(base, id => solver.addEdge(program.viewOf(heap.get(id), field), to));
  if (program.mayCallAccessor(field))
    callAccessors(program, { instance, opIndex: index, at: op.at }, base, 'get', field, [], to);
  if (field === ITERATED) iterate(program, { instance, opIndex: index, at: op.at }, base, to);
}
