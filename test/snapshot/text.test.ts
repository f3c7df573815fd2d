/** Snapshots as text: what is written is read, and each thing has one line. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Snapshot, SnapshotHandler } from '../../src/snapshot/snapshot.js';
import { parseSnapshot, printSnapshot } from '../../src/snapshot/text.js';

const name = fc.oneof(
  fc.constantFrom(
    'src/a.js#f',
    'src/a.js#get("/a  b")',
    '# f',
    '[handlers]',
    '<<<<<<<',
    'a  b',
    'to x',
    'é\u2028',
  ),
  fc.string({ minLength: 1, unit: fc.constantFrom(' ', '"', '\\', '\n', '\t', 'a', '#', '(', ')') }),
  fc.string({ unit: 'binary' }),
);
const handler: fc.Arbitrary<SnapshotHandler> = fc.record({
  id: name,
  form: fc.constantFrom('section', 'gate', 'delegated', 'atomic-by-itself', 'no-conflict', 'opted-out'),
  whole: fc.constant(null),
  isGivenUp: fc.boolean(),
  to: fc.array(name, { maxLength: 2 }),
  classes: fc.array(
    fc.record({
      class: name,
      mode: fc.constantFrom('shared', 'update', 'exclusive'),
      keys: fc.option(fc.array(fc.oneof(name, fc.constant('new keys')), { maxLength: 2 })),
    }),
    { maxLength: 3 },
  ),
});
const snapshot: fc.Arbitrary<Snapshot> = fc.record({
  classes: fc
    .array(fc.array(name, { minLength: 1, maxLength: 3 }))
    .map(all => all.map(resources => ({ name: resources[0] as string, resources }))),
  handlers: fc.array(handler),
});

test('whatever the names are, what was printed is parsed', () => {
  fc.assert(
    fc.property(snapshot, some => {
      expect(parseSnapshot(printSnapshot(some))).toEqual(some);
    }),
    { numRuns: 500 },
  );
});

test('each handler and each class has one line, whatever the names are', () => {
  fc.assert(
    fc.property(snapshot, some => {
      const lines = printSnapshot(some).split('\n');
      const rest = lines.length - some.classes.length - some.handlers.length;
      expect(rest).toBe(printSnapshot({ classes: [], handlers: [] }).split('\n').length);
    }),
  );
});

const SOME = printSnapshot({
  classes: [{ name: 'a.js#x', resources: ['a.js#x', 'a.js#y'] }],
  handlers: [
    {
      id: 'a.js#f',
      form: 'whole section',
      whole: 'generator',
      isGivenUp: false,
      to: [],
      classes: [{ class: 'a.js#x', mode: 'exclusive', keys: null }],
    },
    {
      id: 'a.js#g',
      form: 'section',
      whole: null,
      isGivenUp: true,
      to: [],
      classes: [
        { class: 'a.js#x', mode: 'update', keys: ['from', 'order.to'] },
        { class: 'a.js#z[]', mode: 'exclusive', keys: [] },
      ],
    },
  ],
});

test('the lines are those that a reviewer expects', () => {
  expect(SOME).toContain('\n[locked classes]\na.js#x  a.js#y\n');
  expect(SOME).toContain('\n[handlers]\na.js#f  whole section (generator)  exclusive a.js#x\n');
  expect(SOME).toContain(
    '\na.js#g  section  given up while it waits  update a.js#x  by from  by order.to  exclusive a.js#z[]  by new keys\n',
  );
});

test('a file that was checked out with other line ends is the same', () => {
  expect(parseSnapshot(SOME.replaceAll('\n', '\r\n'))).toEqual(parseSnapshot(SOME));
});

describe('what is no snapshot', () => {
  test.each([
    ['', 1, 'does not begin'],
    ['anyspeed.snapshot 2\n', 1, 'does not begin'],
    [`${SOME}<<<<<<< main\n`, 11, 'merge'],
    [`${SOME}a.js#g\n`, 11, 'never'],
    [`${SOME}a.js#g  sectional\n`, 11, 'never'],
    [`${SOME}a.js#g  gate  sometimes a.js#x\n`, 11, 'says nothing'],
    [`${SOME}a.js#g  gate  by x\n`, 11, 'says nothing'],
    [`${SOME}"a.js\\x"  gate\n`, 11, 'is no name'],
    ['anyspeed.snapshot 1\na.js#f  gate\n', 2, 'neither below'],
  ])('%j: the line is named', (text, line, message) => {
    expect(() => parseSnapshot(text)).toThrow(
      expect.objectContaining({ line, message: expect.stringContaining(message) }),
    );
  });
});
