// Names: from what a program writes to the entry that models it.
import { describe, expect, test } from '@jest/globals';
import { expandBraces } from '../../src/effects/models/braces.js';
import { ModelLibrary } from '../../src/effects/models/library.js';
import { loadModels } from '../../src/effects/models/load.js';

describe('braces', () => {
  test.each([
    ['Math.abs', ['Math.abs']],
    ['Math.{abs,ceil}', ['Math.abs', 'Math.ceil']],
    ['{new ,}{A,B}', ['new A', 'A', 'new B', 'B'].sort()],
    ['{a}', ['a']],
  ])('%s', (pattern, names) => expect(expandBraces(pattern).sort()).toEqual([...names].sort()));

  test('must close', () => {
    expect(() => expandBraces('a{b')).toThrow('"a{b" has an opening brace without a closing one');
  });
});

describe('paths', () => {
  const library = loadModels();

  test.each([
    ['node:fs', 'promises', 'node:fs/promises'],
    ['node:events', 'EventEmitter', 'node:events'],
    ['node:events', 'default', 'node:events'],
    ['Buffer', 'from', 'node:buffer.Buffer.from'],
    ['Array', 'prototype', 'Array.prototype'],
    ['Array.prototype', 'push', 'Array#push'],
    ['node:fs.readFile', 'bind', 'Function#bind'],
    ['process', 'stdout', 'process.<Stream>'],
    ['lodash', 'merge', 'Lodash#merge'],
  ])('%s has %s', (path, field, member) => expect(library.memberPath(path, field)).toBe(member));

  test('what is not modelled of a package is unknown', () => {
    expect(library.memberPath('node:util.types', 'isNew')).toBe('<unknown>');
    expect(library.memberPath('Math', 'isNew')).toBeUndefined();
  });

  test.each([
    ['lodash', 'get', 'Lodash#get'],
    ['lodash', 'merge.js', 'Lodash#merge'],
    ['mysql2', 'promise', 'mysql2/promise'],
    ['date-fns', 'format', 'date-fns.format'],
    ['express', undefined, 'express'],
    ['express', 'lib/router', undefined],
    ['unheard-of', undefined, undefined],
  ])('%s/%s is a module', (name, subpath, path) => expect(library.modulePath(name, subpath)).toBe(path));
});

describe('types', () => {
  const library = new ModelLibrary([
    {
      types: {
        Animal: { properties: { name: 'Data' } },
        Dog: { extends: 'Animal', isOpen: true, properties: { '*': 'Dog' } },
      },
      methods: { 'Animal#eat': { writes: ['this[]'] }, 'Dog()': {} },
    },
  ]);

  test('have what they extend', () => {
    expect(library.methodPath('Dog', 'eat')).toBe('Animal#eat');
    expect(library.propertyType('Animal', 'name')).toBe('Data');
    expect(library.propertyType('Animal', 'mother')).toBe('External');
    expect(library.propertyType('Dog', 'mother')).toBe('Dog');
    expect(library.isOpen('Animal')).toBe(false);
    expect(library.isCallable('Dog')).toBe(true);
  });
});

test('an entry that refers to itself is refused', () => {
  const library = new ModelLibrary([{ globals: { a: 'b', b: 'a' } }]);
  expect(() => library.get('a')).toThrow(/refers to itself/);
});

test('a later file may put an alias or an object in the place of a function', () => {
  const library = new ModelLibrary([
    { globals: { a: { reads: ['arg0[]'] }, b: { reads: ['arg0[]'] }, c: { returns: 'this' } } },
    { globals: { a: 'c', b: { object: 'Data' } } },
  ]);
  expect(library.get('a')).toEqual({ returns: 'this' });
  expect(library.get('b')).toBeUndefined();
  expect(library.has('b')).toBe(true);
});

test('names do not grow for ever, however deep a program looks into data', () => {
  const library = loadModels();
  const names = new Set<string>();
  let path: string | undefined = 'process';
  for (let depth = 0; depth < 20 && path !== undefined; depth++) {
    path = library.memberPath(path, depth === 0 ? 'env' : `part${depth}`);
    if (path !== undefined) names.add(path);
  }
  expect([...names]).toEqual(['process.<Data>']);
});
