/**
 * Sections that grow: whether the programs that are tried have enough of them, and whether the property would notice if one of the
 * proofs was missing that they rest on.
 */
import { afterEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { configure } from '../../runtime/index.js';
import { BodyFlow } from '../../src/sections/flow.js';

// Whether late waits can form a circle is asked here, so that the answer can be a wrong one.
const order = jest.fn<(steps: readonly unknown[]) => boolean>();
const real = await import('../../src/stages/order.js');
jest.unstable_mockModule('../../src/stages/order.js', () => ({ isInOrder: order }));
order.mockImplementation(steps => real.isInOrder(steps as never));

const { planOf } = await import('./compile.js');
const { growingProgram } = await import('./growing-program.js');
const { findCounterexample } = await import('./property.js');
const { render } = await import('./render.js');

// Some of them wait for ever, and are not to be told of.
configure({ stallAfter: 0 });

afterEach(() => {
  order.mockImplementation(steps => real.isInOrder(steps as never));
  jest.restoreAllMocks();
});

const counterexample = (): Promise<string | undefined> =>
  findCounterexample({
    programs: 3000,
    seed: 1,
    breakage: { among: growingProgram },
    takesFirst: true,
    limit: 240_000,
  });

test('of the programs that are tried, many have sections that grow, some of them twice', () => {
  const grows = fc.sample(growingProgram, { numRuns: 200, seed: 1 }).map(source => {
    const { handlers } = planOf(render(source).code);
    return Math.max(...handlers.map(({ bounds }) => (bounds?.kind === 'body' && bounds.grows?.length) || 0));
  });
  expect(grows.filter(steps => steps > 0).length).toBeGreaterThan(50);
  expect(grows.filter(steps => steps > 1).length).toBeGreaterThan(3);
});

test('it is noticed when later steps are taken in an order that is not proven', async () => {
  order.mockImplementation(() => true);
  expect(await counterexample()).toMatch(/waits for ever/);
}, 300_000);

test('it is noticed when something is taken after accesses of what has no lock', async () => {
  jest.spyOn(BodyFlow.prototype, 'mayHaveCome').mockImplementation(function (this: BodyFlow) {
    return this.fn.statements.map(() => false);
  });
  expect(await counterexample()).toEqual(expect.any(String));
}, 300_000);
