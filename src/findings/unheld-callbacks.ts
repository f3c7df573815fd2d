/**
 * Callbacks by which a task goes on and which it does not wait for, as nothing says where they are handed over.
 */

import { lastingAt } from '../conflicts/lasting.js';
import type { Instance } from '../effects/instances.js';
import { quote } from '../graph/syntax.js';
import { type Analysis, calleeOf, resourceOf, type Spot } from './finding.js';

export interface UnheldCallback extends Spot {
  /** What is called with it, as it is written. */
  call: string;
  /** A resource that it works on. */
  resource: string;
}

/** One for each call. */
export function findUnheldCallbacks(analysis: Analysis): UnheldCallback[] {
  const { program, conflicts } = analysis;
  const found = new Map<string, UnheldCallback>();
  const inSections = new Set<Instance>();
  for (const { protection, reached } of conflicts.decisions)
    if (protection === 'section') for (const instance of reached) inSections.add(instance);
  for (const instance of inSections) {
    for (const index of conflicts.segments.continuing.get(instance) ?? []) {
      const record = instance.calls.get(index);
      const isUnheld = lastingAt(program, conflicts.segments, instance, index).some(
        lasting => lasting.by === 'callback' && lasting.callbacks.length === 0,
      );
      if (!isUnheld || record?.op.op !== 'call') continue;
      const { ast, code, id } = instance.module.source;
      const resource = resourceOf(analysis, record.later);
      if (resource === null) continue;
      const call = quote(code, calleeOf(ast, record.op));
      found.set(`${id} ${record.op.at}`, { module: id, at: record.op.at, call, resource });
    }
  }
  return [...found.values()];
}
