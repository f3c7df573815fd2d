/** The property, for code as the plugin emits it and for code that was broken on purpose. */
import fc from 'fast-check';
import type { Plan } from '../../src/plan/plan.js';
import { carryingProgram } from './carrying-program.js';
import { emit, planOf } from './compile.js';
import { growingProgram } from './growing-program.js';
import { keyedProgram } from './keyed-program.js';
import { momentaryProgram } from './momentary-program.js';
import { ownedProgram } from './owned-program.js';
import { type ProgramSource, program } from './program.js';
import { render } from './render.js';
import { interleave, isolatedRuntime, serialOutcomes, type TaskCall } from './run.js';
import { type Breakage, type Search, searchFor } from './search.js';
import { soughtProgram } from './sought-program.js';
import { updateProgram } from './update-program.js';

const INTERLEAVINGS = 6;

const key = fc.constantFrom('x' as const, 'y' as const);

const calls: fc.Arbitrary<TaskCall[]> = fc.array(
  fc.record({ handler: fc.nat(2), key, other: key, n: fc.nat(2), inner: fc.nat(2) }),
  { minLength: 2, maxLength: 4 },
);

const same = <T>(value: T): T => value;

/** Nobody but the observer could tell the order of a list that is a log: tasks do not wait for that. */
function withoutOrder(observer: string, { logs = [] }: Plan): string {
  const names = logs.flatMap(({ name }) => name.match(/^main\.js#(\w+)\[\]$/)?.slice(1) ?? []);
  const sorted = names.map(
    name => `${name}.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1); `,
  );
  return observer.replace('() => ', `() => { ${sorted.join('')}return `).replace(/;$/, '; };');
}

/** @throws with what came out, if it is none of what comes out in a serial order */
async function check(
  source: ProgramSource,
  wanted: readonly TaskCall[],
  seed: number,
  { plan = same, runtime = same }: Breakage,
): Promise<void> {
  const { observer, ...program } = render(source);
  const planned = planOf(program.code);
  const rendered = { ...program, observer: withoutOrder(observer, planned) };
  const tasks = wanted.map(task => ({
    ...task,
    handler: task.handler % rendered.handlers,
    inner: (task.inner ?? 0) % rendered.handlers,
  }));
  const emitted = emit(rendered.code, plan(planned));
  const serial = await serialOutcomes(rendered, tasks);
  for (let i = 0; i < INTERLEAVINGS; i++) {
    const found = await interleave(emitted, rendered, tasks, seed + i, runtime(isolatedRuntime()));
    // It has been said that this is no serial order. It may be so only if a handler calls what it is handed.
    if ('isReported' in found && rendered.code.includes('await work(')) continue;
    if ('stuck' in found) throw new Error(`with seed ${seed + i}, ${found.stuck} waits for ever`);
    if (!serial.has(found.outcome)) {
      const orders = [...serial].map(([outcome, order]) => `  in the order ${order}: ${outcome}`);
      throw new Error(`with seed ${seed + i}: ${found.outcome}\n${orders.join('\n')}`);
    }
  }
}

/** Looks for a program and an interleaving for which the property does not hold. */
export function findCounterexample(search: Search): Promise<string | undefined> {
  const { breakage = {} } = search;
  return searchFor<ProgramSource>(
    {
      programs:
        breakage.among ??
        fc.oneof(
          program,
          keyedProgram,
          ownedProgram,
          soughtProgram,
          updateProgram,
          momentaryProgram,
          carryingProgram,
          growingProgram,
        ),
      calls,
      check: (source, wanted, interleaving) => check(source, wanted, interleaving, breakage),
      texts(source) {
        const { code } = render(source);
        return { code, emitted: emit(code, (breakage.plan ?? same)(planOf(code))) };
      },
    },
    search,
  );
}
