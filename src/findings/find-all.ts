/** All findings, as diagnostics in order of their places. */
import { createDiagnostic } from '../diagnostics/catalog.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { placeIn } from '../diagnostics/place.js';
import { byKeys } from '../order/by-keys.js';
import { costlyAssumptions } from './costly-assumptions.js';
import { type Analysis, keyOfAssumed } from './finding.js';
import { WaitingPairs } from './waiting-pairs.js';

export interface Findings {
  diagnostics: Diagnostic[];
  /** How many pairs of handlers wait only because of an assumption, by its key. */
  pairsByAssumption: ReadonlyMap<string, number>;
}

/** Looks for everything that the author should know about the conflicts of the program. */
export function findAll(analysis: Analysis): Findings {
  const pairs = new WaitingPairs(analysis);
  const assumptions = costlyAssumptions(analysis, pairs);
  const diagnostics: Diagnostic[] = [];
  const [worst] = assumptions;
  if (worst && worst.pairs > 0) {
    const source = analysis.program.graph.modules.get(worst.module);
    const cost = `${worst.pairs} ${worst.pairs === 1 ? 'pair' : 'pairs'}`;
    if (source)
      diagnostics.push(
        createDiagnostic('costly-assumption', placeIn(source, worst.at), worst.assumed.detail, cost),
      );
  }
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
