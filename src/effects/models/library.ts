/**
 * The effect models in force, by name.
 *
 * Names are paths: `Math.max`, `node:fs.readFile`, `new Map`; `Array#push` for methods of a type. An entry that is
 * the same as another one has no path of its own: whoever follows the names to it ends up at the other.
 */
import { expandBraces } from './braces.js';
import type { Entry, FunctionModel, ModelFile, TypeModel } from './model.js';

/** Array methods whose name says what they do, whoever has them. */
const COMMON_ARRAY_METHODS = new Set([
  'every',
  'filter',
  'find',
  'findIndex',
  'flatMap',
  'forEach',
  'join',
  'map',
  'reduce',
  'some',
  'sort',
]);

/** Methods that all functions have. */
const FUNCTION_METHODS = new Set(['apply', 'bind', 'call']);

const UNKNOWN = '<unknown>';

export class ModelLibrary {
  private readonly functions = new Map<string, FunctionModel>([[UNKNOWN, { unknown: true }]]);
  private readonly objects = new Map<string, string>();
  private readonly aliases = new Map<string, string>();
  private readonly namespaces = new Set<string>();
  /** Namespaces inside of modules: `acme.utils`. */
  private readonly innerNamespaces = new Set<string>();
  private readonly modules = new Set<string>();
  private readonly types = new Map<string, TypeModel>();
  /** Constructors, by the entry that calling them without `new` leads to. */
  private readonly constructed = new Map<FunctionModel, string>();

  /** @param files in order of precedence, lowest first: later files replace entries of earlier ones */
  constructor(files: readonly ModelFile[]) {
    for (const file of files) {
      for (const [names, entry] of Object.entries(file.globals ?? {}))
        for (const name of expandBraces(names)) this.add(name, entry);
      for (const [name, type] of Object.entries(file.types ?? {})) this.types.set(name, type);
      for (const [names, entry] of Object.entries(file.methods ?? {}))
        for (const name of expandBraces(names)) this.set(name, entry);
      for (const [modules, exports] of Object.entries(file.modules ?? {}))
        for (const module of expandBraces(modules)) this.addModule(module, exports);
    }
    for (const [name, model] of this.functions) this.noteConstructor(name, model);
  }

  private addModule(module: string, exports: Record<string, Entry>): void {
    this.modules.add(module);
    this.namespaces.add(module);
    for (const [names, entry] of Object.entries(exports)) {
      for (const name of expandBraces(names)) {
        const own = name.replace(/^new /, '');
        const path = own === '.' ? module : `${module}.${own}`;
        this.add(own === name ? path : `new ${path}`, entry);
        const dot = own.lastIndexOf('.');
        if (dot > 0) this.innerNamespaces.add(`${module}.${own.slice(0, dot)}`);
      }
    }
  }

  private add(name: string, entry: Entry): void {
    this.set(name, entry);
    const path = name.replace(/^new /, '');
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

  private noteConstructor(name: string, model: FunctionModel): void {
    const type = /^fresh (\w+)/.exec(model.returns ?? '')?.[1];
    if (!name.startsWith('new ') || type === undefined) return;
    const path = name.slice('new '.length);
    this.constructed.set(this.get(path) ?? model, type);
    this.objects.set(`${path}.prototype`, type);
  }

  /** The name of the entry that `name` is the same as, or `name` itself. */
  private original(name: string): string {
    let path = name;
    for (let seen = 0; seen < 8; seen++) {
      const isNew = path.startsWith('new ');
      const target = this.aliases.get(path) ?? (isNew ? this.aliases.get(path.slice(4)) : undefined);
      if (target === undefined) return path;
      path = isNew && !target.startsWith('new ') ? `new ${target}` : target;
    }
    throw new Error(`The effect model "${name}" refers to itself`);
  }

  /** True for a modelled function or object and for what leads to one (`Math`, `node:fs.promises`). */
  has(path: string): boolean {
    return (
      this.functions.has(path) ||
      this.namespaces.has(path) ||
      this.objects.has(path) ||
      this.aliases.has(path)
    );
  }

  /** The model of a function; without `new`, a class is one that may be the parent of another. */
  get(path: string): FunctionModel | undefined {
    const name = this.original(path);
    const own = this.functions.get(name);
    if (own) return own;
    const object = this.objects.get(name);
    if (object !== undefined) return this.functions.get(this.original(`${object}()`));
    return name.startsWith('new ') ? undefined : this.functions.get(this.original(`new ${name}`));
  }

  /** The type of what `new` makes of the function with this model. */
  constructedBy(model: FunctionModel): string | undefined {
    return this.constructed.get(model);
  }

  isModule(name: string): boolean {
    return this.modules.has(name);
  }

  /**
   * The path of what a request for a package leads to: `lodash/fp` is a module of its own, `lodash/get` what
   * `lodash` has under that name. Undefined if there is no model of it.
   */
  modulePath(name: string, subpath?: string): string | undefined {
    if (subpath === undefined) return this.modules.has(name) ? name : undefined;
    if (this.modules.has(`${name}/${subpath}`)) return `${name}/${subpath}`;
    const member = /^(?:.*\/)?([\w$]+)(?:\.[cm]?js)?$/.exec(subpath)?.[1];
    return member === undefined || !this.modules.has(name) ? undefined : this.memberPath(name, member);
  }

  /** What the property `field` of the builtin `path` is called. */
  memberPath(from: string, field: string): string | undefined {
    const path = this.original(from);
    if (field === 'default' && this.modules.has(from) && !this.has(`${path}.default`)) return path;
    const member = this.original(`${path}.${field}`);
    if (this.has(member)) return member;
    const type = this.objects.get(path);
    if (type !== undefined) return this.memberOfObject(type, member, field);
    if (FUNCTION_METHODS.has(field)) return `Function#${field}`;
    // A package may have more in its namespaces than is modelled; of the language, all is.
    return this.innerNamespaces.has(path) && !this.functions.has(path) ? UNKNOWN : undefined;
  }

  private memberOfObject(type: string, member: string, field: string): string | undefined {
    const method = this.methodPath(type, field);
    if (method !== undefined) return method;
    const property = this.propertyType(type, field);
    if (property !== 'External') {
      this.objects.set(member, property);
      return member;
    }
    return this.isOpen(type) ? UNKNOWN : undefined;
  }

  methodPath(type: string, name: string): string | undefined {
    for (const each of this.lineOf(type)) {
      const path = `${each}#${name}`;
      if (this.functions.has(this.original(path))) return path;
    }
    // Plain data of unknown shape may be an array, and is asked for its methods as one.
    const array = `Array#${name}`;
    if (this.isData(type) && this.functions.has(array)) return array;
    const object = `Object#${name}`;
    return this.functions.has(object) ? object : undefined;
  }

  /**
   * A method that is found on strings, numbers, dates and arrays alone, as good as always: what a handler was
   * called with is taken to be one of them when it is asked for it.
   */
  commonMethodPath(name: string): string | undefined {
    const path = `Common#${name}`;
    if (this.functions.has(path)) return path;
    return COMMON_ARRAY_METHODS.has(name) ? `Array#${name}` : undefined;
  }

  /** The type of a property; `*` is for those that are not named. Of plain data, all properties are plain data. */
  propertyType(type: string, name: string): string {
    for (const each of this.lineOf(type)) {
      const properties = this.types.get(each)?.properties;
      const property = properties?.[name] ?? properties?.['*'];
      if (property !== undefined) return property;
    }
    return this.isData(type) ? 'Data' : 'External';
  }

  private isData(type: string): boolean {
    for (const each of this.lineOf(type)) if (each === 'Data') return true;
    return false;
  }

  /** The properties that objects of a type have from the start. */
  *propertiesOf(type: string): Iterable<[name: string, type: string]> {
    for (const each of this.lineOf(type)) yield* Object.entries(this.types.get(each)?.properties ?? {});
  }

  /** The properties that lead to what packages keep for all tasks, and under which name they keep it. */
  *sharedProperties(type: string): Iterable<[name: string, kept: string]> {
    for (const each of this.lineOf(type)) yield* Object.entries(this.types.get(each)?.shared ?? {});
  }

  /** True when there is more to objects of the type than is modelled. */
  isOpen(type: string): boolean {
    for (const each of this.lineOf(type)) if (this.types.get(each)?.isOpen) return true;
    return false;
  }

  /** True when objects of the type can be called. */
  isCallable(type: string): boolean {
    return this.functions.has(`${type}()`);
  }

  /** A type and those that it extends. */
  private *lineOf(type: string): Iterable<string> {
    const seen = new Set<string>();
    for (let each: string | undefined = type; each !== undefined && !seen.has(each); ) {
      seen.add(each);
      yield each;
      each = this.types.get(each)?.extends;
    }
  }

  stringMethod(name: string): FunctionModel | undefined {
    return this.functions.get(`String#${name}`);
  }
}
