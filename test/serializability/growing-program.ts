/**
 * Random programs whose sections take some of their classes in later steps: handlers that access one thing after the other, with
 * suspensions in between, on some of their paths only, themselves or in what they call.
 *
 * Among programs with everything in them, most handlers access early what they access late, so that they take it at once.
 */
import fc from 'fast-check';
import { asyncHandler, type Expr, freshEntry, type Place, type ProgramSource, type Stmt } from './program.js';

const PLACES: readonly Place[] = [
  'total',
  'count',
  'box.a',
  'box.inner.n',
  'list',
  'map(k)',
  'map(j)',
  'map(all)',
  'table[k]',
  'record.n',
];

/** Those that most handlers go through in the same order. */
const ORDERED: readonly Place[] = ['total', 'count', 'map(k)', 'list', 'table[k]'];

const place = fc.constantFrom(...PLACES);
const pause: Stmt = { s: 'pause' };
const local: fc.Arbitrary<Expr> = fc.record({ e: fc.constant('local' as const), index: fc.nat(3) });
const number: fc.Arbitrary<Expr> = fc.record({
  e: fc.constant('number' as const),
  value: fc.integer({ min: 1, max: 3 }),
});
const read: fc.Arbitrary<Expr> = fc.record({ e: fc.constant('read' as const), place });
const value = fc.oneof(local, number, read);

/** What a handler does with one thing. */
const access: fc.Arbitrary<Stmt> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ s: fc.constant('const' as const), value: read }) },
  {
    weight: 4,
    arbitrary: fc.record({
      s: fc.constant('write' as const),
      place,
      value: fc.oneof(local, number),
      adds: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      s: fc.constant('call' as const),
      callee: fc.constantFrom('asyncHelper' as const, 'syncHelper' as const),
      value: local,
      swaps: fc.boolean(),
    }),
  },
);

/** The same on some paths only, or with other things in between. */
const accesses: fc.Arbitrary<Stmt> = fc.oneof(
  { weight: 5, arbitrary: access },
  {
    weight: 2,
    arbitrary: fc.record({
      s: fc.constant('if' as const),
      test: value,
      yes: fc.array(fc.oneof(access, fc.constant(pause)), { minLength: 1, maxLength: 3 }),
      no: fc.array(fc.oneof(access, fc.constant(pause)), { maxLength: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      s: fc.constant('loop' as const),
      form: fc.constantFrom('for' as const, 'of' as const, 'while' as const),
      body: fc.array(fc.oneof(access, fc.constant(pause)), { minLength: 1, maxLength: 3 }),
      jump: fc.constantFrom('none' as const, 'break' as const, 'continue' as const),
      test: value,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      s: fc.constant('try' as const),
      body: fc.array(
        fc.oneof(access, fc.constant(pause), fc.record({ s: fc.constant('throw' as const), value: number })),
        { minLength: 1, maxLength: 3 },
      ),
      caught: fc.option(fc.array(access, { maxLength: 2 }), { nil: null }),
      last: fc.option(fc.array(access, { maxLength: 2 }), { nil: null }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ s: fc.constant('return' as const), value: read }) },
  { weight: 1, arbitrary: freshEntry(fc.array(access, { maxLength: 1 }), number) },
);

/** One thing after the other, most often in the order that others go through them, too, and some of them once more in the end. */
const inOrder: fc.Arbitrary<Stmt[]> = fc
  .record({
    places: fc.subarray([...ORDERED], { minLength: 2, maxLength: 3 }),
    isOrdered: fc.nat(4),
    first: fc.constantFrom('write' as const, 'write' as const, 'const' as const),
    value: fc.oneof(local, number),
    between: fc.array(accesses, { maxLength: 1 }),
    last: fc.nat(6),
    branches: fc.boolean(),
  })
  .map(({ places, isOrdered, first, value, between, last, branches }) => {
    const order = isOrdered > 0 ? places : [...places].reverse();
    const write = (place: Place): Stmt => ({ s: 'write', place, value, adds: true });
    const later = (place: Place): Stmt =>
      branches
        ? { s: 'if', test: { e: 'local', index: 0 }, yes: [write(place)], no: [pause, write(place)] }
        : write(place);
    const [start, ...rest] = order as [Place, ...Place[]];
    const begun: Stmt = first === 'write' ? write(start) : { s: 'const', value: { e: 'read', place: start } };
    return [
      begun,
      ...rest.flatMap(place => [pause, later(place)]),
      ...between,
      pause,
      ...order.filter((_, index) => last & (1 << index)).map(write),
    ];
  });

const anything: fc.Arbitrary<Stmt[]> = fc
  .array(fc.array(accesses, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 4 })
  .map(segments => segments.flatMap((segment, index) => (index === 0 ? segment : [pause, ...segment])));

const growing = asyncHandler(fc.oneof({ weight: 3, arbitrary: inOrder }, { weight: 2, arbitrary: anything }));

/** Whoever accesses one thing only makes that a class of its own. */
const small = asyncHandler(
  fc
    .tuple(fc.constantFrom(...ORDERED), fc.boolean(), number)
    .map(([place, writes, value]) => [
      writes ? { s: 'write', place, value, adds: true } : { s: 'return', value: { e: 'read', place } },
    ]),
);

export const growingProgram: fc.Arbitrary<ProgramSource> = fc.record({
  handlers: fc.tuple(growing, growing, fc.oneof(growing, small), small, small).map(handlers => [...handlers]),
  asyncHelper: fc.tuple(access, access).map(([first, last]): Stmt[] => [first, pause, last]),
  syncHelper: fc.array(access, { maxLength: 1 }),
});
