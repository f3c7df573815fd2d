/**
 * Where in a value that cannot be copied the reason lies. Asked only when there is one.
 */

import * as kinds from './clonable.js';
import { describe, kindOf } from './clonable.js';
import { isDetached } from './survey.js';

export interface Obstacle {
  /** How to get there, as JavaScript: `.items[3].onChange`. Empty if it is the value itself. */
  path: string;
  /** What is there, for people. */
  what: string;
}

/** The nearest part that cannot be copied, if there is one, except the `signal` that is sent with it. */
export function findObstacle(root: unknown, signal?: AbortSignal): Obstacle | undefined {
  const seen = new Set<unknown>([signal]);
  // Breadth first: of several, the one with the shortest path is the easiest to understand.
  let level: [value: unknown, path: string][] = [[root, '']];
  while (level.length > 0) {
    const next: [unknown, string][] = [];
    for (const [value, path] of level) {
      if (typeof value === 'symbol' || typeof value === 'function') return { path, what: describe(value) };
      if (typeof value !== 'object' || value === null || seen.has(value)) continue;
      seen.add(value);
      const kind = kindOf(value);
      if (kind === kinds.NOT) return { path, what: describe(value) };
      if (isMovedAway(value)) return { path, what: 'memory that has been moved to another thread' };
      if (kind === kinds.MAP) {
        for (const [key, content] of value as Map<unknown, unknown>) {
          next.push([key, `${path}.keys()[…]`], [content, `${path}.get(${keyText(key)})`]);
        }
      } else if (kind === kinds.SET) {
        for (const content of value as Set<unknown>) next.push([content, `${path}.values()[…]`]);
      } else if (kind !== kinds.BUFFER && kind !== kinds.VIEW) {
        for (const key of Object.keys(value)) {
          next.push([(value as Record<string, unknown>)[key], path + step(key)]);
        }
        if (kind === kinds.ERROR) next.push([(value as Error).cause, `${path}.cause`]);
      }
    }
    level = next;
  }
  return undefined;
}

function isMovedAway(value: object): boolean {
  if (ArrayBuffer.isView(value)) return isDetached(value.buffer);
  return kindOf(value) === kinds.ARRAY_BUFFER && isDetached(value as ArrayBuffer);
}

function step(key: string): string {
  if (/^\d+$/.test(key)) return `[${key}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function keyText(key: unknown): string {
  return typeof key === 'object' || typeof key === 'symbol' || typeof key === 'function'
    ? '…'
    : (JSON.stringify(key) ?? 'undefined');
}
