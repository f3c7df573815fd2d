/** Looking for a program that does not do what it should, among random ones: what both properties have in common. */
import fc from 'fast-check';
import type { Plan } from '../../src/plan/plan.js';
import type { ProgramSource } from './program.js';
import type { RuntimeModule, TaskCall } from './run.js';

/** What is done to a plan before its code is emitted, and to the runtime that the code gets. */
export interface Breakage {
  /** The programs to look among, if few of the others have what breaks. */
  among?: fc.Arbitrary<ProgramSource>;
  plan?(plan: Plan): Plan;
  runtime?(runtime: RuntimeModule): RuntimeModule;
}

export interface Search {
  /** How many programs are tried. */
  programs: number;
  /** Which ones; others each time if it is missing. */
  seed?: number | undefined;
  breakage?: Breakage;
  /** Whether the first that is found will do, and no smaller one is looked for. */
  takesFirst?: boolean;
  /** Milliseconds after which no more programs are tried: a few take a hundred times as long as others. */
  limit?: number | undefined;
}

/** What is looked at of a program. */
export interface Property<Source> {
  programs: fc.Arbitrary<Source>;
  calls: fc.Arbitrary<TaskCall[]>;
  /** @throws with what came out, if that must not be */
  check(source: Source, calls: readonly TaskCall[], interleaving: number): Promise<void>;
  /** A program as it is, and as it is emitted. */
  texts(source: Source): { code: string; emitted: string };
}

/** @returns a minimal program with all that is needed to replay it; nothing if there is none among so many */
export async function searchFor<Source>(
  { programs, calls, check, texts }: Property<Source>,
  { programs: count, seed, takesFirst = false, limit }: Search,
): Promise<string | undefined> {
  const found = await fc.check(fc.asyncProperty(programs, calls, fc.nat(), check), {
    numRuns: count,
    endOnFailure: takesFirst,
    ...(seed === undefined ? {} : { seed }),
    ...(limit === undefined ? {} : { interruptAfterTimeLimit: limit }),
  });
  if (!found.failed) return undefined;
  const [source, tasks] = found.counterexample as [Source, TaskCall[], number];
  const { code, emitted } = texts(source);
  return [
    `ANYSPEED_SEED=${found.seed}, path ${found.counterexamplePath}, tasks ${JSON.stringify(tasks)}`,
    code,
    '// emitted',
    emitted,
    String(found.errorInstance),
  ].join('\n');
}
