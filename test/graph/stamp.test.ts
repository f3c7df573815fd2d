import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { isSameStamp, isUnchanged, stampOf } from '../../src/graph/stamp.js';
import { writeIn, writeProject } from './temporary-project.js';

let root: string;
let file: string;

beforeEach(() => {
  root = writeProject({ 'a.js': 'a' });
  file = join(root, 'a.js');
});

afterEach(() => {
  jest.restoreAllMocks();
});

function stampLater() {
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
  const stamp = stampOf(file);
  jest.restoreAllMocks();
  return stamp;
}

test('a file that was just written may change again without a trace, so it is not believed unchanged', () => {
  const stamp = stampOf(file);
  expect(isSameStamp(stamp, stampOf(file))).toBe(true);
  expect(isUnchanged(stamp, stampOf(file))).toBe(false);
});

test('one that was written long ago is', () => {
  expect(isUnchanged(stampLater(), stampOf(file))).toBe(true);
});

test('unless it was written since', async () => {
  const before = stampLater();
  await sleep(25);
  writeIn(root, 'a.js', 'b');
  expect(isUnchanged(before, stampOf(file))).toBe(false);
  expect(isSameStamp(before, stampOf(file))).toBe(false);
});

test('what is not there has no stamp', () => {
  expect(stampOf(join(root, 'b.js'))).toBeUndefined();
  expect(stampOf(join(file, 'b.js'))).toBeUndefined();
  expect(isUnchanged(undefined, undefined)).toBe(false);
  expect(isSameStamp(undefined, undefined)).toBe(true);
  expect(isSameStamp(stampOf(file), undefined)).toBe(false);
});
