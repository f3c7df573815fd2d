/**
 * Random programs with sections that hold some of the shared state over several segments and access more of it in one only, in the
 * same segment or in different ones, beside handlers that see all of it at once.
 *
 * Among programs with everything in them, state that every handler is through with in one segment is rare.
 */
import fc from 'fast-check';
import {
  asyncHandler,
  type Expr,
  freshEntry,
  type HandlerSource,
  type Place,
  type ProgramSource,
  type Stmt,
} from './program.js';

const PLACES: readonly Place[] = [
  'total',
  'count',
  'box.a',
  'list',
  'map(k)',
  'map(all)',
  'table.x',
  'record.n',
];

const pause: Stmt = { s: 'pause' };
const local: fc.Arbitrary<Expr> = fc.record({ e: fc.constant('local' as const), index: fc.nat(3) });
const number: fc.Arbitrary<Expr> = fc.record({
  e: fc.constant('number' as const),
  value: fc.integer({ min: 1, max: 3 }),
});

const readOf = (place: fc.Arbitrary<Place>): fc.Arbitrary<Expr> =>
  fc.record({ e: fc.constant('read' as const), place });

/** Accesses of some places. */
const accessOf = (place: fc.Arbitrary<Place>): fc.Arbitrary<Stmt> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ s: fc.constant('const' as const), value: readOf(place) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        s: fc.constant('write' as const),
        place,
        value: fc.oneof(local, number, readOf(place)),
        adds: fc.boolean(),
      }),
    },
  );

/** A section: what it holds first, what it is through with at once, and what it holds in the end, in this order or nearly so. */
function sectionOf(held: fc.Arbitrary<Place>, brief: fc.Arbitrary<Place>): fc.Arbitrary<HandlerSource> {
  const own = accessOf(held);
  const once = accessOf(brief);
  const segment = fc.array(fc.oneof(once, own), { minLength: 1, maxLength: 3 });
  const rare = fc.oneof(
    { weight: 12, arbitrary: fc.constant<Stmt[]>([]) },
    { weight: 1, arbitrary: once.map(stmt => [stmt]) },
    { weight: 1, arbitrary: freshEntry(fc.constant([]), number).map(stmt => [stmt]) },
    {
      weight: 1,
      arbitrary: fc
        .record({ s: fc.constant('if' as const), test: local, yes: segment, no: segment })
        .map(stmt => [stmt]),
    },
  );
  /** Calls another handler through code outside, in the midst of the section. */
  const outside = fc.oneof(
    { weight: 15, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.tuple(own, fc.record({ s: fc.constant('work' as const), value: number }), own),
    },
  );
  return asyncHandler(
    fc
      .tuple(
        fc.array(own, { maxLength: 2 }),
        outside,
        rare,
        segment,
        rare,
        fc.array(own, { minLength: 1, maxLength: 2 }),
      )
      .map(([first, around, early, here, late, last]) => [
        ...first,
        ...early,
        pause,
        ...(around === null ? here : [around[0], ...here, around[1], around[2]]),
        pause,
        ...late,
        ...last,
      ]),
  );
}

/** Looks at everything in one segment. */
const observer = asyncHandler(
  fc.array(readOf(fc.constantFrom(...PLACES)), { minLength: 2, maxLength: 3 }).map(reads => [
    {
      s: 'return',
      value: reads.reduce((left, right) => ({ e: 'sum', left: { e: 'sum', left, right: left }, right })),
    },
  ]),
);

export const momentaryProgram: fc.Arbitrary<ProgramSource> = fc
  .tuple(fc.shuffledSubarray([...PLACES], { minLength: 3, maxLength: 5 }), fc.integer({ min: 1, max: 2 }))
  .chain(([places, count]) => {
    const section = sectionOf(
      fc.constantFrom(...places.slice(0, count)),
      fc.constantFrom(...places.slice(count)),
    );
    return fc.record({
      handlers: fc
        .tuple(section, fc.oneof(section, observer), fc.oneof(section, observer))
        .chain(handlers => fc.shuffledSubarray(handlers, { minLength: 2, maxLength: 3 })),
      asyncHelper: fc.constant([]),
      syncHelper: fc.constant([]),
    });
  });
