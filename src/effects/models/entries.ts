/**
 * The entries of all model files, by full name: `Math.max`, `node:fs.readFile`, `new Map`, `Array#push`.
 *
 * There are some ten thousand, of which a program uses a few dozen. So the names of a module's exports and of a type's
 * methods are spelt out only when somebody first asks for one of them: until then, files are merely indexed.
 */
import { expandBraces } from './braces.js';
import type { Entry, FunctionModel, ModelFile } from './model.js';

/** Entries whose names are not spelt out yet. */
type Unopened = [names: string, entry: Entry][];

export class Entries {
  readonly functions = new Map<string, FunctionModel>();
  /** Types of the objects that are there from the start. */
  readonly objects = new Map<string, string>();
  /** Constructors, by the entry that calling them without `new` leads to. */
  readonly constructed = new Map<FunctionModel, string>();
  private readonly aliases = new Map<string, string>();
  /** What leads to entries without being one: `Math`, `node:path`. */
  private readonly namespaces = new Set<string>();
  /** Namespaces inside of modules: `acme.utils`. */
  private readonly innerNamespaces = new Set<string>();
  private readonly modules = new Map<string, Unopened>();
  private readonly methods = new Map<string, Unopened>();
  private readonly opened = new Set<string>();

  /** @param files in order of precedence, lowest first: later files replace entries of earlier ones */
  constructor(files: readonly ModelFile[]) {
    for (const file of files) {
      for (const [names, entry] of Object.entries(file.globals ?? {}))
        for (const name of expandBraces(names)) this.add(name, entry);
      for (const [names, entry] of Object.entries(file.methods ?? {})) {
        const end = names.search(/[#(]/);
        for (const type of expandBraces(names.slice(0, end)))
          listOf(this.methods, type).push([type + names.slice(end), entry]);
      }
      for (const [names, exports] of Object.entries(file.modules ?? {}))
        for (const module of expandBraces(names))
          listOf(this.modules, module).push(...Object.entries(exports));
    }
    for (const [name, model] of [...this.functions]) this.noteConstructor(name, model);
  }

  isModule(name: string): boolean {
    return this.modules.has(name);
  }

  /** True for entries and for what leads to one. */
  has(name: string): boolean {
    this.open(name);
    return (
      this.functions.has(name) ||
      this.namespaces.has(name) ||
      this.objects.has(name) ||
      this.aliases.has(name)
    );
  }

  /** True for a namespace inside of a module, which may hold more than is modelled. */
  isInnerNamespace(path: string): boolean {
    return this.innerNamespaces.has(path) && !this.functions.has(path);
  }

  /** The name of the entry that `name` is the same as, or `name` itself. */
  original(name: string): string {
    let path = name;
    for (let seen = 0; seen < 8; seen++) {
      this.open(path);
      const isNew = path.startsWith('new ');
      const target = this.aliases.get(path) ?? (isNew ? this.aliases.get(path.slice(4)) : undefined);
      if (target === undefined) return path;
      path = isNew && !target.startsWith('new ') ? `new ${target}` : target;
    }
    throw new Error(`The effect model "${name}" refers to itself`);
  }

  /** The function that goes by `name`, whichever entry it is the same as. */
  function(name: string): FunctionModel | undefined {
    return this.functions.get(this.original(name));
  }

  /** Spells out the names among which `name` is. */
  private open(name: string): void {
    if (this.opened.has(name)) return;
    this.opened.add(name);
    const path = name.replace(/^new /, '');
    const end = path.search(/[#(]/);
    if (end > 0) this.openType(path.slice(0, end));
    // The names of modules may have dots themselves.
    for (let dot = path.length; dot > 0; dot = path.lastIndexOf('.', dot - 1))
      this.openModule(path.slice(0, dot));
  }

  private openType(type: string): void {
    for (const [names, entry] of take(this.methods, type))
      for (const name of expandBraces(names)) this.set(name, entry);
  }

  private openModule(module: string): void {
    const exports = take(this.modules, module);
    if (exports.length === 0) return;
    this.namespaces.add(module);
    const added: string[] = [];
    for (const [names, entry] of exports) {
      for (const name of expandBraces(names)) {
        const own = name.replace(/^new /, '');
        const path = own === '.' ? module : `${module}.${own}`;
        added.push(own === name ? path : `new ${path}`);
        this.add(added[added.length - 1] as string, entry);
        const dot = own.lastIndexOf('.');
        if (dot > 0) this.innerNamespaces.add(`${module}.${own.slice(0, dot)}`);
      }
    }
    for (const name of added) {
      const model = this.functions.get(name);
      if (model) this.noteConstructor(name, model);
    }
  }

  private add(name: string, entry: Entry): void {
    this.set(name, entry);
    const path = name.startsWith('new ') ? name.slice('new '.length) : name;
    this.namespaces.add(path);
    for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1))
      this.namespaces.add(path.slice(0, dot));
  }

  private set(name: string, entry: Entry): void {
    this.aliases.delete(name);
    this.objects.delete(name);
    this.functions.delete(name);
    if (typeof entry === 'string') this.aliases.set(name, entry);
    else if ('object' in entry) this.objects.set(name, entry.object);
    // A copy: entries are told apart by identity where one name stands for several.
    else this.functions.set(name, { ...entry });
  }

  /** A class can be called without `new` by those that extend it, and its prototype is an object. */
  private noteConstructor(name: string, model: FunctionModel): void {
    const type = /^fresh (\w+)/.exec(model.returns ?? '')?.[1];
    if (!name.startsWith('new ') || type === undefined) return;
    const path = name.slice('new '.length);
    this.constructed.set(this.functions.get(path) ?? model, type);
    this.objects.set(`${path}.prototype`, type);
  }
}

function listOf(lists: Map<string, Unopened>, key: string): Unopened {
  const known = lists.get(key);
  if (known) return known;
  const made: Unopened = [];
  lists.set(key, made);
  return made;
}

/** What is listed under `key`, once; the key itself stays. */
function take(lists: Map<string, Unopened>, key: string): Unopened {
  return lists.get(key)?.splice(0) ?? [];
}
