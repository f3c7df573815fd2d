/**
 * The promise for programs with stages: their units are in some order. And whether that would notice what is wrong.
 *
 * ANYSPEED_PROGRAMS sets how many programs are tried, ANYSPEED_SEED which.
 */
import { expect, test } from '@jest/globals';
import { configure, type Needs } from '../../runtime/index.js';
import { BREAKAGES, withHandlers, without } from './breakages.js';
import type { RuntimeModule } from './run.js';
import type { Breakage } from './search.js';
import { findUnordered } from './units.js';

const { ANYSPEED_PROGRAMS: programs, ANYSPEED_SEED: seed } = process.env;

test('the units of programs with stages are in some order, however their tasks interleave', async () => {
  const found = await findUnordered({
    programs: Number(programs ?? 600),
    seed: seed === undefined ? undefined : Number(seed),
    limit: programs === undefined ? 60_000 : undefined,
  });
  expect(found ?? 'no counterexample').toBe('no counterexample');
}, 3_600_000);

/** The runtime for which no stage is late. */
const withoutLate = (runtime: RuntimeModule): RuntimeModule => ({
  ...runtime,
  guard: (id: string, { late, ...needs }: Needs) =>
    (runtime.guard as (id: string, needs: Needs) => unknown)(id, needs),
});

/** What only programs with stages show, and what must not go wrong in them either. */
const OF_STAGES: Record<string, Breakage> = {
  'stages wait behind those who hold nothing': { runtime: withoutLate },
  'stages that run inside of their callers wait for them': {
    plan: plan => without(plan, /^call-unscheduled$/),
  },
  'all that is called late is called inside of the caller': {
    plan: plan =>
      withHandlers(plan, ({ stage, protection }) =>
        stage?.isLate && protection === 'section' ? { protection: 'gate' } : {},
      ),
  },
  'stages hold nothing': {
    plan: plan => withHandlers(plan, ({ stage }) => (stage ? { protection: 'gate' } : {})),
  },
  'callers do not hold what stages inside of them access': {
    plan: plan => withHandlers(plan, ({ stage, classes }) => (stage ? {} : { classes: classes.slice(0, 1) })),
  },
  ...Object.fromEntries(
    [
      'sections are not entered',
      'a turn is not awaited',
      'sections are left as soon as they are entered',
      'gates are open',
      'writers hold what readers hold',
      'only the first class is held',
      'handlers that are protected as a whole are not',
    ].map(name => [name, BREAKAGES[name] as Breakage]),
  ),
};

// Some of them wait for ever, and are not to be told of.
configure({ stallAfter: 0 });

test.each(Object.entries(OF_STAGES))(
  'it is noticed when %s',
  async (_, breakage) => {
    const found = await findUnordered({ programs: 1000, seed: 1, breakage, takesFirst: true });
    expect(found).toEqual(expect.any(String));
  },
  300_000,
);
