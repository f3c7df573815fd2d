/** How long functions of the program have run by a profile, with all that they have called. */
import { LineIndex } from '../diagnostics/line-index.js';
import type { ModuleGraph, ModuleId } from '../graph/module-graph.js';
import type { FunctionIR, ModuleIR } from '../ir/ir.js';
import type { ProfiledCall } from './read.js';

export interface FunctionTimes {
  /** Milliseconds in the function itself. */
  self: number;
  /** Milliseconds from its calls to their ends, as far as they were not waiting. */
  total: number;
}

export class ProfiledTimes {
  /** Milliseconds of the whole profile in which something was running. */
  readonly busy: number;
  private readonly times = new Map<FunctionIR, FunctionTimes>();

  constructor(
    calls: readonly ProfiledCall[],
    graph: ModuleGraph,
    irOf: (module: ModuleId) => ModuleIR | undefined,
  ) {
    const functionAt = finder(graph, irOf);
    const visit = (call: ProfiledCall, around: ReadonlySet<FunctionIR>): number => {
      const fn = call.place && functionAt(call.place);
      const inside = fn && !around.has(fn) ? new Set([...around, fn]) : around;
      let total = call.self;
      for (const child of call.children) total += visit(child, inside);
      if (fn) {
        const times = this.times.get(fn) ?? { self: 0, total: 0 };
        times.self += call.self;
        // A call of itself is a part of the call that made it.
        if (!around.has(fn)) times.total += total;
        this.times.set(fn, times);
      }
      return total;
    };
    let busy = 0;
    for (const call of calls) busy += visit(call, new Set());
    this.busy = busy;
  }

  of(fn: FunctionIR): FunctionTimes {
    return this.times.get(fn) ?? { self: 0, total: 0 };
  }
}

type Place = NonNullable<ProfiledCall['place']>;

/** The innermost function at a place, which for V8 is that of a function's parameters. */
function finder(
  graph: ModuleGraph,
  irOf: (module: ModuleId) => ModuleIR | undefined,
): (place: Place) => FunctionIR | undefined {
  const lines = new Map<ModuleId, LineIndex>();
  return ({ module, line, column }) => {
    const code = graph.modules.get(module)?.code;
    if (code === undefined) return undefined;
    const index = lines.get(module) ?? new LineIndex(code);
    lines.set(module, index);
    const offset = index.offsetOf(line, column);
    // Inner functions come after those around them; the body of the module is the first.
    return irOf(module)?.functions.findLast(fn => fn.index > 0 && fn.start <= offset && offset < fn.end);
  };
}
