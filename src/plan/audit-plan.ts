/** What an audit build is told: the part of the plan that the audit compares runs with. */

/** What an audit build is told of a module. Places are `line:column`, as in `Location`. */
export interface AuditPlan {
  /** Imported names that are variables of other modules, and are assigned there. */
  imports: Record<string, { module: string; name: string }>;
  /** Places of assignments to variables that no other function can see yet. */
  initial: string[];
  /** By place of a function: the handlers that are runs of it. */
  handlers: Record<string, string[]>;
  /** By place: the accesses of conflicting resources that handlers make there. */
  accesses: Record<string, AuditedAccess[]>;
}

/** The same, with what is known of handlers of the whole program. */
export interface ModuleAudit {
  /** Path relative to the root. */
  module: string;
  imports: AuditPlan['imports'];
  initial: AuditPlan['initial'];
  /** What is handed on to the runtime: see `runtime/audit/plan-tables.ts`. */
  tables: Omit<AuditPlan, 'imports' | 'initial'> & { optedOut: string[]; underOwnLock: string[] };
}

export interface AuditedAccess {
  resource: string;
  isWrite: boolean;
  class: string;
  isLocked: boolean;
  handlers: string[];
}
