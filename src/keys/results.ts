/**
 * What a call of modelled functions may give of what it was handed.
 */
import type { CallRecord } from '../effects/instances.js';
import { freshIn, parsePlace } from '../effects/models/places.js';

/** Nothing; the object that the method is called on; something out of it; an argument. */
export type Handed = 'nothing' | 'receiver' | 'element' | { argument: number };

/** @returns null if it may give something else */
export function handedBy({ models }: CallRecord): Handed[] | null {
  const all: Handed[] = [];
  for (const { model } of models) {
    const isFilled =
      model.flows?.some(([, to]) => to === 'return') ||
      model.calls?.some(({ result }) => result === 'return');
    const { returns } = model;
    if (isFilled) return null;
    if (returns === undefined || returns === 'primitive' || freshIn(returns) !== null) all.push('nothing');
    else if (returns === 'this') all.push('receiver');
    else if (returns === 'this[]') all.push('element');
    else {
      const { root, andAfter, steps, deep } = /^arg/.test(returns)
        ? parsePlace(returns)
        : parsePlace('return');
      if (typeof root !== 'number' || andAfter || deep || steps.length > 0) return null;
      all.push({ argument: root });
    }
  }
  return all;
}
