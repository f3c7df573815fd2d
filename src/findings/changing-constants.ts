/**
 * State that would be constant but for one handler that sets it.
 *
 * `let io; export const attach = server => { io = server; }` is set up once by an export that nobody calls while the server
 * runs. The analysis cannot know that, so everybody who reads it waits for sections of those who do. The author can say so.
 */
import type { ResourceId } from '../effects/accesses.js';
import { ELEMENT } from '../ir/ir.js';
import { byKeys } from '../order/by-keys.js';
import type { Analysis, Spot } from './finding.js';
import type { WaitingPairs } from './waiting-pairs.js';

/** Each is measured by looking for all conflicts again. */
const MAX_MEASURED = 3;
/** With fewer handlers that read it, there is little to gain. */
const MIN_READERS = 2;

export interface ChangingConstant extends Spot {
  resource: string;
  /** The handler that sets it. */
  writer: string;
  pairs: number;
}

interface Candidate extends Spot {
  resource: ResourceId;
  writer: number;
  readers: number;
}

/** The most expensive first; `at` is where it is set. */
export function findChangingConstants(analysis: Analysis, pairs: WaitingPairs): ChangingConstant[] {
  const { accesses, handlers } = analysis;
  const order = byKeys<Candidate>(
    c => -c.readers,
    c => accesses.resources[c.resource]?.name ?? '',
  );
  return candidatesIn(analysis)
    .sort(order)
    .slice(0, MAX_MEASURED)
    .map(({ resource, writer, module, at }) => ({
      module,
      at,
      resource: accesses.resources[resource]?.name ?? '',
      writer: handlers[writer]?.id ?? '',
      pairs: pairs.dueTo(access => access.write && access.resource === resource),
    }))
    .filter(constant => constant.pairs > 0)
    .sort(
      byKeys<ChangingConstant>(
        c => -c.pairs,
        c => c.resource,
      ),
    );
}

/** Variables and named fields that many read, and one handler sets without having read them. */
function candidatesIn({ accesses, conflicts }: Analysis): Candidate[] {
  const found: Candidate[] = [];
  for (const { locked, members, resources } of conflicts.classes) {
    const writers = members.filter(({ write }) => write);
    const [only] = writers;
    const readers = members.length - writers.length;
    if (!locked || !only || writers.length > 1 || readers < MIN_READERS) continue;
    for (const resource of resources) {
      const storage = accesses.resources[resource]?.storage;
      if (storage?.kind === 'field' && storage.field === ELEMENT) continue;
      const own = (conflicts.decisions[only.handler]?.accesses ?? []).filter(
        ({ access }) => access.resource === resource,
      );
      const [first] = own;
      if (!first || own.some(({ access }) => !access.write || access.assumed !== null)) continue;
      const { instance, access } = first;
      found.push({ resource, writer: only.handler, readers, module: instance.moduleId, at: access.at });
    }
  }
  return found;
}
