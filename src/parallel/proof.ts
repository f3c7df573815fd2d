/**
 * The proof that a function does the same in another thread, as far as the syntax does not decide it (`slice.ts` does that).
 *
 * Given: whatever runs in the worker is in the slice, in the arguments, or a built-in. To show:
 * 1. It writes nothing that is there before and after it: no argument, no constant, no built-in object.
 * 2. The constants it reads are the same in all threads: their values depend on nothing but the slice, and nobody changes them.
 * 3. What it calls outside of the program does the same in every thread.
 */
import { reachableWithStages } from '../conflicts/footprint.js';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { ConstancyChecks } from './constancy.js';
import { SliceFacts } from './facts.js';
import type { ParallelFunction, Problem, Slice } from './parallel.js';
import { RunningChecks } from './running.js';
import { Writes } from './writes.js';

export class Prover {
  private writes: Writes | undefined;
  private atRunTime: ReadonlySet<Instance> | undefined;

  constructor(private readonly program: PointsTo) {}

  /** Why the function with this slice is not the same in another thread, as far as that is not seen in the syntax. */
  problemsOf({ fn }: ParallelFunction, slice: Slice): Problem[] {
    const { program } = this;
    this.writes ??= new Writes(program);
    const { writes } = this;
    this.atRunTime ??= reachableWithStages(program.rootInstances());
    const roots = program.instances.all.filter(instance => instance.fn === fn);
    const facts = new SliceFacts(program, slice, roots, this.atRunTime);
    const checks = [new RunningChecks(facts, writes), new ConstancyChecks(facts, writes)];
    for (const check of checks) check.run();
    return checks.flatMap(({ problems }) => problems);
  }
}
