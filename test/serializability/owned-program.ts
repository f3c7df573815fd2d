/**
 * Random programs about objects that a container owns: handlers that change what they find behind a key, make objects,
 * and now and then put one where others find it as well.
 */
import fc from 'fast-check';
import {
  type Callee,
  type OwnedPlace,
  type Place,
  type ProgramSource,
  pathsOf,
  programOf,
  rekey,
  type Stmt,
  simpleValue,
} from './program.js';

const OWNED: readonly OwnedPlace[] = [
  'account(k).n',
  'account(k).n',
  'account(j).n',
  'account(k).balance',
  'account(k).log',
  'account(j).log',
  'box[k].n',
  'box[j].n',
];
const REST: readonly Place[] = ['accounts(all)', 'featured.n', 'map(k)', 'count'];

const callee = fc.constantFrom<Callee>('asyncHelper', 'asyncHelper', 'syncHelper', 'handler');
const swaps = fc.boolean();
const place = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...OWNED) },
  { weight: 1, arbitrary: fc.constantFrom(...REST) },
);
const value = simpleValue(place);

const simple: fc.Arbitrary<Stmt> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ s: fc.constant('const' as const), value }) },
  {
    weight: 6,
    arbitrary: fc.record({ s: fc.constant('write' as const), place, value, adds: fc.boolean() }),
  },
  { weight: 6, arbitrary: fc.constant({ s: 'pause' as const }) },
  { weight: 2, arbitrary: fc.record({ s: fc.constant('call' as const), callee, value, swaps }) },
  {
    weight: 2,
    arbitrary: fc.record({
      s: fc.constant('account' as const),
      // What makes all accounts be held as a whole is rare, or nothing else would be tried.
      does: fc.oneof(
        {
          weight: 6,
          arbitrary: fc.constantFrom('open' as const, 'open by helper' as const, 'empty' as const),
        },
        { weight: 2, arbitrary: fc.constant('feature' as const) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('open twice' as const, 'open in loop' as const, 'move' as const),
        },
      ),
    }),
  },
  { weight: 1, arbitrary: rekey },
);
const list = fc.array(simple, { minLength: 1, maxLength: 3 });
const stmt: fc.Arbitrary<Stmt> = fc.oneof(
  { weight: 10, arbitrary: simple },
  {
    weight: 6,
    arbitrary: fc.record({
      s: fc.constant('hold' as const),
      which: fc.constantFrom('k', 'j', 'either', 'new'),
      by: fc.constantFrom('field', 'method', 'log'),
      body: list,
      value,
    }),
  },
  ...pathsOf(list, value),
);

export const ownedProgram: fc.Arbitrary<ProgramSource> = programOf(stmt, simple);
