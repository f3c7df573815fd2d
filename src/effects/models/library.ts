/** The effect models in force, by name. */
import type { FunctionModel, ModelFile } from './model.js';

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

export class ModelLibrary {
  private readonly functions = new Map<string, FunctionModel>();
  private readonly namespaces = new Set<string>();
  private readonly modules = new Set<string>();
  private readonly types = new Map<string, Record<string, string>>();

  /** @param files in order of precedence, lowest first: later files replace entries of earlier ones */
  constructor(files: readonly ModelFile[]) {
    for (const file of files) {
      for (const [name, model] of Object.entries(file.globals ?? {})) this.add(name, model);
      for (const [name, { properties }] of Object.entries(file.types ?? {})) this.types.set(name, properties);
      for (const [name, model] of Object.entries(file.methods ?? {})) this.functions.set(name, model);
      for (const [module, exports] of Object.entries(file.modules ?? {})) {
        this.modules.add(module);
        this.namespaces.add(module);
        for (const [name, model] of Object.entries(exports)) {
          const isNew = name.startsWith('new ');
          const path = name === '.' ? module : `${module}.${isNew ? name.slice(4) : name}`;
          this.add(isNew ? `new ${path}` : path, model);
        }
      }
    }
  }

  private add(name: string, model: FunctionModel): void {
    this.functions.set(name, model);
    const path = name.replace(/^new /, '');
    this.namespaces.add(path);
    for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1))
      this.namespaces.add(path.slice(0, dot));
  }

  /** True for a modelled function and for what leads to one (`Math`, `node:fs.promises`). */
  has(path: string): boolean {
    return this.functions.has(path) || this.namespaces.has(path);
  }

  get(path: string): FunctionModel | undefined {
    return this.functions.get(path);
  }

  isModule(name: string): boolean {
    return this.modules.has(name);
  }

  memberPath(path: string, field: string): string | undefined {
    const member = field === 'default' && this.modules.has(path) ? path : `${path}.${field}`;
    return this.has(member) ? member : undefined;
  }

  methodPath(type: string, name: string): string | undefined {
    const own = `${type}#${name}`;
    if (this.functions.has(own)) return own;
    // Plain data of unknown shape may be an array, and is asked for its methods as one.
    const array = `Array#${name}`;
    if (type === 'Data' && this.functions.has(array)) return array;
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

  /** The type of a property; of plain data, all properties are plain data. */
  propertyType(type: string, name: string): string {
    return this.types.get(type)?.[name] ?? (type === 'Data' ? 'Data' : 'External');
  }

  stringMethod(name: string): FunctionModel | undefined {
    return this.functions.get(`String#${name}`);
  }
}
