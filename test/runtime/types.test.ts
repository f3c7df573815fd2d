/**
 * The types that people who write by hand rely on. That this compiles is half of the test (`npm run types`): each
 * `@ts-expect-error` must be an error.
 */
import { expect, test } from '@jest/globals';
import {
  AnyspeedError,
  configure,
  floating,
  guard,
  type inspect,
  schedule,
  standAside,
  type TableState,
  unscheduled,
  type upgrade,
} from '../../runtime/index.js';

type Equal<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
const same = <One, Other>(_: Equal<One, Other>): void => undefined;

test('the types of functions are kept', () => {
  const add = async (a: number, b?: number) => a + (b ?? 0);
  const scheduled = schedule('add', add, { exclusive: ['types'] });
  same<typeof scheduled, typeof add>(true);
  const found = unscheduled(scheduled);
  same<typeof found, typeof add>(true);
  const generator = schedule(
    'generator',
    function* () {
      yield 1;
    },
    { shared: ['types'] },
  );
  same<ReturnType<typeof generator>, Generator<1 | number, void, unknown>>(true);
  const nothing = schedule('nothing', undefined as (() => void) | undefined, {});
  same<typeof nothing, (() => void) | undefined>(true);
  expect(found).toBe(add);
});

test('promises keep theirs', () => {
  const promise = floating(Promise.resolve(1));
  same<typeof promise, Promise<number>>(true);
  const aside = standAside(promise);
  same<typeof aside, Promise<number>>(true);
  const entered = guard('guard', { shared: ['types'], gate: true }).enter();
  same<typeof entered, Promise<void> | undefined>(true);
  same<ReturnType<typeof upgrade>, Promise<void> | undefined>(true);
  same<ReturnType<typeof inspect>, TableState>(true);
  expect(entered).toBeUndefined();
});

test('mistakes are errors', () => {
  const fn = () => 0;
  // @ts-expect-error: a class name is not a list of class names
  expect(() => schedule('h', fn, { shared: 'types' })).toThrow(AnyspeedError);
  // @ts-expect-error: there is no such need
  expect(() => schedule('h', fn, { shard: ['types'] })).toThrow(AnyspeedError);
  // @ts-expect-error: needs must be given
  expect(() => schedule('h', fn)).toThrow(AnyspeedError);
  // @ts-expect-error: there is no such mode
  expect(() => schedule('h', fn, { keyed: [{ class: 'types', mode: 'write', keys: () => [] }] })).toThrow(
    AnyspeedError,
  );
  // @ts-expect-error: a number is wanted
  expect(() => configure({ stallAfter: 'soon' })).toThrow(AnyspeedError);
  // @ts-expect-error: a key handle comes from `key`
  expect(() => guard('guard', { shared: ['types'] }).enterKey('key')).toThrow(TypeError);
});
