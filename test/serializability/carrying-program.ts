/**
 * Random programs with handlers that call a function they are handed, in the middle of their section: whoever called them
 * lets it call other handlers, whose sections and gates then belong to the task that is running.
 *
 * Such a handler writes something first and last, on all paths, so that it has a section around the call. There is one call, as the
 * classes that have no lock are held by nobody: what is called twice would have two segments there. Most write the same there, and
 * so wait for each other before they hold anything; two that do not may wait for each other with something in hands,
 * which the runtime ends and reports.
 */
import fc from 'fast-check';
import {
  asyncHandler,
  type Callee,
  type Expr,
  type Place,
  type ProgramSource,
  type Stmt,
} from './program.js';

const PLACES: readonly Place[] = [
  'total',
  'total',
  'box.a',
  'box.inner.n',
  'list',
  'map(k)',
  'map(k)',
  'map(j)',
  'map(all)',
  'table[k]',
  'record.n',
];

const place = fc.constantFrom(...PLACES);
const pause: Stmt = { s: 'pause' };
const value: fc.Arbitrary<Expr> = fc.oneof(
  fc.record({ e: fc.constant('read' as const), place }),
  fc.record({ e: fc.constant('local' as const), index: fc.nat(3) }),
  fc.record({ e: fc.constant('number' as const), value: fc.integer({ min: 1, max: 3 }) }),
);
const write: fc.Arbitrary<Stmt> = fc.record({
  s: fc.constant('write' as const),
  place,
  value,
  adds: fc.boolean(),
});
const simple: fc.Arbitrary<Stmt> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ s: fc.constant('const' as const), value }) },
  { weight: 4, arbitrary: write },
  { weight: 4, arbitrary: fc.constant(pause) },
  {
    weight: 1,
    arbitrary: fc.record({
      s: fc.constant('call' as const),
      callee: fc.constantFrom<Callee>('asyncHelper', 'asyncHelper', 'syncHelper', 'handler'),
      value,
      swaps: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      s: fc.constant('if' as const),
      test: value,
      yes: fc.array(fc.oneof(write, fc.constant(pause)), { minLength: 1, maxLength: 2 }),
      no: fc.array(write, { maxLength: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ s: fc.constant('throw' as const), value }) },
);
const list = fc.array(
  simple.filter(({ s }) => s !== 'throw'),
  { maxLength: 3 },
);
const sum: fc.Arbitrary<Expr> = fc.record({
  e: fc.constant('sum' as const),
  left: value,
  right: fc.record({ e: fc.constant('local' as const), index: fc.nat(5) }),
});
const returned = sum.map((result): Stmt => ({ s: 'return', value: result }));

const mark = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Place>('count') },
  { weight: 1, arbitrary: fc.constantFrom<Place>('total', 'box.a') },
);
const carrier = asyncHandler(
  fc.tuple(mark, list, value, list, returned).map(([marked, before, handed, after, last]) => {
    const touch: Stmt = { s: 'write', place: marked, value: { e: 'number', value: 1 }, adds: true };
    return [touch, ...before, { s: 'work', value: handed }, ...after, pause, touch, last];
  }),
);
const plain = asyncHandler(
  fc
    .tuple(fc.boolean(), fc.array(simple, { minLength: 1, maxLength: 4 }), returned)
    .map(([isLate, body, last]) => [...(isLate ? [pause] : []), ...body, last]),
);

export const carryingProgram: fc.Arbitrary<ProgramSource> = fc.record({
  handlers: fc
    .tuple(carrier, plain, fc.oneof({ weight: 2, arbitrary: plain }, { weight: 1, arbitrary: carrier }))
    .chain(handlers => fc.shuffledSubarray(handlers, { minLength: 2, maxLength: 3 })),
  asyncHelper: fc.array(fc.oneof(write, fc.constant(pause)), { maxLength: 2 }),
  syncHelper: fc.array(write, { maxLength: 1 }),
});
