/**
 * Which objects may every variable and field hold, and which functions may every call run?
 *
 * The inclusion-based analysis of the whole program, with the call graph built on the way: a function's
 * constraints (`constraints.ts`) come in when it is first found to be called. Here is what they are made of: the
 * modules, the values that are there from the start, and the objects and functions that expressions make.
 */
import type { ModuleGraph, ModuleId } from '../graph/module-graph.js';
import { mayDefineConversion } from '../ir/conversions.js';
import { ELEMENT, ITERATOR, PROTO, SELF_SLOT, SETTLED, THIS_SLOT } from '../ir/ir.js';
import { lowerModuleOnce } from '../ir/lower.js';
import { type ConstantKeys, findConstantKeys } from './constant-keys.js';
import { constrain } from './constraints.js';
import { isExtensible, mayExtendBuiltins, prototypeOfBuiltins } from './extended-builtins.js';
import { DEFINERS } from './implicit-calls.js';
import { type Caller, type Instance, Instances, type ModuleInfo } from './instances.js';
import { Exports } from './linking.js';
import type { ModelLibrary } from './models/library.js';
import type { FunctionModel } from './models/model.js';
import { escapeTo, importersOf, type Root, watch } from './outside.js';
import { EXACT, limitOf, type Precision } from './precision.js';
import { type NodeId, Solver, type TokenId } from './solver.js';
import { joinCalls, makeTangle, watchTangle } from './tangle.js';
import { Heap, type Token } from './tokens.js';

/** What forced a conservative treatment, and where. */
export interface Note {
  code: string;
  detail: string;
  module: ModuleId;
  at: number;
}

export class PointsTo {
  readonly solver = new Solver(id => this.isOwn(id));
  readonly instances: Instances;
  readonly heap: Heap;
  readonly modules = new Map<ModuleId, ModuleInfo>();
  readonly bodies = new Map<ModuleId, Instance>();
  readonly roots = new Map<TokenId, Root>();
  /** What stands for all that cannot be told apart, in a coarse analysis. */
  tangle: Token | null = null;
  readonly exports: Exports;
  readonly notes: Note[] = [];
  private readonly unconstrained: Instance[] = [];
  /** Constructors whose `this` may be an object that there was before: one that a parent's constructor has returned. */
  readonly adopting = new Set<Instance>();
  private readonly accessorNames = new Set<string>();
  /** Whether objects of the program have a method `then`. */
  hasThenables = false;
  /** Whether objects of the program may have methods that implicit conversions call. */
  readonly convertsObjects: boolean;
  /** Whether the program may add to the prototypes of built-in types. */
  readonly extendsBuiltins: boolean;
  /** Whether the program makes objects iterable. */
  hasIterators = false;
  private readonly globalNodes = new Map<string, NodeId>();
  readonly constantKeys: ReadonlyMap<ModuleId, ConstantKeys>;

  /** @param assumesConstants whether properties of objects are taken for constants that look like it */
  constructor(
    readonly graph: ModuleGraph,
    readonly models: ModelLibrary,
    private readonly exported: (id: ModuleId) => boolean,
    readonly precision: Precision = EXACT,
    assumesConstants = true,
  ) {
    this.constantKeys = findConstantKeys(graph, assumesConstants);
    this.heap = new Heap(
      this.solver,
      (type, name) => this.builtinMethod(type, name),
      (type, name) => this.models.propertyType(type, name),
    );
    this.instances = new Instances(this.solver, name => models.isByEvent(name), precision.hasContexts);
    this.exports = new Exports(this);
    const sources = [...graph.modules.values()];
    this.convertsObjects = sources.some(({ code }) => mayDefineConversion(code));
    this.extendsBuiltins = sources.some(({ code }) => mayExtendBuiltins(code));
  }

  /**
   * Builds and solves the constraints of the whole program.
   *
   * @throws Unsolvable if that takes more work than may be done at this precision
   */
  run(): void {
    let operations = 0;
    for (const source of this.graph.modules.values()) {
      const { fields } = this.constantKeys.get(source.id) as ConstantKeys;
      const info: ModuleInfo = { source, ir: lowerModuleOnce(source, this.convertsObjects, fields) };
      this.modules.set(source.id, info);
      for (const fn of info.ir.functions) {
        operations += fn.opCount;
        for (const block of fn.blocks)
          for (const op of block.ops) {
            if (op.op === 'accessor') this.accessorNames.add(op.field);
            else if (op.op === 'store' && op.field === ITERATOR) this.hasIterators = true;
            else if (op.op === 'store' && op.field === 'then') this.hasThenables = true;
            else if ((op.op === 'load' || op.op === 'call') && DEFINERS.has(op.field ?? '')) {
              const name = op.op === 'call' ? op.literals[1] : null;
              this.accessorNames.add(typeof name === 'string' ? name : ELEMENT);
            }
          }
      }
    }
    this.solver.maxWork = limitOf(this.precision.work, operations);
    const tangle = this.precision.width === null ? null : makeTangle(this, this.precision.width);
    for (const [id, info] of this.modules) this.bodies.set(id, this.instances.module(info));
    for (const [id, body] of this.bodies) this.linkModule(id, body);
    if (tangle) watchTangle(this, tangle, importersOf(this));
    for (const body of this.bodies.values()) constrain(this, body);
    // What the program itself registers comes first: there it is known what a handler is called with.
    this.solve();
    const importers = importersOf(this);
    // Anybody can call what is put there.
    escapeTo(this, this.globalObject, importers, null);
    for (const id of this.bodies.keys()) {
      if (!this.exported(id)) continue;
      for (const node of this.exports.nodesOf(id))
        this.solver.listen(node, token => escapeTo(this, this.heap.get(token), importers, null));
    }
    this.solve();
    if (tangle) joinCalls(this, tangle);
  }

  /** The functions that code outside calls, and so those that tasks begin with. */
  rootInstances(): Instance[] {
    return [...this.roots.values()].flatMap(({ instances }) => [...instances]);
  }

  /** True for objects and functions of the program and what stands for them, in contrast to what comes from outside. */
  private isOwn(id: TokenId): boolean {
    const token = this.heap.get(id);
    return token.kind === 'object' || token.kind === 'function' || token === this.tangle;
  }

  private solve(): void {
    do {
      this.solver.solve();
      for (let next = this.unconstrained.pop(); next; next = this.unconstrained.pop()) constrain(this, next);
    } while (this.solver.isPending);
  }

  // Names and modules.

  private linkModule(id: ModuleId, body: Instance): void {
    const { ir } = body.module;
    const aliases = new Map<number, NodeId>();
    body.aliases = aliases;
    for (const [name, slot] of ir.globals) {
      if (ir.commonJs && (name === 'module' || name === 'exports')) continue;
      aliases.set(slot, this.global(name));
    }
    if (ir.commonJs) this.exports.initCommonJs(id, body);
    for (const { slot, request, imported } of ir.imports)
      aliases.set(slot, this.exports.resolveRequest(id, request, imported));
  }

  get globalObject(): Token {
    return this.heap.intern('global', 'object', 'Object', 'globalThis');
  }

  /** The variable behind a name that no module declares. */
  global(name: string): NodeId {
    let node = this.globalNodes.get(name);
    if (node !== undefined) return node;
    const { globalObject } = this;
    node = name === '<thrown>' ? this.solver.newNode() : this.heap.field(globalObject, name);
    this.globalNodes.set(name, node);
    if (name === 'globalThis' || name === 'global') this.solver.addToken(node, globalObject.id);
    else if (name !== '<thrown>') {
      const builtin = this.builtin(name);
      this.solver.addToken(
        node,
        builtin ?? (name === 'eval' ? this.codeInStrings(name) : this.external(name, `global:${name}`)).id,
      );
    }
    return node;
  }

  /** What makes code of strings: the variables of modules are out of its sight, and global ones are not. */
  codeInStrings(name: 'eval' | 'Function'): Token {
    const token = this.external(name, `global:${name}`);
    this.solver.addToken(token.contents, this.globalObject.id);
    return token;
  }

  /** The name of the global variable whose node this is. */
  globalNames(): ReadonlyMap<string, NodeId> {
    return this.globalNodes;
  }

  builtin(path: string): TokenId | undefined {
    if (!this.models.has(path)) return undefined;
    return this.heap.intern(`builtin:${path}`, 'builtin', 'Function', path).id;
  }

  private builtinMethod(type: string, name: string): TokenId | undefined {
    const path = this.models.methodPath(type, name);
    return path === undefined ? undefined : this.builtin(path);
  }

  /** The modelled method of something that a handler was called with. */
  methodOfInput(token: Token, name: string): FunctionModel | undefined {
    // Of unknown things, only what is a matter of course: `name.trim()`, `lines.map(f)`.
    const path =
      token.type === 'External'
        ? this.models.commonMethodPath(name)
        : this.models.methodPath(token.type, name);
    return path === undefined ? undefined : this.models.get(path);
  }

  /** Code outside the program that goes by `key`. */
  external(name: string, key: string): Token {
    const token = this.heap.intern(`external:${key}`, 'external', 'External', name);
    watch(this, token);
    return token;
  }

  // Values.

  /** `arguments`, which callers pass their arguments to. */
  private addArguments(instance: Instance): void {
    const { fn } = instance;
    if (fn.argumentsSlot < 0) return;
    const token = this.heap.intern(`arguments:${instance.id}`, 'object', 'Array', 'arguments');
    this.solver.addToken(instance.slot(fn.argumentsSlot), token.id);
    fn.params.forEach((slot, i) => {
      this.solver.addEdge(instance.slot(slot), this.heap.field(token, String(i)));
    });
  }

  /** What reading `field` of `token` may give. */
  viewOf(token: Token, field: string): NodeId {
    // What the program does not call by its name is there all the same.
    if (token.key === 'global' && (field === 'eval' || this.models.has(field))) this.global(field);
    if (token.kind === 'builtin') {
      const known = token.views.get(field);
      if (known !== undefined) return known;
      const path = this.models.memberPath(token.name, field);
      const view = this.heap.view(token, field);
      if (path !== undefined) this.solver.addToken(view, this.builtin(path) as TokenId);
      else if (this.models.isModule(token.name))
        this.solver.addToken(view, this.external(token.name, `package:${token.name}`).id);
      if (field === 'prototype' && this.extendsBuiltins && isExtensible(token))
        this.solver.addToken(view, prototypeOfBuiltins(this).id);
      return view;
    }
    return this.heap.view(token, field);
  }

  /** Whether any object of the program has an accessor that an access of `field` may call. */
  mayCallAccessor(field: string): boolean {
    const names = this.accessorNames;
    return names.size > 0 && (field === ELEMENT || names.has(field) || names.has(ELEMENT));
  }

  /** What `await` or a reaction makes of a value: promises give what they settle with. */
  settle(from: NodeId, to: NodeId): void {
    const { solver, heap } = this;
    solver.addEdge(from, to);
    solver.listen(from, id => {
      const token = heap.get(id);
      if (token.type === 'Promise') solver.addEdge(heap.view(token, SETTLED), to);
    });
  }

  /** The function object that instance `parent` makes of its inner function `index`. */
  closure(parent: Instance, index: number): Token {
    const token = this.heap.intern(`fn:${parent.id}.${index}`, 'function', 'Function', '');
    if (token.fn) return token;
    const fn = parent.module.ir.functions[index];
    if (!fn) throw new Error(`No function ${index} in ${parent.moduleId}`);
    token.fn = fn;
    token.name = fn.name;
    this.locate(token, parent, fn.start);
    if (fn.form === 'arrow' || fn.form === 'method' || fn.form === 'accessor') return token;
    const prototype = this.heap.intern(`${token.id}.prototype`, 'object', 'Object', `${fn.name}.prototype`);
    this.locate(prototype, parent, fn.start);
    this.solver.addToken(this.heap.field(token, 'prototype'), prototype.id);
    this.solver.addToken(this.heap.field(prototype, 'constructor'), token.id);
    return token;
  }

  /** The object that `new callee` makes at an operation. */
  newObject(callee: Token, call: { instance: Instance; opIndex: number; at: number; hint: string }): Token {
    const { instance, opIndex, at, hint } = call;
    const key = `new:${instance.id}.${opIndex}:${callee.id}`;
    const token = this.heap.intern(key, 'object', 'Object', hint || callee.name);
    if (token.module === null) {
      this.locate(token, instance, at);
      this.solver.addEdge(this.heap.view(callee, 'prototype'), this.heap.field(token, PROTO));
    }
    return token;
  }

  /** A new object of a built-in type, made by a modelled function. */
  freshObject(type: string, key: string, name: string, instance: Instance, at: number): Token {
    const token = this.heap.intern(`fresh:${key}:${type}`, 'object', type, name);
    if (token.module === null) {
      this.locate(token, instance, at);
      if (type === 'Data') this.fillData(token, instance);
    }
    return token;
  }

  /**
   * Plain data of unknown shape: whatever one asks of it is such data again. The parts are told apart from the whole, as
   * it is they that get stored: `rows[0]`, the `number` of an answer.
   */
  private fillData(token: Token, instance: Instance): void {
    const part = this.heap.intern(`${token.key}/part`, 'object', 'Data', `${token.name}[]`);
    this.locate(part, instance, token.at);
    this.solver.addToken(this.heap.field(token, ELEMENT), part.id);
    this.solver.addToken(this.heap.field(part, ELEMENT), part.id);
  }

  /** Notes where a token is made. */
  locate(token: Token, instance: Instance, at: number): void {
    token.module = instance.moduleId;
    token.at = at;
    token.parent = instance;
  }

  /** The instance that runs when function `token` is called; constrains it on first use. */
  instanceOf(token: Token, caller: Caller | 'outside' | null, receiver: TokenId | null): Instance {
    if (!token.fn || !token.parent) throw new Error(`${token.name} is no function of the program`);
    const before = this.instances.all.length;
    const instance = this.instances.of(token.fn, token.parent, caller, receiver);
    if (this.instances.all.length > before) {
      this.addArguments(instance);
      // Its constraints come in later: doing it here would nest as deep as the program calls.
      this.unconstrained.push(instance);
    }
    this.solver.addToken(instance.slot(SELF_SLOT), token.id);
    return instance;
  }

  /** True when there is only one object of this name: it was made by a module's body. */
  isSingleton(token: Token): boolean {
    return token.kind === 'object' && token.parent?.fn.form === 'module';
  }

  thisNode(instance: Instance): NodeId {
    return instance.slot(THIS_SLOT);
  }
}
