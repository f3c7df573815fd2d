/**
 * What the plan says of the modules that have been loaded: which accesses it knows, of which class they are, and which
 * handlers it charges them to.
 */

/** What the transform tells of a module. Handlers, classes and resources are named as in the plan. */
export interface ModuleTables {
  /** By place, as `line:column` of a function: the handlers that are runs of it. */
  readonly handlers: Readonly<Record<string, readonly string[]>>;
  /** By place: the accesses of conflicting resources there. */
  readonly accesses: Readonly<Record<string, readonly PlannedAccess[]>>;
  /** Handlers of the whole program whose authors answer for them. */
  readonly optedOut: readonly string[];
  /** Handlers that are left to a lock of the program's own. */
  readonly underOwnLock: readonly string[];
}

export interface PlannedAccess {
  readonly resource: string;
  readonly isWrite: boolean;
  readonly class: string;
  readonly isLocked: boolean;
  readonly handlers: readonly string[];
}

export class PlanTables {
  private readonly modules = new Map<string, ModuleTables>();
  private readonly optedOut = new Set<string>();
  private readonly underOwnLock = new Set<string>();
  private readonly charged = new Map<string, boolean>();

  add(module: string, tables: ModuleTables): void {
    this.modules.set(module, tables);
    for (const handler of tables.optedOut) this.optedOut.add(handler);
    for (const handler of tables.underOwnLock) this.underOwnLock.add(handler);
    this.charged.clear();
  }

  handlersAt(module: string, at: string): readonly string[] {
    return this.modules.get(module)?.handlers[at] ?? [];
  }

  accessesAt(module: string, at: string): readonly PlannedAccess[] {
    return this.modules.get(module)?.accesses[at] ?? [];
  }

  isOptedOut(handlers: readonly string[]): boolean {
    return handlers.length > 0 && handlers.every(handler => this.optedOut.has(handler));
  }

  isUnderOwnLock(handlers: readonly string[]): boolean {
    return handlers.some(handler => this.underOwnLock.has(handler));
  }

  /** Whether the plan charges all accesses of `inner` to `outer` as well: then it is no task of its own inside of that. */
  charges(outer: readonly string[], inner: readonly string[]): boolean {
    const key = `${outer.join(' ')}\n${inner.join(' ')}`;
    let known = this.charged.get(key);
    if (known === undefined) {
      known = this.allAccesses().every(
        ({ handlers }) => !inner.some(id => handlers.includes(id)) || outer.some(id => handlers.includes(id)),
      );
      this.charged.set(key, known);
    }
    return known;
  }

  private allAccesses(): PlannedAccess[] {
    return [...this.modules.values()].flatMap(({ accesses }) => Object.values(accesses).flat());
  }
}
