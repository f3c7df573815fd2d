/**
 * The effect models in force, by name.
 *
 * Names are paths: `Math.max`, `node:fs.readFile`, `new Map`; `Array#push` for methods of a type. An entry that is
 * the same as another one has no path of its own: whoever follows the names to it ends up at the other.
 */
import { expandBraces } from './braces.js';
import { Entries } from './entries.js';
import type { FunctionModel, ModelFile, TypeModel } from './model.js';

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
  private readonly entries: Entries;
  private readonly types = new Map<string, TypeModel>();
  private readonly lines = new Map<string, readonly string[]>();

  private eventMethods: Set<string> | undefined;

  /** @param files in order of precedence, lowest first: later files replace entries of earlier ones */
  constructor(private readonly files: readonly ModelFile[]) {
    this.entries = new Entries(files);
    this.entries.functions.set(UNKNOWN, { unknown: true });
    for (const file of files)
      for (const [name, type] of Object.entries(file.types ?? {})) this.types.set(name, type);
  }

  /** True for a modelled function or object and for what leads to one (`Math`, `node:fs.promises`). */
  has(path: string): boolean {
    return this.entries.has(path);
  }

  /** The model of a function; without `new`, a class is one that may be the parent of another. */
  get(path: string): FunctionModel | undefined {
    const { entries } = this;
    const name = entries.original(path);
    const own = entries.functions.get(name);
    if (own) return own;
    const object = entries.objects.get(name);
    if (object !== undefined) return entries.function(`${object}()`);
    return name.startsWith('new ') ? undefined : entries.function(`new ${name}`);
  }

  /** The type of what `new` makes of the function with this model. */
  constructedBy(model: FunctionModel): string | undefined {
    return this.entries.constructed.get(model);
  }

  isModule(name: string): boolean {
    return this.entries.isModule(name);
  }

  /** Whether some of what a package exports is said to do the same in every thread. */
  isOfAnyThread(module: string): boolean {
    return this.files.some(({ modules }) =>
      Object.values(modules?.[module] ?? {}).some(
        entry => typeof entry === 'object' && 'anyThread' in entry && entry.anyThread === true,
      ),
    );
  }

  /**
   * The path of what a request for a package leads to: `lodash/fp` is a module of its own, `lodash/get` what
   * `lodash` has under that name. Undefined if there is no model of it.
   */
  modulePath(name: string, subpath?: string): string | undefined {
    if (subpath === undefined) return this.isModule(name) ? name : undefined;
    if (this.isModule(`${name}/${subpath}`)) return `${name}/${subpath}`;
    const member = /^(?:.*\/)?([\w$]+)(?:\.[cm]?js)?$/.exec(subpath)?.[1];
    return member === undefined || !this.isModule(name) ? undefined : this.memberPath(name, member);
  }

  /** What the property `field` of the builtin `path` is called. */
  memberPath(from: string, field: string): string | undefined {
    const path = this.entries.original(from);
    if (field === 'default' && this.isModule(from) && !this.has(`${path}.default`)) return path;
    const member = this.entries.original(`${path}.${field}`);
    if (this.has(member)) return member;
    const type = this.entries.objects.get(path);
    if (type !== undefined) return this.memberOfObject(type, path, field);
    if (FUNCTION_METHODS.has(field)) return `Function#${field}`;
    // A package may have more in its namespaces than is modelled; of the language, all is.
    return this.entries.isInnerNamespace(path) ? UNKNOWN : undefined;
  }

  /** Parts of one type are one part: `process.env.a.b` is data like `process.env.a`, and names must not grow for ever. */
  private memberOfObject(type: string, path: string, field: string): string | undefined {
    const method = this.methodPath(type, field);
    if (method !== undefined) return method;
    const property = this.propertyType(type, field);
    if (property === type) return path;
    if (property !== 'External') {
      const member = `${path.replace(/\.<\w+>$/, '')}.<${property}>`;
      this.entries.objects.set(member, property);
      return member;
    }
    return this.isOpen(type) ? UNKNOWN : undefined;
  }

  methodPath(type: string, name: string): string | undefined {
    for (const each of this.lineOf(type)) {
      const path = `${each}#${name}`;
      if (this.entries.function(path)) return path;
    }
    // Plain data of unknown shape may be an array, and is asked for its methods as one.
    const array = `Array#${name}`;
    if (this.isData(type) && this.entries.function(array)) return array;
    const object = `Object#${name}`;
    return this.entries.function(object) ? object : undefined;
  }

  /**
   * A method that is found on strings, numbers, dates and arrays alone, as good as always: what a handler was
   * called with is taken to be one of them when it is asked for it.
   */
  commonMethodPath(name: string): string | undefined {
    const path = `Common#${name}`;
    if (this.entries.function(path)) return path;
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
    return this.lineOf(type).includes('Data');
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
    return this.entries.function(`${type}()`) !== undefined;
  }

  /** A type and those that it extends. */
  private lineOf(type: string): readonly string[] {
    let line = this.lines.get(type);
    if (!line) {
      const seen = new Set<string>();
      for (let each: string | undefined = type; each !== undefined && !seen.has(each); ) {
        seen.add(each);
        each = this.types.get(each)?.extends;
      }
      line = [...seen];
      this.lines.set(type, line);
    }
    return line;
  }

  /** True for methods (of any type) that are told by a string which event they are about: `on`, `emit`. */
  isByEvent(name: string): boolean {
    this.eventMethods ??= methodsByEvent(this.files);
    return this.eventMethods.has(name);
  }

  stringMethod(name: string): FunctionModel | undefined {
    return this.entries.function(`String#${name}`);
  }
}

function methodsByEvent(files: readonly ModelFile[]): Set<string> {
  const found = new Set<string>();
  const methods = files.flatMap(({ methods }) => Object.entries(methods ?? {}));
  const nameOf = (path: string): string => path.slice(path.indexOf('#') + 1);
  for (const [names, entry] of methods)
    if (typeof entry !== 'string' && JSON.stringify(entry).includes('<listeners arg'))
      for (const name of expandBraces(nameOf(names))) found.add(name);
  for (const [names, entry] of methods)
    if (typeof entry === 'string' && found.has(nameOf(entry)))
      for (const name of expandBraces(nameOf(names))) found.add(name);
  return found;
}
