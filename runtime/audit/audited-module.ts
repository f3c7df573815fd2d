/**
 * What instrumented code calls. Each of these functions hands on the value that it was given, so that the expression means
 * what it meant before, and runs no code of the program: no getter, no conversion of a key.
 */
import { types } from 'node:util';
import type { Activation } from './activations.js';
import type { Audit } from './audit.js';
import { accessesOfCall, isContainer, isContent } from './containers.js';
import type { ModuleTables } from './plan-tables.js';
import { WHOLE } from './storage.js';
import type { Site } from './task.js';

/** Part of a destructuring pattern: a property (`null`: any of them, or all), where it is, and the pattern behind it. */
export type PatternShape = readonly [
  key: string | null,
  at: string,
  inner?: readonly PatternShape[] | null | undefined,
];

export class AuditedModule {
  private readonly sites = new Map<string, Site>();

  constructor(
    private readonly audit: Audit,
    private readonly module: string,
    tables: ModuleTables,
  ) {
    audit.load(module, tables);
  }

  /** The body of the module begins. */
  evaluate(): Activation {
    return this.audit.activations.evaluate();
  }

  /** A function begins. `args` are what it was called with, if it is a handler. */
  enter(at: string, name: string, args: Iterable<unknown> = []): Activation {
    const { plan, activations } = this.audit;
    return activations.begin(plan.handlersAt(this.module, at), `${this.module}#${name}`, args);
  }

  /** `object.key` is read at once. */
  read<T>(object: T, key: PropertyKey, at: string): T {
    this.property(object, key, false, at);
    return object;
  }

  /** `object.key` is written or deleted at once. */
  write<T>(object: T, key: PropertyKey, at: string): T {
    this.property(object, key, true, at);
    return object;
  }

  /** `this.key` is written in a constructor: no access, unless the parent's constructor gave an object that others have. */
  initialize<T>(object: T, key: PropertyKey, at: string): T {
    if (isObject(object) && this.audit.isKnownToOthers(object)) this.property(object, key, true, at);
    return object;
  }

  initializeAt<K>(object: unknown, key: K, at: string): K {
    this.initialize(object, key as PropertyKey, at);
    return key;
  }

  /** `object.key` is read and written at once. */
  update<T>(object: T, key: PropertyKey, at: string): T {
    this.property(object, key, false, at);
    this.property(object, key, true, at);
    return object;
  }

  /** The same three, handing on the key. */
  readAt<K>(object: unknown, key: K, at: string): K {
    this.property(object, key, false, at, '[]');
    return key;
  }

  writeAt<K>(object: unknown, key: K, at: string): K {
    this.property(object, key, true, at, '[]');
    return key;
  }

  updateAt<K>(object: unknown, key: K, at: string): K {
    this.property(object, key, false, at, '[]');
    this.property(object, key, true, at, '[]');
    return key;
  }

  /** `value` is about to be assigned to `object[key]`. */
  assigned<T>(value: T, object: unknown, key: unknown, at: string): T {
    this.property(object, key, true, at);
    return value;
  }

  /** A variable has been read. `variables` stands for those of the activation that it belongs to. */
  variable<T>(value: T, variables: object | undefined, name: string, at: string): T {
    this.ofVariable(variables, name, false, at);
    return value;
  }

  /** A variable has been written. */
  set<T>(value: T, variables: object | undefined, name: string, at: string): T {
    this.ofVariable(variables, name, true, at);
    return value;
  }

  /** A variable has been assigned by `??=` and the like, if it has. */
  setIfChanged<T>(before: unknown, value: T, variables: object | undefined, name: string, at: string): T {
    if (!Object.is(before, value)) this.ofVariable(variables, name, true, at);
    return value;
  }

  /** A method has been called, which may be one of a built-in container. */
  called<T>(result: T, receiver: unknown, method: unknown, args: readonly unknown[], at: string): T {
    this.property(receiver, method, false, at);
    const site = this.site(at);
    accessesOfCall(receiver, method, args, (object, key, isWrite) =>
      this.audit.access(object, key, isWrite, site, '[]'),
    );
    return result;
  }

  /** `value` is about to be iterated over. */
  iterated<T>(value: T, at: string): T {
    if (isObject(value) && isContainer(value)) this.whole(value, at);
    return value;
  }

  /** All properties of `value` are about to be read, or their names. */
  copied<T>(value: T, at: string): T {
    if (isObject(value) && !types.isProxy(value)) this.whole(value, at);
    return value;
  }

  /** `value` is about to be taken apart. */
  pattern<T>(value: T, shape: readonly PatternShape[]): T {
    if (!isObject(value) || types.isProxy(value)) return value;
    for (const [key, at, inner] of shape) {
      if (key === null) {
        this.whole(value, at);
        continue;
      }
      this.property(value, key, false, at);
      if (inner) this.pattern(Object.getOwnPropertyDescriptor(value, key)?.value, inner);
    }
    return value;
  }

  private whole(object: object, at: string): void {
    this.audit.access(object, WHOLE, false, this.site(at), '[]');
  }

  private ofVariable(variables: object | undefined, name: string, isWrite: boolean, at: string): void {
    if (variables) this.audit.access(variables, name, isWrite, this.site(at), name);
  }

  private property(
    object: unknown,
    key: unknown,
    isWrite: boolean,
    at: string,
    called = describe(key),
  ): void {
    if (!isObject(object) || types.isProxy(object) || types.isModuleNamespaceObject(object)) return;
    const name = typeof key === 'number' ? String(key) : key;
    if (typeof name !== 'string' && typeof name !== 'symbol') {
      if (isObject(name)) this.audit.access(object, WHOLE, isWrite, this.site(at), '[]');
      return;
    }
    if (!isStored(object, name, isWrite)) return;
    const isWhole = Array.isArray(object) && name === 'length';
    if (isContainer(object) && !isContent(object, name) && !Object.hasOwn(object, name) && !isWrite) return;
    this.audit.access(object, isWhole ? WHOLE : name, isWrite, this.site(at), called);
  }

  private site(at: string): Site {
    let site = this.sites.get(at);
    if (!site) {
      site = { module: this.module, at };
      this.sites.set(at, site);
    }
    return site;
  }
}

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

const describe = (key: unknown): string => (typeof key === 'string' ? key : `[${typeof key}]`);

/** Whether a property has storage, and is not a getter or setter. */
function isStored(object: object, key: PropertyKey, isWrite: boolean): boolean {
  if (typeof key === 'string' && key.startsWith('#')) return true;
  for (let holder: object | null = object; holder; holder = Object.getPrototypeOf(holder)) {
    if (types.isProxy(holder)) return false;
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    // A method that is found in a prototype is nothing that calls of it could conflict on.
    if (descriptor) return 'value' in descriptor && (isWrite || holder === object || !isMethod(descriptor));
  }
  return true;
}

const isMethod = ({ value }: PropertyDescriptor): boolean => typeof value === 'function';
