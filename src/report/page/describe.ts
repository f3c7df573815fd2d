/** From a plan and the modules it is about to what the page shows. */
import { basename } from 'node:path';
import type { ModuleGraph } from '../../graph/module-graph.js';
import type { Location, Plan, PlannedHandler } from '../../plan/plan.js';
import type { Measured } from '../../trace/measured.js';
import { rankClasses } from '../constraint.js';
import { groupedBy } from '../grouped.js';
import { ADVICE, candidateSentences, evaluatesSentence, movesSentences } from '../parallel.js';
import {
  adviceFor,
  boundsSentence,
  CARRIES_TASK,
  costOf,
  coverSentence,
  handlerGroups,
  keysSentence,
  LEGEND,
  reasonSentences,
  stageSentences,
} from '../wording.js';
import { sourceOf } from './handler-source.js';
import type {
  PageAccess,
  PageAssumption,
  PageData,
  PageHandler,
  PageParallel,
  PageSource,
} from './page-data.js';

/**
 * @param version of this software
 * @param measured what a recording of the program says
 */
export function describePlan(
  plan: Plan,
  graph: ModuleGraph,
  version: string,
  measured?: Measured | undefined,
): PageData {
  const costOfHandler = new Map(Object.entries(measured?.handlers ?? {}));
  const costOfClass = new Map(Object.entries(measured?.classes ?? {}));
  const ranked = rankClasses(plan);
  const handlerIndex = new Map(plan.handlers.map(({ id }, index) => [id, index]));
  const classIndex = new Map(ranked.map(({ conflictClass }, index) => [conflictClass.name, index]));
  const classOfResource = new Map(
    ranked.flatMap(({ conflictClass }, index) =>
      conflictClass.resources.map(resource => [resource, index] as const),
    ),
  );
  const indexOf = (id: string): number => handlerIndex.get(id) ?? -1;
  const handlers = plan.handlers.map(handler => ({
    ...describeHandler(handler, graph, classIndex, classOfResource),
    cost: costOfHandler.get(handler.id) ?? null,
  }));
  return {
    project: basename(graph.root),
    version,
    legend: LEGEND,
    groups: handlerGroups.map(({ title, gist }) => ({ title, gist })),
    handlers,
    classes: ranked.map(({ conflictClass: { name, resources, locked, coveredBy, members }, pairs }) => ({
      name,
      resources,
      locked,
      covers: coveredBy ? coverSentence(coveredBy) : '',
      pairs,
      members: members.map(({ handler, mode }) => ({ handler: indexOf(handler), mode })),
      cost: costOfClass.get(name) ?? null,
    })),
    parallel: describeParallel(plan),
    ownLocks: plan.ownLocks.map(({ name, at, handlers, resources }) => ({
      name,
      at,
      handlers: handlers.map(indexOf),
      resources,
    })),
    assumptions: describeAssumptions(plan),
    diagnostics: plan.diagnostics.map(({ severity, code, message, hint, module, line, column }) => ({
      severity,
      code,
      message,
      hint,
      place: {
        ...(module !== undefined && { module }),
        ...(line !== undefined && { line }),
        ...(column !== undefined && { column }),
      },
    })),
    isMeasured: measured !== undefined,
    modules: linesOf(handlers, graph),
  };
}

function describeHandler(
  handler: PlannedHandler,
  graph: ModuleGraph,
  classIndex: ReadonlyMap<string, number>,
  classOfResource: ReadonlyMap<string, number>,
): Omit<PageHandler, 'cost'> {
  const { id, kind, isAsync, isGenerator, protection, at, reason, classes, accesses, carriesTask } = handler;
  const bounds = boundsSentence(handler);
  const module = graph.modules.get(at.module);
  return {
    id,
    kind,
    form: [isAsync && 'async', isGenerator && 'generator'].filter(Boolean).join(' '),
    group: handlerGroups.findIndex(group => group.has(handler)),
    protection,
    at,
    sentences: [
      reasonSentences[reason],
      ...(bounds === undefined ? [] : [bounds]),
      ...stageSentences(handler),
      ...(carriesTask ? [CARRIES_TASK] : []),
    ],
    needs: classes.map(held => ({
      class: classIndex.get(held.class) ?? -1,
      mode: held.mode,
      part: keysSentence(held) ?? null,
    })),
    accesses: accesses.map(
      ({ resource, mode, at }): PageAccess => ({
        ...at,
        resource,
        class: classOfResource.get(resource) ?? -1,
        mode,
      }),
    ),
    source: module ? sourceOf(handler, module) : unknownSource(at),
  };
}

/** Those with the directive first, then those that could have it, as ordered in the plan. */
function describeParallel({ parallel = [], candidates = [] }: Plan): PageParallel[] {
  return [
    ...parallel.map(planned => ({
      id: planned.id,
      at: planned.at,
      isDeclared: true,
      sentences: [evaluatesSentence(planned), ...movesSentences(planned)],
      calls: planned.calls.map(({ at }) => at),
    })),
    ...candidates.map(candidate => ({
      id: candidate.id,
      at: candidate.at,
      isDeclared: false,
      sentences: [...candidateSentences(candidate), ADVICE],
      calls: [],
    })),
  ];
}

const unknownSource = ({ module, line }: Location): PageSource => ({
  module,
  first: line,
  last: line,
  open: [],
  suspensions: [],
});

/** One for each message, those that cost most first. */
function describeAssumptions({ assumptions }: Plan): PageAssumption[] {
  return [...groupedBy(assumptions, ({ message }) => message)]
    .map(([message, group]) => ({ message, group, pairs: group[0]?.pairs ?? -1 }))
    .sort((a, b) => b.pairs - a.pairs || b.group.length - a.group.length)
    .map(({ message, group }) => ({
      message,
      cost: costOf(group[0] ?? {}),
      advice: adviceFor(group[0]?.code ?? ''),
      places: group.map(({ at }) => at),
    }));
}

/** The text of the modules that a handler or an access is in. */
function linesOf(handlers: readonly PageHandler[], { modules }: ModuleGraph): PageData['modules'] {
  const needed = new Set(
    handlers.flatMap(({ source, accesses }) => [source.module, ...accesses.map(({ module }) => module)]),
  );
  return Object.fromEntries(
    [...needed].sort().map(id => [id, (modules.get(id)?.code ?? '').split(/\r?\n/)] as const),
  );
}
