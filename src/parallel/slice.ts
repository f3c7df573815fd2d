/**
 * Slices: which pieces of the program a function needs to run where nothing of the program has been evaluated.
 *
 * Found in the syntax: all names that are used, in what they stand for, and so on. Whatever runs in the worker is in the slice, in an
 * argument, or one of the built-ins and modules that are the same in every thread, which is what the rest of the proof builds on.
 */
import type { PointsTo } from '../effects/points-to.js';
import type { Resolution, SourceModule } from '../graph/module-graph.js';
import { isFunction } from '../graph/syntax.js';
import type { FunctionIR } from '../ir/ir.js';
import { isGlobalOfAnyThread, isModuleOfAnyThread } from './any-thread.js';
import { type Declared, declarationsOf, type Exported, type Piece } from './declarations.js';
import { type Outer, type OuterName, outerNamesOf } from './outer-names.js';
import {
  type Item,
  keyOf,
  type Linked,
  nameOfValue,
  type Problem,
  type ProblemCode,
  type Slice,
  type SlicedModule,
} from './parallel.js';

/** What is left of a slice that cannot be made, too. */
export interface Sliced {
  slice: Slice;
  problems: Problem[];
}

/**
 * Finds what the function needs.
 * @param piece the piece that the function is, or is the value of
 * @param isOneEnough whether to go on no further when one problem is found
 */
export function sliceOf(program: PointsTo, module: SourceModule, piece: Piece, isOneEnough = false): Sliced {
  const slicer = new Slicer(program, isOneEnough);
  const root: Item = { module, piece, via: null };
  slicer.need(root);
  slicer.run(root);
  return { slice: { root, modules: slicer.inOrder() }, problems: slicer.problems };
}

/** What a use of a name leads to. */
type Target =
  | { item: Item; name: string }
  | { request: string; imported: string | null }
  | 'namespace'
  | string;

class Slicer {
  readonly problems: Problem[] = [];
  private readonly modules = new Map<SourceModule, SlicedModule>();
  private readonly items = new Map<string, Item>();
  private readonly pending: Item[] = [];
  /** By module: those that it needs something of. */
  private readonly needs = new Map<SourceModule, Set<SourceModule>>();

  constructor(
    private readonly program: PointsTo,
    private readonly isOneEnough: boolean,
  ) {}

  /** Takes a piece into the slice. */
  need(item: Item): void {
    const key = keyOf(item.module, item.piece);
    if (this.items.has(key)) return;
    this.items.set(key, item);
    this.slicedModule(item.module).items.push(item);
    this.pending.push(item);
  }

  run(root: Item): void {
    for (let item = this.pending.shift(); item; item = this.pending.shift()) {
      this.look(item, item === root);
      if (this.isOneEnough && this.problems.length > 0) return;
    }
  }

  /** The modules in an order in which each comes after those that it needs, as far as they do not need each other. */
  inOrder(): SlicedModule[] {
    const ordered = new Set<SourceModule>();
    const seen = new Set<SourceModule>();
    const visit = (module: SourceModule): void => {
      if (seen.has(module)) return;
      seen.add(module);
      for (const needed of this.needs.get(module) ?? []) visit(needed);
      ordered.add(module);
    };
    for (const module of this.modules.keys()) visit(module);
    return [...ordered].flatMap(module => {
      const sliced = this.modules.get(module);
      if (!sliced) return [];
      sliced.items.sort((a, b) => a.piece.start - b.piece.start);
      return [sliced];
    });
  }

  private slicedModule(module: SourceModule): SlicedModule {
    let sliced = this.modules.get(module);
    if (!sliced) {
      sliced = { module, items: [], links: new Map() };
      this.modules.set(module, sliced);
    }
    return sliced;
  }

  private look(item: Item, isRoot: boolean): void {
    const { piece } = item;
    this.checkConstant(item);
    const node = isRoot && piece.init ? piece.init : piece.node;
    for (const outer of outerNamesOf(node, !isRoot && piece.kind === 'function')) {
      // Of the value of a root, only the function counts: what stands around it is not there in the worker.
      if (outer.kind === 'name') this.use(item, outer);
      else this.leave(item, outer);
    }
  }

  private leave(item: Item, { kind, at }: Exclude<Outer, OuterName>): void {
    if (kind === 'this') this.report('parallel-uses-this', item, at, '`this`');
    else this.report('parallel-main-thread', item, at, `\`${kind}\``, `but ${WHY_NOT_IN_WORKER[kind]}`);
  }

  private use(item: Item, outer: OuterName): void {
    const { module } = item;
    const { name, at } = outer;
    const declared = declarationsOf(module).names.get(name);
    if (declared === undefined) {
      this.useGlobal(item, outer);
      return;
    }
    if (outer.isWrite) {
      this.report('parallel-writes-state', item, at, `\`${name}\``, 'a variable of the module');
      return;
    }
    if (declared.is === 'piece') {
      this.needPiece(item, outer, module, declared.piece);
      return;
    }
    this.useImport(item, outer, declared);
  }

  private useGlobal(item: Item, { name, at, isWrite }: OuterName): void {
    const isVariable = this.isVariable(item.module, name);
    if (isWrite) this.report('parallel-writes-state', item, at, `\`${name}\``, 'a global variable');
    else if (isVariable)
      this.report(
        'parallel-constant',
        item,
        at,
        `\`${name}\``,
        'which is not declared by a statement of its own at the top of the module',
      );
    else if (!isGlobalOfAnyThread(name))
      this.report(
        'parallel-main-thread',
        item,
        at,
        `\`${name}\``,
        'which belongs to the thread that it is used in or is not known',
      );
  }

  /** Whether the module declares the name somewhere inside of a statement at its top: `for (var i ...)`. */
  private isVariable(module: SourceModule, name: string): boolean {
    return bodyOf(this.program, module).variables.some(variable => variable.name === name);
  }

  private useImport(item: Item, outer: OuterName, declared: Extract<Declared, { is: 'import' }>): void {
    const { name, at } = outer;
    const sliced = this.slicedModule(item.module);
    const target = this.find(item, outer, item.module, declared, new Set());
    if (typeof target === 'string') {
      if (target === 'namespace') {
        if (outer.property === null)
          this.report(
            'parallel-constant',
            item,
            at,
            `\`${name}\``,
            'a module as a whole, of which only single properties can be rebuilt',
          );
        else this.useProperty(item, outer, declared);
      } else if (target !== '') this.report('parallel-constant', item, at, `\`${name}\``, `but ${target}`);
      return;
    }
    sliced.links.set(name, this.linkTo(item.module, target));
  }

  /** `util.hash`, where `util` is a module of the program. */
  private useProperty(item: Item, outer: OuterName, declared: Extract<Declared, { is: 'import' }>): void {
    const { name, at } = outer;
    const imported = outer.property as string;
    const asked = { ...declared, imported };
    const target = this.find(item, outer, item.module, asked, new Set());
    if (typeof target === 'string') {
      if (target !== '')
        this.report(
          'parallel-constant',
          item,
          at,
          `\`${name}.${imported}\``,
          target === 'namespace' ? 'but it is a module as a whole' : `but ${target}`,
        );
      return;
    }
    const link = this.linkTo(item.module, target);
    const { links } = this.slicedModule(item.module);
    const known = links.get(name);
    const namespace: Linked =
      known?.from === 'namespace' ? known : { from: 'namespace', properties: new Map() };
    if (namespace.from === 'namespace' && link.from === 'module') namespace.properties.set(imported, link);
    else
      this.report(
        'parallel-constant',
        item,
        at,
        `\`${name}.${imported}\``,
        'which another module hands on from a package',
      );
    links.set(name, namespace);
  }

  private linkTo(user: SourceModule, target: Exclude<Target, string>): Linked {
    if (!('item' in target)) return { from: 'package', ...target };
    const needed = this.needs.get(user) ?? new Set();
    if (target.item.module !== user) needed.add(target.item.module);
    this.needs.set(user, needed);
    return { from: 'module', module: target.item.module.id, name: target.name };
  }

  /**
   * What an import leads to. A string says why to nothing: '' if that has been reported.
   * @param module the module with the import
   */
  private find(
    item: Item,
    outer: OuterName,
    module: SourceModule,
    { request, imported }: { request: string; imported: string | null },
    seen: Set<string>,
  ): Target {
    const resolution: Resolution = module.imports.get(request) ?? { kind: 'unresolved', request };
    if (resolution.kind === 'external')
      return this.findOutside(item, outer, module, resolution, request, imported);
    const other = resolution.kind === 'module' ? this.program.graph.modules.get(resolution.id) : undefined;
    if (!other) return `what \`${request}\` leads to is not a module of the program`;
    const key = `${other.id} ${imported}`;
    if (seen.has(key)) return 'it is exported in a circle';
    seen.add(key);
    const { exports, isOpen, all } = declarationsOf(other);
    const isCommonJs = other.format === 'commonjs';
    let name = imported;
    if (name === null || (name === 'default' && isCommonJs)) {
      const whole = isCommonJs ? exports.get('default') : undefined;
      const isObject = !whole || (whole.is === 'value' && whole.piece.node.type === 'ObjectExpression');
      if (isObject) return 'namespace';
      if (outer.property !== null) return 'properties of a function that a module exports are not followed';
      name = 'default';
    }
    const exported = exports.get(name);
    if (exported) return this.findExported(item, outer, other, exported, seen);
    for (const from of all) {
      const found = this.find(item, outer, other, { request: from, imported: name }, seen);
      if (typeof found !== 'string') return found;
    }
    return isOpen
      ? `how ${other.id} exports \`${name}\` is not understood`
      : `${other.id} has no statement at its top that exports \`${name}\``;
  }

  private findOutside(
    item: Item,
    outer: OuterName,
    module: SourceModule,
    { name, subpath }: Extract<Resolution, { kind: 'external' }>,
    request: string,
    imported: string | null,
  ): Target {
    const isKnown =
      isModuleOfAnyThread(subpath === undefined ? name : `${name}/${subpath}`) ||
      isModuleOfAnyThread(name) ||
      this.program.models.isOfAnyThread(name);
    if (isKnown) {
      if (module !== item.module) return 'another module hands it on from a package';
      return { request, imported };
    }
    const isNode = name.startsWith('node:');
    this.report(
      isNode ? 'parallel-main-thread' : 'parallel-unknown-call',
      item,
      outer.at,
      `\`${outer.name}\``,
      isNode
        ? `but \`${name}\` works on what belongs to the process`
        : `but the package \`${name}\` is not known to do the same in every thread`,
    );
    return '';
  }

  private findExported(
    item: Item,
    outer: OuterName,
    module: SourceModule,
    exported: Exported,
    seen: Set<string>,
  ): Target {
    if (exported.is === 'import') return this.find(item, outer, module, exported, seen);
    if (exported.is === 'value')
      return this.neededIn(item, outer, module, exported.piece, nameOfValue(exported.piece));
    const declared = declarationsOf(module).names.get(exported.name);
    if (!declared) return `${module.id} does not declare \`${exported.name}\` at its top`;
    if (declared.is === 'import') return this.find(item, outer, module, declared, seen);
    return this.neededIn(item, outer, module, declared.piece, exported.name);
  }

  private neededIn(item: Item, { at }: OuterName, module: SourceModule, piece: Piece, name: string): Target {
    this.need({ module, piece, via: { item, at } });
    const needed = this.items.get(keyOf(module, piece)) as Item;
    return { item: needed, name };
  }

  private needPiece(item: Item, outer: OuterName, module: SourceModule, piece: Piece): void {
    this.neededIn(item, outer, module, piece, outer.name);
  }

  /** A variable must hold one value for ever. */
  private checkConstant(item: Item): void {
    const { piece, module, via } = item;
    if (piece.kind === 'value' && !isFunction(piece.node) && piece.node.type !== 'ClassDeclaration') return;
    const at = via?.at ?? piece.start;
    const user = via?.item ?? item;
    for (const { name, at: declaredAt } of piece.binds) {
      const variable = bodyOf(this.program, module).variables.find(
        v => v.name === name && v.at === declaredAt,
      );
      if (variable?.isReassigned)
        this.report(
          'parallel-reads-state',
          user,
          at,
          `\`${name}\``,
          'which something is assigned to after its declaration',
        );
      else if (piece.kind === 'variable' && piece.init === null)
        this.report('parallel-constant', user, at, `\`${name}\``, 'which is declared without a value');
    }
  }

  /** @param why the rest of the sentence about the subject */
  private report(code: ProblemCode, item: Item, at: number, subject: string, why = ''): void {
    const what = why === '' ? subject : `${subject}, ${why}`;
    this.problems.push({ code, module: item.module.id, at, item, what });
  }
}

const WHY_NOT_IN_WORKER: Record<Exclude<Outer['kind'], 'name' | 'this'>, string> = {
  'import.meta': 'it is another one where the worker evaluates the code',
  'import()': 'it would evaluate a module of the program in the worker',
  JSX: 'what it is compiled to is not seen',
  with: 'names in it are not known',
  await: 'a module of the worker cannot wait',
  decorator: 'what it makes of the class is not seen',
};

const bodyOf = (program: PointsTo, module: SourceModule): FunctionIR =>
  program.modules.get(module.id)?.ir.functions[0] as FunctionIR;
