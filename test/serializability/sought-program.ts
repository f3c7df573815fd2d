/**
 * Random programs about lists that are searched: handlers that change what they find there by a key, add to the lists, and now
 * and then take something out or go through all.
 */
import fc from 'fast-check';
import {
  type Callee,
  type Place,
  type ProgramSource,
  pathsOf,
  programOf,
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
  ...pathsOf(list, value),
);

export const soughtProgram: fc.Arbitrary<ProgramSource> = programOf(stmt, simple);
