/**
 * What of the whole program concerns a slice: what may run and when, what it is handed, and which objects its constants are.
 */
import { reachableWithStages } from '../conflicts/footprint.js';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { TokenId } from '../effects/solver.js';
import type { ModuleId } from '../graph/module-graph.js';
import type { Op } from '../ir/ir.js';
import { lastThat } from '../order/last-that.js';
import { objectsIn } from './crossing.js';
import type { Item, Slice } from './parallel.js';

export class SliceFacts {
  readonly owners: Owners;
  /** All that the function may run. */
  readonly running: ReadonlySet<Instance>;
  /** All that runs while the constants of the slice are evaluated. */
  readonly initial: ReadonlySet<Instance>;
  /** The operations of module bodies that evaluate the constants. */
  readonly evaluating: { instance: Instance; op: Op; index: number; item: Item }[] = [];
  readonly packages: ReadonlySet<string>;
  /** What the function is called with, and what its callbacks get of that from built-ins that are not modelled. */
  readonly given: ReadonlySet<TokenId>;
  /** Of these, what the function itself is called with by whom nobody knows. */
  readonly fromOutside: ReadonlySet<TokenId>;
  /** The objects of the constants, functions and classes of the slice, by what they belong to. */
  readonly constants: ReadonlyMap<TokenId, Item>;

  constructor(
    readonly program: PointsTo,
    readonly slice: Slice,
    private readonly roots: readonly Instance[],
    /** All that runs when the modules have been evaluated. */
    readonly atRunTime: ReadonlySet<Instance>,
  ) {
    this.owners = new Owners(slice);
    this.running = withCallbacks(program, reachableWithStages(roots));
    this.initial = this.findInitial();
    const given = this.findGiven();
    this.given = given.all;
    this.fromOutside = given.fromOutside;
    this.constants = this.findConstants();
    this.packages = new Set(
      slice.modules.flatMap(({ module, links }) =>
        [...links.values()].flatMap(link => {
          const resolution = link.from === 'package' ? module.imports.get(link.request) : undefined;
          return resolution?.kind === 'external' ? [resolution.name] : [];
        }),
      ),
    );
  }

  /** The constants are evaluated by operations of module bodies, and by what those call. */
  private findInitial(): Set<Instance> {
    const called: Instance[] = [];
    for (const { module, items } of this.slice.modules) {
      const body = this.program.bodies.get(module.id);
      if (!body || items.every(({ piece }) => piece.kind === 'function')) continue;
      body.forEachOp((op, index) => {
        const item = 'at' in op ? this.owners.of(module.id, op.at) : undefined;
        if (!item || item.piece.kind === 'function' || item === this.slice.root) return;
        this.evaluating.push({ instance: body, op, index, item });
        const record = body.calls.get(index);
        if (record) for (const set of [record.targets, record.callbacks, record.later]) called.push(...set);
      });
    }
    return reachableWithStages(called);
  }

  private findGiven(): { all: Set<TokenId>; fromOutside: Set<TokenId> } {
    const { program } = this;
    const given = new Set<TokenId>();
    const add = (instance: Instance): void => {
      const { params, rest } = instance.fn;
      for (const slot of rest < 0 ? params : [...params, rest])
        for (const id of objectsIn(program, instance.slot(slot))) given.add(id);
      const list = program.heap.find(`arguments:${instance.id}`);
      if (list)
        for (const node of list.fields.values()) for (const id of objectsIn(program, node)) given.add(id);
    };
    for (const root of this.roots) add(root);
    this.addParts(given);
    const fromOutside = new Set([...given].filter(id => FROM_OUTSIDE.has(program.heap.get(id).kind)));
    const callbacks = program.rootInstances();
    for (const instance of callbacks)
      if (instance.parent?.fn.form !== 'module' && this.running.has(instance)) add(instance);
    this.addParts(given);
    return { all: given, fromOutside };
  }

  /** Parts of what comes from outside are found in its views. */
  private addParts(given: Set<TokenId>): void {
    const { program } = this;
    for (const id of given) {
      const token = program.heap.get(id);
      if (token.kind !== 'input') continue;
      for (const node of token.views.values())
        if (node >= 0)
          for (const part of program.solver.tokens(node))
            if (program.heap.get(part).kind === 'input') given.add(part);
    }
  }

  private findConstants(): Map<TokenId, Item> {
    const { program } = this;
    const found = new Map<TokenId, Item>();
    const follow = (start: TokenId, item: Item): void => {
      const pending = [start];
      for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
        if (found.has(id)) continue;
        const token = program.heap.get(id);
        if (token.kind !== 'object' && token.kind !== 'function') continue;
        found.set(id, item);
        for (const node of token.fields.values()) pending.push(...program.solver.tokens(node));
        for (let around = token.kind === 'function' ? token.parent : null; around; around = around.parent)
          if (around.fn.form !== 'module')
            for (const { slot, isCaptured } of around.fn.variables)
              if (isCaptured) pending.push(...program.solver.tokens(around.slot(slot)));
      }
    };
    for (const { module, items } of this.slice.modules) {
      const body = program.bodies.get(module.id);
      if (!body) continue;
      const slots = new Map(body.fn.variables.map(({ name, at, slot }) => [`${name}@${at}`, slot]));
      const functions = new Map(
        body.module.ir.functions.map(({ index, start, end }) => [`${start}:${end}`, index]),
      );
      for (const item of items) {
        if (module.format === 'commonjs') for (const id of exportsOf(program, module.id)) found.set(id, item);
        for (const { name, at } of item.piece.binds) {
          const slot = slots.get(`${name}@${at}`);
          if (slot !== undefined) for (const id of program.solver.tokens(body.slot(slot))) follow(id, item);
        }
        const index = functions.get(`${item.piece.start}:${item.piece.end}`);
        const token = index === undefined ? undefined : program.heap.find(`fn:${body.id}.${index}`);
        if (token) follow(token.id, item);
      }
    }
    return found;
  }
}

/** What is handed over by who calls the function from outside, and by packages that it is handed on to. */
export const FROM_OUTSIDE: ReadonlySet<string> = new Set(['input', 'external']);

/** Which item of a slice something in a module belongs to: the outermost, where one is in another. */
export class Owners {
  /** The outermost items, in order. */
  private readonly items = new Map<ModuleId, readonly Item[]>();

  constructor(slice: Slice) {
    for (const { module, items } of slice.modules) {
      const outermost: Item[] = [];
      for (const item of items)
        if (item.piece.start >= (outermost.at(-1)?.piece.end ?? 0)) outermost.push(item);
      this.items.set(module.id, outermost);
    }
  }

  of(module: ModuleId, at: number): Item | undefined {
    const item = lastThat(this.items.get(module) ?? [], ({ piece }) => piece.start <= at);
    return item && at < item.piece.end ? item : undefined;
  }
}

/** The objects by which others get what a CommonJS module exports. */
export function exportsOf({ heap, solver }: PointsTo, module: ModuleId): ReadonlySet<TokenId> {
  const exports = heap.find(`module:${module}`)?.fields.get('exports');
  const objects = exports === undefined ? [] : [...solver.tokens(exports)];
  return new Set(objects.filter(id => heap.get(id).kind === 'object'));
}

/** Functions that are made by those that run, and handed to what is not modelled, run as well. */
function withCallbacks(program: PointsTo, running: Set<Instance>): Set<Instance> {
  const roots = program.rootInstances();
  for (let before = -1; before !== running.size; ) {
    before = running.size;
    for (const instance of roots)
      if (!running.has(instance) && instance.parent && running.has(instance.parent))
        for (const each of reachableWithStages([instance])) running.add(each);
  }
  return running;
}
