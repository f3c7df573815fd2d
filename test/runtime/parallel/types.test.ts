/**
 * The types of what the compiler emits, and of what people write by hand. That this compiles is half of the test: each
 * `@ts-expect-error` must be an error.
 */
import { afterAll, expect, test } from '@jest/globals';
import {
  AnyspeedError,
  close,
  configure,
  inspect,
  moving,
  type ParallelState,
  parallel,
} from '../../../runtime/parallel/index.js';
import { freshId } from './in-workers.js';

type Equal<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
const same = <One, Other>(_: Equal<One, Other>): void => undefined;

afterAll(close);

test('the types of functions are kept, and what they return is a promise', () => {
  const code = { source: 'return (a, b) => a + b', from: import.meta.url };
  const add = parallel(freshId('add'), (a: number, b?: number) => a + (b ?? 0), code);
  same<typeof add, (a: number, b?: number) => Promise<number>>(true);
  const read = parallel(freshId('read'), async (path: string) => Buffer.from(path), code);
  same<typeof read, (path: string) => Promise<Buffer<ArrayBuffer>>>(true);
  const moved = moving(read, 0);
  same<typeof moved, typeof read>(true);
  same<ReturnType<typeof inspect>, ParallelState>(true);
  expect([add.length, read.name]).toEqual([2, '']);
});

test('mistakes are errors', () => {
  const code = { source: 'return () => 0', from: import.meta.url };
  const fn = () => 0;
  // @ts-expect-error: an id is a string
  expect(() => parallel(1, fn, code)).toThrow(AnyspeedError);
  expect(() => parallel('', fn, code)).toThrow('The id of a function must be a string; got "".');
  // @ts-expect-error: a function is wanted
  expect(() => parallel('f', 1, code)).toThrow('What f runs must be a function; got 1.');
  // @ts-expect-error: the code for workers is wanted
  expect(() => parallel('f', fn)).toThrow('The code of f for workers must be');
  expect(() => moving(fn, 0)).toThrow('What moves buffers must be a function that parallel() has returned');
  // @ts-expect-error: there is no such mode
  expect(() => configure({ mode: 'fast' })).toThrow('`mode` must be "auto", "pool" or "inline"; got "fast".');
  // @ts-expect-error: there is no such mode
  expect(() => configure({ functions: { f: 'fast' } })).toThrow('The mode of f must be');
  // @ts-expect-error: there is no such setting
  expect(() => configure({ threads: 1 })).toThrow('got "threads"');
  expect(() => configure({ size: 0 })).toThrow('`size` must be a whole number above 0; got 0.');
  expect(() => configure({ longestInPlace: -1 })).toThrow('`longestInPlace` must be');
  // @ts-expect-error: an object is wanted
  expect(() => configure(1)).toThrow('The settings must be an object; got 1.');
});

test('the size cannot change under a running pool', async () => {
  const fn = parallel(freshId('one'), () => 1, { source: 'return () => 1', from: import.meta.url });
  expect(await fn()).toBe(1);
  expect(() => configure({ size: 1 })).toThrow('set before the first call');
  await close();
  configure({ size: 1 });
  expect(await fn()).toBe(1);
  expect(inspect().pool?.size).toBe(1);
});
