/**
 * The last argument of `schedule`: what a handler holds or passes, as an object literal that a reader of
 * the generated code understands without the plan.
 */
import type { Expression, ObjectExpression } from '@babel/types';
import type { LockMode, PlannedHandler } from '../plan/plan.js';
import { isKeyed, keyedNeeds, locksOf } from './keys.js';
import type { Types } from './rewriting.js';

/**
 * Builds `{ exclusive: [...], update: [...], shared: [...], keyed: [...], gate: true, late: true,
 * later: [...], carriesTask: true, name: "..." }`, with only what applies.
 * @param name the name that the language gives the function where its author wrote it, when wrapping it
 *   takes it from there
 */
export function needsOf(types: Types, handler: PlannedHandler, name?: string): ObjectExpression {
  const properties: [string, Expression][] = [];
  for (const mode of ['exclusive', 'update', 'shared'] as const) {
    const classes = classesHeld(handler, mode);
    if (classes.length > 0) {
      properties.push([mode, types.arrayExpression(classes.map(held => types.stringLiteral(held)))]);
    }
  }
  const keyed = keyedNeeds(types, handler);
  if (keyed.length > 0) properties.push(['keyed', types.arrayExpression(keyed)]);
  if (handler.protection === 'gate') properties.push(['gate', types.booleanLiteral(true)]);
  if (handler.stage?.isLate) properties.push(['late', types.booleanLiteral(true)]);
  const later = classesByStep(handler);
  if (later.length > 0) {
    const steps = later.map(step => types.arrayExpression(step.map(held => types.stringLiteral(held))));
    properties.push(['later', types.arrayExpression(steps)]);
  }
  if (handler.carriesTask) properties.push(['carriesTask', types.booleanLiteral(true)]);
  if (name !== undefined) properties.push(['name', types.stringLiteral(name)]);
  return types.objectExpression(
    properties.map(([key, value]) => types.objectProperty(types.identifier(key), value)),
  );
}

function classesHeld(handler: PlannedHandler, mode: LockMode): string[] {
  return locksOf(handler)
    .filter(held => held.mode === mode && !isKeyed(held))
    .map(held => held.class);
}

/** What its section takes in later steps. */
function classesByStep(handler: PlannedHandler): string[][] {
  const steps: string[][] = [];
  for (const { class: name, step } of locksOf(handler)) {
    if (step === undefined) continue;
    while (steps.length < step) steps.push([]);
    steps[step - 1]?.push(name);
  }
  return steps;
}
