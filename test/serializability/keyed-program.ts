/**
 * Random programs about keys: handlers that touch entries of a few containers, by keys that they were called with, that
 * helpers are handed, that are computed, and that are assigned to; and now and then the whole.
 *
 * Among programs with everything in them, those whose keys decide about what comes out are rare.
 */
import fc from 'fast-check';
import {
  type Callee,
  type Expr,
  freshEntry,
  keyConstant,
  type Place,
  type ProgramSource,
  programOf,
  rekey,
  remove,
  type Stmt,
  share,
  simpleValue,
} from './program.js';

const ENTRIES: readonly Place[] = [
  'map(k)',
  'map(k)',
  'map(j)',
  'map(req)',
  'map(own)',
  'map(helper)',
  'table[k]',
  'table[j]',
  'nested(k)(j)',
  'pair(k,j)',
  'pair(copy)',
  'pair(over)',
  'pair(visit)',
  'set(k)',
];
const REST: readonly Place[] = ['map(all)', 'map(latest)', 'table.x', 'record.n', 'record(j).n', 'count'];

const swaps = fc.boolean();
const callee = fc.constantFrom<Callee>('asyncHelper', 'asyncHelper', 'syncHelper', 'handler');
const place = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...ENTRIES) },
  { weight: 1, arbitrary: fc.constantFrom(...REST) },
);
const value = simpleValue(place);
const wider: fc.Arbitrary<Expr> = fc.oneof(
  { weight: 4, arbitrary: value },
  { weight: 2, arbitrary: fc.record({ e: fc.constant('sum' as const), left: value, right: value }) },
  { weight: 1, arbitrary: fc.record({ e: fc.constant('pause' as const), value }) },
  { weight: 1, arbitrary: fc.record({ e: fc.constant('call' as const), callee, value, swaps }) },
);

const simple: fc.Arbitrary<Stmt> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ s: fc.constant('const' as const), value: wider }) },
  {
    weight: 6,
    arbitrary: fc.record({ s: fc.constant('write' as const), place, value: wider, adds: fc.boolean() }),
  },
  { weight: 6, arbitrary: fc.constant({ s: 'pause' as const }) },
  { weight: 2, arbitrary: fc.record({ s: fc.constant('call' as const), callee, value, swaps }) },
  { weight: 1, arbitrary: rekey },
);
const list = fc.array(simple, { minLength: 1, maxLength: 3 });
const stmt: fc.Arbitrary<Stmt> = fc.oneof(
  { weight: 12, arbitrary: simple },
  { weight: 1, arbitrary: fc.record({ s: fc.constant('if' as const), test: value, yes: list, no: list }) },
  { weight: 1, arbitrary: fc.record({ s: fc.constant('alias' as const), body: list, value }) },
  { weight: 1, arbitrary: share },
  { weight: 1, arbitrary: fc.record({ s: fc.constant('each' as const), body: list }) },
  { weight: 1, arbitrary: remove },
  { weight: 2, arbitrary: freshEntry(list, value) },
  { weight: 3, arbitrary: keyConstant(list, value) },
  { weight: 1, arbitrary: fc.record({ s: fc.constant('return' as const), value: wider }) },
);
export const keyedProgram: fc.Arbitrary<ProgramSource> = programOf(stmt, simple);
