/** Plans of small programs, made by hand where the point is how they are shown and not how they come about. */
import type { AccessMode, ConflictClass, LockMode, Plan, PlannedHandler } from '../../src/plan/plan.js';

/** An empty plan with some parts filled in. */
export function planWith(parts: Partial<Plan>): Plan {
  return {
    version: 1,
    modules: [],
    handlers: [],
    classes: [],
    ownLocks: [],
    assumptions: [],
    diagnostics: [],
    ...parts,
  };
}

/** A route; its classes as `['src/cart.js#carts', 'exclusive']`. */
export function route(
  id: string,
  parts: Partial<PlannedHandler>,
  ...classes: [name: string, mode: LockMode][]
): PlannedHandler {
  return {
    id,
    kind: 'route',
    at: { module: id.split('#')[0] ?? '', line: 3, column: 0 },
    isAsync: false,
    isGenerator: false,
    protection: 'untouched',
    reason: 'no-conflict',
    bounds: null,
    carriesTask: false,
    accesses: [],
    ...parts,
    classes: classes.map(([name, mode]) => ({ class: name, mode })),
  };
}

/** A class of one resource. */
export function classOf(
  name: string,
  locked: boolean,
  ...members: [handler: string, mode: AccessMode][]
): ConflictClass {
  return { name, resources: [name], locked, members: members.map(([handler, mode]) => ({ handler, mode })) };
}

export const SECTION = { protection: 'section', reason: 'several-segments' } as const;
export const GATE = { protection: 'gate', reason: 'one-segment' } as const;
export const OPTED_OUT = { protection: 'untouched', reason: 'opted-out' } as const;
