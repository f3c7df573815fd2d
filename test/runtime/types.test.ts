/**
 * The types that people who write by hand rely on. That this compiles is half of the test (`npm run types`): each
 * `@ts-expect-error` must be an error.
 */
import { expect, test } from '@jest/globals';
import {
  AnyspeedError,
  begin,
  configure,
  floating,
  guard,
  type inspect,
  type mustWait,
  type Section,
  schedule,
  standAside,
  type TableState,
  type turn,
  unscheduled,
  type upgrade,
} from '../../runtime/index.js';
import { type HandlerMetrics, measure } from '../../runtime/metrics.js';
import { freshClass } from './occasions.js';

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

test('sections, gates and metrics have types', () => {
  const own = guard('section', { exclusive: [freshClass()] });
  const section = begin(own);
  same<typeof section, Section>(true);
  const mayRun = section.enter();
  same<typeof mayRun, boolean>(true);
  same<typeof section.turn, Promise<void> | undefined>(true);
  section.leave();
  same<ReturnType<typeof mustWait>, boolean>(true);
  same<ReturnType<typeof turn>, Promise<void> | undefined>(true);
  const metrics = measure();
  same<ReturnType<typeof metrics.snapshot>, HandlerMetrics[]>(true);
  same<ReturnType<typeof metrics.prometheus>, string>(true);
  metrics.stop();
  expect(mayRun).toBe(false);
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
  // @ts-expect-error: an id is a string
  expect(() => guard(1, { shared: ['types'] })).toThrow(AnyspeedError);
  // @ts-expect-error: there is no such setting
  expect(() => configure({ stallafter: 1 })).toThrow(AnyspeedError);
  // @ts-expect-error: a key handle comes from `key`
  expect(() => guard('guard', { shared: ['types'] }).enterKey('key')).toThrow(TypeError);
});
