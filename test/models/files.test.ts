// The model files themselves: every name, type and place in them means something.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { expandBraces } from '../../src/effects/models/braces.js';
import { findFault } from '../../src/effects/models/check.js';
import { BUILT_IN, loadModels } from '../../src/effects/models/load.js';
import type { Entry, FunctionModel, ModelFile } from '../../src/effects/models/model.js';

const schema = JSON.parse(
  readFileSync(new URL('../../src/effects/models/schema.json', import.meta.url), 'utf8'),
);
const isValid = new Ajv({ allErrors: true, strictTuples: false }).compile(schema);
const library = loadModels();

/** Types that come with the engine rather than with a file. */
const ENGINE_TYPES = ['Array', 'Data', 'Error', 'Function', 'Object', 'Promise'];

/** Every entry of a file with its full name, as the library knows it. */
function* entriesOf(file: ModelFile): Iterable<[section: string, name: string, entry: Entry]> {
  for (const [names, entry] of Object.entries(file.globals ?? {}))
    for (const name of expandBraces(names)) yield ['globals', name, entry];
  for (const [names, entry] of Object.entries(file.methods ?? {}))
    for (const name of expandBraces(names)) yield ['methods', name, entry];
  for (const [modules, exported] of Object.entries(file.modules ?? {}))
    for (const module of expandBraces(modules))
      for (const [names, entry] of Object.entries(exported))
        for (const name of expandBraces(names)) yield [`modules ${modules}`, `${module} ${name}`, entry];
}

const files = Object.entries(BUILT_IN);
const everyEntry = files.flatMap(([, file]) => [...entriesOf(file)]);

const modelledTypes = new Set([
  ...ENGINE_TYPES,
  ...files.flatMap(([, file]) => Object.keys(file.types ?? {})),
  ...everyEntry.filter(([section]) => section === 'methods').map(([, name]) => name.replace(/[#(].*/, '')),
]);

/** The types of which an entry makes objects. */
function typesIn(entry: Entry): string[] {
  if (typeof entry === 'string') return [];
  if ('object' in entry) return [entry.object];
  const text = JSON.stringify(entry);
  return [...text.matchAll(/"fresh (\w+)/g)].map(([, type]) => type as string);
}

describe.each(files)('%s', (name, file) => {
  test('is as the schema says, and the check at run time agrees', () => {
    isValid(file);
    expect(isValid.errors ?? []).toEqual([]);
    expect(findFault(file)).toBeNull();
  });

  test('models nothing twice', () => {
    const seen = new Set<string>();
    const twice: string[] = [];
    for (const [section, entry] of entriesOf(file)) {
      const key = `${section} ${entry}`;
      if (seen.has(key)) twice.push(key);
      seen.add(key);
    }
    expect(twice).toEqual([]);
  });

  test('refers only to types and entries that there are', () => {
    const unknown: string[] = [];
    for (const [, path, entry] of entriesOf(file)) {
      for (const type of typesIn(entry)) if (!modelledTypes.has(type)) unknown.push(`${path}: ${type}`);
      if (typeof entry === 'string' && !library.has(entry) && library.get(entry) === undefined)
        unknown.push(`${path}: ${entry}`);
    }
    for (const [type, { extends: parent, properties }] of Object.entries(file.types ?? {}))
      for (const each of [...(parent ? [parent] : []), ...Object.values(properties ?? {})])
        if (!modelledTypes.has(each)) unknown.push(`${type}: ${each}`);
    expect(unknown).toEqual([]);
  });

  test('has methods only for types that some call makes', () => {
    const made = new Set([
      ...ENGINE_TYPES,
      'Common',
      'String',
      ...everyEntry.flatMap(([, , entry]) => typesIn(entry)),
      ...files.flatMap(([, { types }]) =>
        Object.values(types ?? {}).flatMap(t => [
          ...Object.values(t.properties ?? {}),
          ...(t.extends ? [t.extends] : []),
        ]),
      ),
    ]);
    const types = [...entriesOf(file)]
      .filter(([section]) => section === 'methods')
      .map(([, method]) => method.replace(/[#(].*/, ''));
    // Generators are made by the engine: by calling a generator function of the program.
    expect([...new Set(types)].filter(type => !made.has(type) && type !== 'Generator')).toEqual([]);
    expect(name).toMatch(/^[a-z-]+$/);
  });
});

test('callbacks are told what they are called with where that matters', () => {
  const model = library.get('node:fs.readFile') as FunctionModel;
  expect(model.calls?.[0]?.args).toEqual(['fresh Error', 'fresh Buffer']);
});

describe('the check at run time and the schema refuse the same', () => {
  const modelOf = (model: unknown): unknown => ({ modules: { acme: { save: model } } });
  test.each([
    ['a place with an unclosed step', modelOf({ reads: ['arg0+['] })],
    ['steps in the wrong order', modelOf({ reads: ['arg0[]+'] })],
    ['an unknown step', modelOf({ flows: [['arg0<values>', 'return[]']] })],
    ['everything, and then more', modelOf({ flows: [['arg0**.name', 'return']] })],
    ['a read of nothing in particular', modelOf({ reads: ['arg0'] })],
    ['a read of what a promise settles with', modelOf({ reads: ['arg0<settled>'] })],
    ['a read of what packages keep', modelOf({ reads: ['$shared.cache'] })],
    ['a misspelt key', modelOf({ read: ['arg0[]'] })],
    ['a time that is none', modelOf({ calls: [{ callee: 'arg0', when: 'later' }] })],
    ['a callback without a time', modelOf({ calls: [{ callee: 'arg0' }] })],
    ['a flow without a target', modelOf({ flows: [['arg0']] })],
    ['a flow into something made anew', modelOf({ flows: [['arg0', 'fresh Array']] })],
    ['a fresh thing of no type', modelOf({ returns: 'fresh' })],
    ['a text for a truth value', modelOf({ isAsync: 'yes' })],
    ['an object with effects', modelOf({ object: 'Data', reads: [] })],
    ['an entry without a name', { modules: { acme: { '': {} } } }],
    ['a brace that does not close', { globals: { 'Math.{abs': {} } }],
    ['a method without a type', { methods: { '#get': {} } }],
    ['a method that is named like a property', { methods: { 'Store.get': {} } }],
    ['a type with an unknown key', { types: { Store: { open: true } } }],
    ['an unknown section', { functions: {} }],
    ['a list', []],
    ['nothing', null],
  ])('%s', (_, file) => {
    expect(isValid(file)).toBe(false);
    const fault = findFault(file);
    expect(fault).toEqual({ path: expect.any(String), message: expect.stringMatching(/^(must|is not)/) });
  });

  test('and say where it is', () => {
    const file = { modules: { '@acme/db': { 'new Store': { calls: [{ callee: 'arg0', when: 'soon' }] } } } };
    expect(findFault(file)).toEqual({
      path: 'modules["@acme/db"]["new Store"].calls[0].when',
      message: 'must be one of "now", "continuation", "timer", "listener", "route"',
    });
  });
});
