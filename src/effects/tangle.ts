/**
 * The tangle: one object that stands for all that cannot be told apart.
 *
 * Where a variable may hold very many objects and functions, to follow each of them to wherever the variable leads multiplies
 * many by many, and tells nothing. In a coarse analysis such a variable holds the first few and the tangle, and whatever else gets
 * there becomes a part of the tangle. The tangle is like code outside the program that was handed all of its parts and may do anything with
 * them, but it is also what the program itself does, so more holds of it than of a package:
 *
 * - Whatever is done to the tangle may be done to any part: what is stored in it, handed to a call of it or called on it, is a part
 *   as well, and reading any property of it gives the tangle.
 * - Whatever is done to the tangle may be seen at any part: all fields of the parts hold the tangle, and all they hold are parts.
 * - Functions among the parts may be called by any call of the tangle, with the tangle for `this` and for every argument; what they
 *   return are parts. They are in the hands of the outside as well: among the parts may be functions of packages that keep what they
 *   are handed. A call of the tangle counts as a call of all of them (`joinCalls`).
 * - What code outside has that is a part, is a part, and the parts are in its hands.
 *
 * All parts are one resource (`accesses.ts`). Every constraint of the exact analysis holds with the tangle in the place of its parts,
 * so whatever that finds is found.
 */
import { RETURN_SLOT } from '../ir/ir.js';
import type { Invocation } from './calls.js';
import type { Instance } from './instances.js';
import { watch } from './outside.js';
import type { PointsTo } from './points-to.js';
import { isSettler, promiseOf } from './settlers.js';
import { SmallSet } from './small-set.js';
import type { Token } from './tokens.js';

/** What the listeners of an object are found under that were added by a name which is not known. */
const LISTENERS = '<listeners>';

/** Makes the tangle, empty, for a variable that holds more than `width` objects to become a part of it. */
export function makeTangle(program: PointsTo, width: number): Token {
  const { heap, solver } = program;
  const tangle = heap.intern('external:tangle', 'external', 'External', 'what cannot be told apart');
  program.tangle = tangle;
  heap.tangle = tangle;
  solver.overflow = { width, token: tangle.id, into: tangle.contents };
  return tangle;
}

/** Begins to follow what gets into it; for when all else is there that the program starts from. */
export function watchTangle(program: PointsTo, tangle: Token, importers: Token): void {
  const { heap, solver } = program;
  watch(program, tangle);
  heap.eachField(tangle, (_, node) => solver.addEdge(node, tangle.contents));
  solver.listen(tangle.contents, id => addPart(program, tangle, heap.get(id)));
  // Its importers can get whatever is exported, and hand it to whatever is.
  solver.addToken(tangle.contents, importers.id);
  solver.addToken(program.global('<thrown>'), tangle.id);
}

function addPart(program: PointsTo, tangle: Token, part: Token): void {
  const { heap, solver } = program;
  if (part === tangle || part.isTangled) return;
  part.isTangled = true;
  heap.eachField(part, (_, node) => {
    solver.addToken(node, tangle.id);
    solver.addEdge(node, tangle.contents);
  });
  for (const view of part.views.values()) if (view >= 0) solver.addEdge(view, tangle.contents);
  switch (part.kind) {
    case 'function':
      addFunction(program, tangle, part);
      break;
    case 'builtin': {
      const promise = isSettler(part) ? promiseOf(heap, part) : undefined;
      if (promise) solver.addToken(heap.field(promise, '<settled>'), tangle.id);
      break;
    }
    case 'external':
    case 'input':
      solver.addEdge(part.contents, tangle.contents);
      solver.addEdge(tangle.contents, part.contents);
      watch(program, part);
      break;
  }
  // Somebody may have added listeners through the tangle.
  if (part.kind !== 'builtin') heap.field(part, LISTENERS);
}

function addFunction(program: PointsTo, tangle: Token, part: Token): void {
  const { heap, solver } = program;
  if (part.bound) {
    solver.addToken(tangle.contents, part.bound.target);
    for (const node of [part.bound.self, ...part.bound.args]) solver.addEdge(node, tangle.contents);
    return;
  }
  const { fn } = part;
  if (!fn) return;
  const instance = program.instanceOf(part, null, null);
  const slots = [...fn.params, ...(fn.rest >= 0 ? [fn.rest] : [])];
  for (const slot of slots) solver.addToken(instance.slot(slot), tangle.id);
  const list = heap.find(`arguments:${instance.id}`);
  if (list) solver.addToken(heap.field(list, '[]'), tangle.id);
  if (fn.form !== 'arrow') solver.addToken(program.thisNode(instance), tangle.id);
  solver.addEdge(instance.slot(RETURN_SLOT), tangle.contents);
}

/** Calls any of its parts. */
export function callTangle(program: PointsTo, tangle: Token, call: Invocation): void {
  const { solver } = program;
  const { record, args, self, receiver, result } = call;
  record.externals.add(tangle.id);
  for (const arg of args) solver.addEdge(arg, tangle.contents);
  if (self !== null) solver.addEdge(self, tangle.contents);
  if (receiver !== null) solver.addToken(tangle.contents, receiver);
  solver.addToken(result, tangle.id);
  // A constructor that is called by `super` may return the object that is `this` from then on.
  if (self !== null && call.instance.fn.form === 'constructor') solver.addToken(self, tangle.id);
}

/** When all is solved: every call of the tangle is a call of all functions in it, and goes on with all generators. */
export function joinCalls(program: PointsTo, tangle: Token): void {
  const { heap, instances, solver } = program;
  const all = new SmallSet<Instance>();
  for (const id of solver.tokens(tangle.contents)) {
    const part = heap.get(id);
    if (part.kind === 'function' && part.fn && !part.bound) all.add(program.instanceOf(part, null, null));
    if (part.type === 'Generator' && part.parent) all.add(part.parent);
  }
  // What many operations run is the very same set for all: what that does is worked out once.
  const joined = (own: SmallSet<Instance>): SmallSet<Instance> => {
    if (!own.some(instance => !all.has(instance))) return all;
    const both = new SmallSet<Instance>();
    for (const set of [own, all]) for (let i = 0; i < set.size; i++) both.add(set.at(i));
    return both;
  };
  for (const instance of instances.all)
    for (const record of instance.calls.values()) {
      if (!record.externals.has(tangle.id)) continue;
      record.targets = joined(record.targets);
      record.callbacks = joined(record.callbacks);
      // Something of a package may be called, which calls what it is handed as the rest of the task.
      record.later = joined(record.later);
      record.rearranged = record.targets;
    }
}
