/**
 * Random programs about lists that are searched: handlers that change what they find there by a key, add to the lists, and now
 * and then take something out or go through all.
 */
import fc from 'fast-check';
import {
  type Callee,
  type HandlerSource,
  type Place,
  type ProgramSource,
  rekey,
  type SoughtPlace,
  type Stmt,
  simpleValue,
} from './program.js';

const SOUGHT: readonly SoughtPlace[] = [
  'order(k).n',
  'order(k).n',
  'order(j).n',
  'orders(k).n',
  'ticket(k)',
  'room(k).n',
  'room(j).n',
  'seat(k).n',
];
const REST: readonly Place[] = [
  'orders(all)',
  'seats(all)',
  'orders(length)',
  'order(n)',
  'ticket(j)',
  'map(k)',
  'count',
];

const callee = fc.constantFrom<Callee>('asyncHelper', 'asyncHelper', 'syncHelper', 'handler');
const swaps = fc.boolean();
const place = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...SOUGHT) },
  { weight: 1, arbitrary: fc.constantFrom(...REST) },
);
const value = simpleValue(place);
const does = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('add' as const, 'add late' as const, 'add by helper' as const) },
  { weight: 4, arbitrary: fc.constantFrom('add two' as const, 'ticket' as const) },
  { weight: 1, arbitrary: fc.constantFrom('remove' as const, 'remove' as const, 'rename' as const) },
);

const simple: fc.Arbitrary<Stmt> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ s: fc.constant('const' as const), value }) },
  {
    weight: 4,
    arbitrary: fc.record({ s: fc.constant('write' as const), place, value, adds: fc.boolean() }),
  },
  { weight: 6, arbitrary: fc.constant({ s: 'pause' as const }) },
  { weight: 2, arbitrary: fc.record({ s: fc.constant('call' as const), callee, value, swaps }) },
  { weight: 2, arbitrary: fc.record({ s: fc.constant('order' as const), does }) },
  { weight: 1, arbitrary: rekey },
);
const list = fc.array(simple, { minLength: 1, maxLength: 3 });
const stmt: fc.Arbitrary<Stmt> = fc.oneof(
  { weight: 10, arbitrary: simple },
  {
    weight: 6,
    arbitrary: fc.record({
      s: fc.constant('seek' as const),
      by: fc.constantFrom('find', 'loop', 'rest of loop', 'filter'),
      which: fc.constantFrom('k', 'j'),
      body: list,
      value,
    }),
  },
  { weight: 1, arbitrary: fc.record({ s: fc.constant('if' as const), test: value, yes: list, no: list }) },
  { weight: 1, arbitrary: fc.record({ s: fc.constant('each' as const), body: list }) },
  { weight: 1, arbitrary: fc.record({ s: fc.constant('return' as const), value }) },
);

const handler: fc.Arbitrary<HandlerSource> = fc.record({
  form: fc.constantFrom('declaration', 'arrow', 'method'),
  isAsync: fc.oneof(
    { weight: 7, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  fallback: fc.constant(null),
  body: fc.array(stmt, { minLength: 2, maxLength: 5 }),
});

export const soughtProgram: fc.Arbitrary<ProgramSource> = fc.record({
  handlers: fc.array(handler, { minLength: 1, maxLength: 2 }),
  asyncHelper: fc.array(simple, { maxLength: 3 }),
  syncHelper: fc.array(simple, { maxLength: 2 }),
});
