/**
 * Conflicting work that one task runs beside itself: `Promise.all(ids.map(async id => ...))`.
 *
 * Locks are held by tasks, and the pieces belong to one, so nothing keeps them apart. A piece is found to be at fault
 * when it reads and writes a resource in several segments, and another that runs at the same time writes the same
 * storage in between.
 */
import type { Node } from '@babel/types';
import { Footprints } from '../conflicts/footprint.js';
import { SegmentAnalysis } from '../conflicts/segments.js';
import type { Access, ResourceId } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import { reachableFrom } from '../effects/reachable.js';
import { consumerOf, nodesAround } from '../graph/syntax.js';
import { byKeys } from '../order/by-keys.js';
import { type Analysis, conflictingResources, type Spot } from './finding.js';
import { SameStorage } from './same-storage.js';

export interface ParallelConflict extends Spot {
  resource: string;
}

/** Functions that call their callback for one element after the other, without waiting for what it returns. */
const FOR_EACH = new Set(['every', 'filter', 'find', 'flatMap', 'forEach', 'from', 'map', 'some']);
/** Functions of `Promise` that wait for several pieces of work at once. */
const TOGETHER = new Set(['all', 'allSettled', 'any', 'race']);

/** Work that may run several times at once, at one place. */
interface Parallel extends Spot {
  pieces: Instance[];
}

/** One for each place where such work is started. */
export function findParallelConflicts(analysis: Analysis): ParallelConflict[] {
  const conflicting = conflictingResources(analysis);
  const found = new Map<string, ParallelConflict>();
  for (const parallel of parallelWork(analysis)) {
    const key = `${parallel.module} ${parallel.at}`;
    const known = found.get(key)?.resource;
    const { pieces, ...spot } = parallel;
    for (const piece of pieces) {
      const resource = resourceAtFault(analysis, piece, conflicting);
      if (resource !== null && (known === undefined || resource < known))
        found.set(key, { ...spot, resource });
    }
  }
  return [...found.values()];
}

function* parallelWork({ conflicts }: Analysis): Iterable<Parallel> {
  const { floating, floatingCallbacks } = conflicts.segments;
  for (const [instance, ops] of floatingCallbacks)
    for (const index of ops) {
      const record = instance.calls.get(index);
      if (record?.op.op !== 'call' || !FOR_EACH.has(record.op.field ?? '')) continue;
      yield { module: instance.moduleId, at: record.op.at, pieces: [...record.callbacks] };
    }
  for (const [instance, ops] of floating) {
    const { ast } = instance.module.source;
    /** The pieces that are started one by one and waited for together, by where that is. */
    const together = new Map<number, Instance[]>();
    for (const index of ops) {
      const record = instance.calls.get(index);
      if (record?.op.op !== 'call') continue;
      const path = nodesAround(ast, record.op.at, record.op.end);
      if (isRepeated(path))
        yield { module: instance.moduleId, at: record.op.at, pieces: [...record.targets] };
      const list = listOf(path);
      if (list === null) continue;
      const others = together.get(list) ?? [];
      const twice = [...record.targets].filter(target => others.includes(target));
      if (twice.length > 0) yield { module: instance.moduleId, at: list, pieces: twice };
      together.set(list, [...others, ...record.targets]);
    }
  }
}

/** In a loop, and not waited for in it: dropped, or put aside for later. */
function isRepeated(path: readonly Node[]): boolean {
  const consumer = consumerOf(path);
  const isPutAside =
    consumer?.type === 'ExpressionStatement' ||
    (consumer?.type === 'UnaryExpression' && consumer.operator === 'void') ||
    (consumer?.type === 'CallExpression' &&
      consumer.callee.type === 'MemberExpression' &&
      consumer.callee.property.type === 'Identifier' &&
      consumer.callee.property.name === 'push');
  if (!isPutAside) return false;
  const innermost = path.findLastIndex(node => 'params' in node);
  return path.slice(innermost + 1).some(node => /^(?:For|While|DoWhile)/.test(node.type));
}

/** Where the list starts that is handed to `Promise.all` with this piece in it. */
function listOf(path: readonly Node[]): number | null {
  const list = consumerOf(path);
  if (list?.type !== 'ArrayExpression') return null;
  const call = consumerOf(path.slice(0, path.indexOf(list) + 1));
  if (call?.type !== 'CallExpression' || call.callee.type !== 'MemberExpression') return null;
  const { object, property } = call.callee;
  const isTogether =
    object.type === 'Identifier' &&
    object.name === 'Promise' &&
    property.type === 'Identifier' &&
    TOGETHER.has(property.name);
  return isTogether ? (call.start ?? null) : null;
}

/** The first resource, in the order of names, that two runs of `piece` read and write across each other. */
function resourceAtFault(
  { program, accesses }: Analysis,
  piece: Instance,
  conflicting: ReadonlySet<ResourceId>,
): string | null {
  const work = reachableFrom([piece]);
  const storage = new SameStorage(program, piece, work);
  const candidates = new Map<ResourceId, Map<Instance, Access[]>>();
  const modes = new Map<ResourceId, { read: boolean; write: boolean }>();
  for (const instance of work)
    for (const access of accesses.of.get(instance) ?? []) {
      const resource = accesses.resources[access.resource];
      if (!resource || !conflicting.has(resource.id)) continue;
      if (!storage.isSame(instance, access, resource)) continue;
      const of = candidates.get(resource.id) ?? new Map<Instance, Access[]>();
      of.set(instance, [...(of.get(instance) ?? []), access]);
      candidates.set(resource.id, of);
      const mode = modes.get(resource.id) ?? { read: false, write: false };
      if (access.write) mode.write = true;
      else mode.read = true;
      modes.set(resource.id, mode);
    }
  const names: string[] = [];
  for (const [id, of] of candidates) {
    const { read, write } = modes.get(id) ?? { read: false, write: false };
    if (!read || !write) continue;
    const segments = new SegmentAnalysis(new Footprints({ ...accesses, of }, () => true));
    if (segments.spreadOf([piece]) === 'several') names.push(accesses.resources[id]?.name ?? '');
  }
  return names.sort(byKeys<string>(name => name))[0] ?? null;
}
