/** All findings, as diagnostics in order of their places. */
import { createDiagnostic } from '../diagnostics/catalog.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { byKeys } from '../order/by-keys.js';
import { findChangingConstants } from './changing-constants.js';
import { type CostlyAssumption, costlyAssumptions } from './costly-assumptions.js';
import { type Analysis, keyOfAssumed, placeOf } from './finding.js';
import { findFloatingWork } from './floating-work.js';
import { findParallelProblems, findUncalledParallel } from './parallel.js';
import { findParallelConflicts } from './parallel-conflict.js';
import { findPossibleStages } from './possible-stages.js';
import { findPromisedValues } from './promised-values.js';
import { findIgnoredStages, findMergedStages } from './stages.js';
import { findStaleValues } from './stale-values.js';
import { findUnheldCallbacks } from './unheld-callbacks.js';
import { WaitingPairs } from './waiting-pairs.js';
import { findWaitsInSections } from './waits.js';

export interface Findings {
  diagnostics: Diagnostic[];
  /** How many pairs of handlers wait only because of an assumption, by its key. */
  pairsByAssumption: ReadonlyMap<string, number>;
}

/**
 * Looks for everything that the author should know about the conflicts of the program.
 * @param costs whether to find out what things cost as well
 */
export function findAll(analysis: Analysis, costs: boolean): Findings {
  // Of what cannot be told apart, everything would be found everywhere.
  if (analysis.program.tangle)
    return {
      diagnostics: [...coarseAnalysis(analysis), ...stages(analysis), ...parallelFunctions(analysis)],
      pairsByAssumption: new Map(),
    };
  const pairs = costs ? new WaitingPairs(analysis) : null;
  const assumptions = pairs ? costlyAssumptions(analysis, pairs) : [];
  const diagnostics = [
    ...coarseAnalysis(analysis),
    ...parallelConflicts(analysis),
    ...floatingWork(analysis),
    ...promisedValues(analysis),
    ...staleValues(analysis),
    ...unheldCallbacks(analysis),
    ...stages(analysis),
    ...waitsInSections(analysis),
    ...parallelFunctions(analysis),
    ...(pairs ? changingConstants(analysis, pairs) : []),
    ...(costs ? possibleStages(analysis) : []),
    ...worstAssumption(analysis, assumptions),
  ];
  return {
    diagnostics: diagnostics.sort(
      byKeys<Diagnostic>(
        d => d.module ?? '',
        d => d.line ?? 0,
        d => d.column ?? 0,
        d => d.code,
      ),
    ),
    pairsByAssumption: new Map(assumptions.map(a => [keyOfAssumed(a.assumed), a.pairs])),
  };
}

/** What the analysis had to leave out to be done at all. */
function coarseAnalysis({ program, accesses }: Analysis): Diagnostic[] {
  const left = [
    ...(program.precision.hasContexts ? [] : ['a function counts as the same one for all its callers']),
    ...(program.tangle ? ['what holds too many of them holds any of them'] : []),
    ...(accesses.isMerged ? ['objects that are used in the same places count as one'] : []),
  ];
  return left.length > 0 ? [createDiagnostic('coarse-analysis', {}, left.join(', and '))] : [];
}

function parallelConflicts(analysis: Analysis): Diagnostic[] {
  return findParallelConflicts(analysis).map(({ resource, ...spot }) =>
    createDiagnostic('parallel-conflict', placeOf(analysis, spot), resource),
  );
}

function floatingWork(analysis: Analysis): Diagnostic[] {
  return findFloatingWork(analysis).map(({ call, resource, isDropped, ...spot }) =>
    createDiagnostic(
      isDropped ? 'dropped-promises' : 'floating-work',
      placeOf(analysis, spot),
      call,
      resource,
    ),
  );
}

function promisedValues(analysis: Analysis): Diagnostic[] {
  return findPromisedValues(analysis).map(({ kind, handler, ...spot }) =>
    createDiagnostic('promised-value', placeOf(analysis, spot), kind, handler),
  );
}

function staleValues(analysis: Analysis): Diagnostic[] {
  return findStaleValues(analysis).map(({ variable, resource, ...spot }) =>
    createDiagnostic('stale-value', placeOf(analysis, spot), variable, resource),
  );
}

function unheldCallbacks(analysis: Analysis): Diagnostic[] {
  return findUnheldCallbacks(analysis).map(({ call, resource, ...spot }) =>
    createDiagnostic('unheld-callback', placeOf(analysis, spot), call, resource),
  );
}

function stages(analysis: Analysis): Diagnostic[] {
  return [
    ...findMergedStages(analysis).map(({ stage, reason, ...spot }) =>
      createDiagnostic('merged-stage', placeOf(analysis, spot), stage, reason),
    ),
    ...findIgnoredStages(analysis).map(({ name, reason, ...spot }) =>
      createDiagnostic('ignored-stage', placeOf(analysis, spot), name, reason),
    ),
  ];
}

function waitsInSections(analysis: Analysis): Diagnostic[] {
  return findWaitsInSections(analysis).map(({ keeper, ...spot }) =>
    createDiagnostic('waits-for-another-task', placeOf(analysis, spot), keeper),
  );
}

function parallelFunctions(analysis: Analysis): Diagnostic[] {
  return [
    ...findParallelProblems(analysis).map(({ code, name, what, way, ...spot }) =>
      createDiagnostic(code, placeOf(analysis, spot), name, what, way),
    ),
    ...findUncalledParallel(analysis).map(({ name, ...spot }) =>
      createDiagnostic('ignored-parallel', placeOf(analysis, spot), name),
    ),
  ];
}

function possibleStages(analysis: Analysis): Diagnostic[] {
  return findPossibleStages(analysis).map(({ fn, handler, before, after, ...spot }) =>
    createDiagnostic(
      'possible-stage',
      placeOf(analysis, spot),
      fn,
      handler,
      countedAwaits(before),
      String(after),
    ),
  );
}

const countedAwaits = (count: number): string => `${count} ${count === 1 ? 'await' : 'awaits'}`;

function changingConstants(analysis: Analysis, pairs: WaitingPairs): Diagnostic[] {
  return findChangingConstants(analysis, pairs).map(({ resource, writer, pairs: count, ...spot }) =>
    createDiagnostic('changing-constant', placeOf(analysis, spot), resource, writer, countedPairs(count)),
  );
}

const countedPairs = (count: number): string => `${count} ${count === 1 ? 'pair' : 'pairs'}`;

function* worstAssumption(analysis: Analysis, [worst]: readonly CostlyAssumption[]): Iterable<Diagnostic> {
  if (worst === undefined || worst.pairs === 0) return;
  const cost = countedPairs(worst.pairs);
  yield createDiagnostic('costly-assumption', placeOf(analysis, worst), worst.assumed.detail, cost);
}
