/** What runs cost in sum: by handler, and by class. */
import type { RecordedProcess } from './runs.js';

export interface Cost {
  runs: number;
  /** How often one had to wait. */
  waits: number;
  /** Milliseconds, of all runs together. */
  waited: number;
  held: number;
}

export interface Measured {
  /** By id. */
  handlers: Record<string, Cost>;
  /** By name. A run that needs several classes counts for each, as it waits for all of them together. */
  classes: Record<string, Cost>;
}

export function measuredIn(processes: readonly RecordedProcess[]): Measured {
  const handlers = new Map<string, Cost>();
  const classes = new Map<string, Cost>();
  for (const { runs, end } of processes) {
    for (const { handler, needs, isStep, queued, started, released } of runs) {
      const waited = queued === undefined ? 0 : (started ?? end) - queued;
      const held = started === undefined ? 0 : (released ?? end) - started;
      const add = (costs: Map<string, Cost>, name: string, isWhole: boolean): void => {
        const cost = costs.get(name) ?? { runs: 0, waits: 0, waited: 0, held: 0 };
        costs.set(name, cost);
        if (queued !== undefined) cost.waits++;
        cost.waited += waited;
        if (!isWhole) return;
        cost.runs++;
        cost.held += held;
      };
      // While it takes a later step, the run holds something already.
      add(handlers, handler, !isStep);
      for (const name of new Set(needs.map(need => need.class))) add(classes, name, true);
    }
  }
  return { handlers: Object.fromEntries(handlers), classes: Object.fromEntries(classes) };
}
