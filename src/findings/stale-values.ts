/**
 * Values that one task has read, and another writes back.
 *
 * A callback that is called later, and is not the rest of a task, is a task of its own. What its surroundings have read before may have been changed since
 * by any other task, and a lock that was held while it was read has long been given back. So a callback that writes what
 * is computed from such a value, without looking at the present one, undoes what has happened in between.
 */
import type { Node } from '@babel/types';
import type { Access, ResourceId } from '../effects/accesses.js';
import { enclosing, type Instance } from '../effects/instances.js';
import { childrenOf, namesIn } from '../graph/syntax.js';
import type { Variable } from '../ir/ir.js';
import type { Analysis, Spot } from './finding.js';

export interface StaleValue extends Spot {
  /** The variable that keeps the value. */
  variable: string;
  resource: string;
}

/** One for each place where such a value is written back. */
export function findStaleValues(analysis: Analysis): StaleValue[] {
  const { handlers, accesses, conflicts } = analysis;
  const inTasks = new Set<Instance>();
  for (const { reached } of conflicts.decisions) for (const instance of reached) inTasks.add(instance);
  // What a task goes on in keeps what it has read.
  const continued = new Set<Instance>();
  for (const instance of inTasks)
    for (const { later } of instance.calls.values()) for (const target of later) continued.add(target);
  const found = new Map<string, StaleValue>();
  handlers.forEach(({ instances, isOptedOut }, i) => {
    if (isOptedOut) return;
    const own = conflicts.decisions[i]?.accesses ?? [];
    for (const instance of instances) {
      if (continued.has(instance)) continue;
      const outer = enclosing(instance).filter(around => inTasks.has(around));
      if (outer.length === 0) continue;
      for (const { instance: by, access } of own) {
        if (by !== instance || !access.write || access.assumed !== null) continue;
        // What `map.set` looks at is no use to the callback.
        const isSeen = own.some(
          ({ access: other }) => other.resource === access.resource && !other.write && other.op !== access.op,
        );
        if (isSeen) continue;
        const kept = keptValues(analysis, outer, access.resource);
        if (kept.length === 0) continue;
        const names = writtenNames(instance, access);
        const variable = kept.find(({ name }) => names.has(name));
        if (variable === undefined) continue;
        const resource = accesses.resources[access.resource]?.name ?? '';
        const module = instance.moduleId;
        found.set(`${module} ${access.at}`, { module, at: access.at, variable: variable.name, resource });
      }
    }
  });
  return [...found.values()];
}

/** Variables around the function that were given what was read from the resource. */
function keptValues({ accesses }: Analysis, outer: readonly Instance[], resource: ResourceId): Variable[] {
  return outer.flatMap(instance => {
    const reads = (accesses.of.get(instance) ?? []).filter(
      access => access.resource === resource && !access.write && access.assumed === null,
    );
    // A destructured variable has no expression of its own: its value is read where its name stands.
    const isRead = ({ init, at }: Variable): boolean =>
      reads.some(read => (init ? init.start <= read.at && read.at < init.end : read.at === at));
    return instance.fn.variables.filter(variable => !variable.isReassigned && isRead(variable));
  });
}

/** The names in what is written by an assignment or a call, without those that the function declares itself. */
function writtenNames(instance: Instance, { at }: Access): Set<string> {
  const names = new Set<string>();
  const visit = (node: Node): void => {
    if ((node.start ?? 0) > at || (node.end ?? 0) < at) return;
    if (node.start === at && node.type === 'AssignmentExpression')
      for (const name of namesIn(node.right)) names.add(name);
    if (node.start === at && node.type === 'CallExpression')
      for (const argument of node.arguments) for (const name of namesIn(argument)) names.add(name);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(instance.module.source.ast.program);
  for (const { name } of instance.fn.variables) names.delete(name);
  return names;
}
