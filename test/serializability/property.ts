/** The property, for code as the plugin emits it and for code that was broken on purpose. */
import fc from 'fast-check';
import type { Plan } from '../../src/plan/plan.js';
import { carryingProgram } from './carrying-program.js';
import { emit, planOf } from './compile.js';
import { keyedProgram } from './keyed-program.js';
import { ownedProgram } from './owned-program.js';
import { type ProgramSource, program } from './program.js';
import { render } from './render.js';
import { interleave, isolatedRuntime, type RuntimeModule, serialOutcomes, type TaskCall } from './run.js';
import { updateProgram } from './update-program.js';

const INTERLEAVINGS = 6;

/** What is done to a plan before its code is emitted, and to the runtime that the code gets. */
export interface Breakage {
  /** The programs to look among, if few of the others have what breaks. */
  among?: fc.Arbitrary<ProgramSource>;
  plan?(plan: Plan): Plan;
  runtime?(runtime: RuntimeModule): RuntimeModule;
}

const key = fc.constantFrom('x' as const, 'y' as const);

const calls: fc.Arbitrary<TaskCall[]> = fc.array(
  fc.record({ handler: fc.nat(2), key, other: key, n: fc.nat(2), inner: fc.nat(2) }),
  { minLength: 2, maxLength: 4 },
);

const same = <T>(value: T): T => value;

/** @throws with what came out, if it is none of what comes out in a serial order */
async function check(
  source: ProgramSource,
  wanted: readonly TaskCall[],
  seed: number,
  { plan = same, runtime = same }: Breakage,
): Promise<void> {
  const rendered = render(source);
  const tasks = wanted.map(task => ({
    ...task,
    handler: task.handler % rendered.handlers,
    inner: (task.inner ?? 0) % rendered.handlers,
  }));
  const emitted = emit(rendered.code, plan(planOf(rendered.code)));
  const serial = await serialOutcomes(rendered, tasks);
  for (let i = 0; i < INTERLEAVINGS; i++) {
    const found = await interleave(emitted, rendered, tasks, seed + i, runtime(isolatedRuntime()));
    // It has been said that this is no serial order.
    if ('isReported' in found) continue;
    if ('stuck' in found) throw new Error(`with seed ${seed + i}, ${found.stuck} waits for ever`);
    if (!serial.has(found.outcome)) {
      const orders = [...serial].map(([outcome, order]) => `  in the order ${order}: ${outcome}`);
      throw new Error(`with seed ${seed + i}: ${found.outcome}\n${orders.join('\n')}`);
    }
  }
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

/**
 * Looks for a program and an interleaving for which the property does not hold.
 * @returns a minimal one with all that is needed to replay it; nothing if there is none among so many
 */
export async function findCounterexample({
  programs,
  seed,
  breakage = {},
  takesFirst = false,
  limit,
}: Search): Promise<string | undefined> {
  const property = fc.asyncProperty(
    breakage.among ?? fc.oneof(program, keyedProgram, ownedProgram, updateProgram, carryingProgram),
    calls,
    fc.nat(),
    (source, wanted, interleaving) => check(source, wanted, interleaving, breakage),
  );
  const found = await fc.check(property, {
    numRuns: programs,
    endOnFailure: takesFirst,
    ...(seed === undefined ? {} : { seed }),
    ...(limit === undefined ? {} : { interruptAfterTimeLimit: limit }),
  });
  if (!found.failed) return undefined;
  const [source, tasks] = found.counterexample as [ProgramSource, TaskCall[], number];
  const { code } = render(source);
  const plan = (breakage.plan ?? same)(planOf(code));
  return [
    `ANYSPEED_SEED=${found.seed}, path ${found.counterexamplePath}, tasks ${JSON.stringify(tasks)}`,
    code,
    '// emitted',
    emit(code, plan),
    String(found.errorInstance),
  ].join('\n');
}
