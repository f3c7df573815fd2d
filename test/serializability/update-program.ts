/**
 * Random programs that read first and write later: sections that go on from the one to the other on some of their paths,
 * beside handlers that only read, in one segment or in several.
 *
 * Among programs with everything in them, those with somebody who reads what others write, and nothing else, are rare.
 */
import fc from 'fast-check';
import { asyncHandler, type Expr, type Place, type ProgramSource, type Stmt } from './program.js';

const PLACES: readonly Place[] = [
  'total',
  'total',
  'count',
  'count',
  'box.a',
  'box.inner.n',
  'list',
  'map(all)',
  'map(k)',
  'record.n',
];

const place = fc.constantFrom(...PLACES);
const pause: Stmt = { s: 'pause' };
const read: fc.Arbitrary<Expr> = fc.record({ e: fc.constant('read' as const), place });
const local: fc.Arbitrary<Expr> = fc.record({ e: fc.constant('local' as const), index: fc.nat(3) });
const number: fc.Arbitrary<Expr> = fc.record({
  e: fc.constant('number' as const),
  value: fc.integer({ min: 1, max: 3 }),
});
const value = fc.oneof(read, local, number);
const kept: fc.Arbitrary<Stmt> = fc.record({ s: fc.constant('const' as const), value: read });
const write: fc.Arbitrary<Stmt> = fc.record({
  s: fc.constant('write' as const),
  place,
  value,
  adds: fc.boolean(),
});
const returned: fc.Arbitrary<Stmt> = fc.record({
  s: fc.constant('return' as const),
  value: fc.record({
    e: fc.constant('sum' as const),
    left: read,
    right: fc.record({ e: fc.constant('sum' as const), left: local, right: read }),
  }),
});

const paths: fc.Arbitrary<Stmt> = fc.oneof(
  { weight: 3, arbitrary: write },
  {
    weight: 2,
    arbitrary: fc.record({
      s: fc.constant('if' as const),
      test: value,
      yes: fc.array(fc.oneof(write, fc.constant(pause)), { minLength: 1, maxLength: 3 }),
      no: fc.array(fc.oneof(write, fc.constant(pause)), { maxLength: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      s: fc.constant('loop' as const),
      form: fc.constantFrom('for' as const, 'of' as const, 'while' as const),
      body: fc.array(fc.oneof(write, kept, fc.constant(pause)), { minLength: 1, maxLength: 3 }),
      jump: fc.constantFrom('none' as const, 'break' as const, 'continue' as const),
      test: value,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      s: fc.constant('try' as const),
      body: fc.array(fc.oneof(write, kept, fc.constant(pause)), { minLength: 1, maxLength: 3 }),
      caught: fc.constant(null),
      last: fc.option(fc.array(write, { maxLength: 2 }), { nil: null }),
    }),
  },
);

const updater = asyncHandler(
  fc
    .tuple(
      fc.array(kept, { minLength: 1, maxLength: 2 }),
      paths,
      fc.array(fc.oneof(paths, kept, fc.constant(pause)), { maxLength: 3 }),
      fc.option(write, { nil: null }),
    )
    .map(([first, then, more, last]) => [
      ...first,
      pause,
      then,
      ...more,
      ...(last === null ? [] : [pause, last]),
    ]),
);
const reader = asyncHandler(
  fc
    .tuple(fc.array(kept, { maxLength: 2 }), fc.boolean(), fc.array(kept, { maxLength: 1 }), returned)
    .map(([first, suspends, more, last]) => [...first, ...(suspends ? [pause] : []), ...more, last]),
);

export const updateProgram: fc.Arbitrary<ProgramSource> = fc.record({
  handlers: fc
    .tuple(updater, reader, fc.oneof(updater, reader))
    .chain(handlers => fc.shuffledSubarray(handlers, { minLength: 2, maxLength: 3 })),
  asyncHelper: fc.constant([]),
  syncHelper: fc.constant([]),
});
