/** Compares a plan with what a program expects of it, and says in words what is wrong. */
import type { Plan, PlannedHandler, Protection } from '../../src/plan/plan.js';
import type { Expectation } from './programs.js';

const STRENGTH: Record<Protection, number> = { untouched: 0, gate: 1, section: 2 };

/** Where the plan protects less than expected: races that it would let through. */
export function missedRaces(plan: Plan, expectations: readonly Expectation[]): string[] {
  return expectations.flatMap(expectation => {
    if (expectation.kind === 'conflict') return missedConflict(plan, expectation.handlers);
    const handler = handlerNamed(plan, expectation.handler);
    if (typeof handler === 'string') return [handler];
    return STRENGTH[handler.protection] < STRENGTH[expectation.kind]
      ? [`${handler.id} is ${handler.protection} (${handler.reason}), not ${expectation.kind}`]
      : [];
  });
}

/** Where the plan protects more than expected: safe, but less concurrent than it could be. */
export function needlessWaits(plan: Plan, expectations: readonly Expectation[]): string[] {
  return expectations.flatMap(expectation => {
    if (expectation.kind === 'conflict') return [];
    const handler = handlerNamed(plan, expectation.handler);
    if (typeof handler === 'string') return [];
    return STRENGTH[handler.protection] > STRENGTH[expectation.kind]
      ? [`${handler.id} is ${handler.protection} (${handler.reason}), not ${expectation.kind}`]
      : [];
  });
}

/** Everything in a plan that makes a task wait, when there should be nothing. */
export function locked(plan: Plan): string[] {
  return plan.handlers
    .filter(handler => handler.protection !== 'untouched')
    .map(handler => {
      const names = handler.classes.map(c => c.class).join(', ');
      return `${handler.id} is ${handler.protection} (${handler.reason}) on ${names}`;
    });
}

function missedConflict(plan: Plan, names: [string, string]): string[] {
  const handlers = names.map(name => handlerNamed(plan, name));
  const ids = handlers.map(handler => (typeof handler === 'string' ? handler : handler.id));
  const missing = handlers.filter(handler => typeof handler === 'string');
  if (missing.length > 0) return missing;
  const isCommon = plan.classes.some(
    ({ members }) =>
      ids.every(id => members.some(m => m.handler === id)) &&
      members.some(m => m.mode === 'write' && ids.includes(m.handler)),
  );
  return isCommon ? [] : [`${ids.join(' and ')} have no conflict class in common`];
}

/** The one handler whose id ends in `name`; the module, and the functions that it is made in, may be left out. */
export function handlerNamed(plan: Plan, name: string): PlannedHandler | string {
  const found = plan.handlers.filter(
    ({ id }) => id === name || id.endsWith(`#${name}`) || id.endsWith(`.${name}`),
  );
  const [only] = found;
  if (only && found.length === 1) return only;
  const ids = plan.handlers.map(({ id }) => id).join(', ') || 'none';
  return `${found.length} handlers are called ${name}; there are: ${ids}`;
}
