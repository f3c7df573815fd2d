/**
 * Containers that are filled when modules evaluate, out of lists and data: by which keys a handler holds what it finds in them.
 * One small program for each way to fill one, and for each that looks alike.
 */
import { expect, test } from '@jest/globals';
import { textOf } from '../../src/keys/expression.js';
import { planOf } from '../serializability/compile.js';

/** By what a handler holds the field of an object that it finds by a key. */
function heldBy(found: string, ...lines: string[]): string {
  const code = `const { setTimeout: pause } = require('node:timers/promises');
const { readFileSync } = require('node:fs');
${lines.join('\n')}
exports.handler = async id => {
  const found = ${found};
  const { n } = found;
  await pause(1);
  found.n = n + 1;
};`;
  const { classes, handlers } = planOf(code);
  // Of objects that are accessed by computed names, all fields are one.
  const name = classes.find(({ resources }) =>
    resources.some(one => /\.n$|(?:object|list\[\])\[\]$/.test(one)),
  )?.name;
  const held = handlers.find(({ id }) => id === 'main.js#handler')?.classes.find(one => one.class === name);
  if (!held) return 'nothing';
  const keys = held.keys?.map(textOf).join(', ') ?? 'all';
  return keys === '"n"' ? 'all' : keys;
}

const LIST = "const list = [{ id: 'a', name: 'x', n: 0 }, { id: 'b', name: 'y', n: 0 }];";
const JSON_LIST = "const list = JSON.parse(readFileSync('list.json', 'utf8'));";

test.each([
  ['entries', 'map.get(id)', "const map = new Map([['a', { n: 0 }], ['b', { n: 0 }]]);"],
  [
    'entries that have names',
    'map.get(id)',
    "const entries = [['a', { n: 0 }]]; const map = new Map(entries);",
  ],
  ['entries that are made', 'map.get(id)', "const map = new Map(['a', 'b'].map(id => [id, { n: 0 }]));"],
  [
    'entries of instances',
    'map.get(id)',
    "class A { n = 0; } const map = new Map(['a'].map(id => [id, new A()]));",
  ],
  [
    'an object of entries',
    'table[id]',
    "const table = Object.fromEntries(['a', 'b'].map(id => [id, { n: 0 }]));",
  ],
  ['a literal', 'table[id]', 'const table = { a: { n: 0 } };'],
  ['a list by a property', 'map.get(id)', LIST, 'const map = new Map(list.map(one => [one.id, one]));'],
  [
    'a list in a loop',
    'map.get(id)',
    LIST,
    'const map = new Map(); for (const one of list) map.set(one.id, one);',
  ],
  [
    'a list by a callback',
    'map.get(id)',
    LIST,
    'const map = new Map(); list.forEach(one => { map.set(one.id, one); });',
  ],
  [
    'a list by a constant',
    'map.get(id)',
    LIST,
    'const map = new Map(); for (const one of list) { const key = one.id; map.set(key, one); }',
  ],
  [
    'a list that is searched, too',
    '(id ? map.get(id) : list.find(one => one.id === id))',
    LIST,
    'const map = new Map(list.map(one => [one.id, one]));',
  ],
  ['data', 'list.find(one => one.id === id)', JSON_LIST],
  [
    'data in a loop',
    'list.find(one => one.id === id)',
    "const list = []; for (const one of JSON.parse(readFileSync('a'))) list.push(one);",
  ],
  [
    'data by a property',
    'map.get(id)',
    JSON_LIST,
    'const map = new Map(); for (const one of list) map.set(one.id, one);',
  ],
])('%s', (_, found, ...lines) => {
  expect(heldBy(found, ...lines)).toBe('id');
});

test.each([
  [
    'two entries for one object',
    'map.get(id)',
    "const one = { n: 0 }; const map = new Map([['a', one], ['b', one]]);",
  ],
  [
    'entries for one object',
    'map.get(id)',
    "const one = { n: 0 }; const map = new Map(['a', 'b'].map(id => [id, one]));",
  ],
  [
    'two entries for each of a list',
    'map.get(id)',
    LIST,
    'const map = new Map(list.flatMap(one => [[one.id, one], [one.name, one]]));',
  ],
  [
    'entries whose keys change',
    'map.get(id)',
    "const entries = [['a', { n: 0 }]]; let map = new Map(entries); exports.turn = id => { entries[0][0] = id; map = new Map([...entries, ...map]); };",
  ],
  [
    'entries that are filled later',
    'map.get(id)',
    "const entry = ['a', { n: 0 }], other = ['b', { n: 0 }]; other[1] = entry[1]; const map = new Map([entry, other]);",
  ],
  [
    'entries and more',
    'map.get(id)',
    "const map = new Map([['a', { n: 0 }]]); exports.alias = (a, b) => { map.set(b, map.get(a)); };",
  ],
  [
    'a list by a property that changes',
    'map.get(id)',
    LIST,
    'const map = new Map(list.map(one => [one.id, one])); exports.rename = (a, b) => { map.get(a).id = b; };',
  ],
  [
    'a list by what is computed',
    'map.get(id)',
    LIST,
    'const map = new Map(list.map(one => [one.id + one.name, one]));',
  ],
  [
    'a list by a property of the next',
    'map.get(id)',
    LIST,
    'const map = new Map(list.map((one, i) => [list[i + 1].id, one]));',
  ],
  [
    'a list by a property of the last',
    'map.get(id)',
    LIST,
    'const map = new Map(); let last = list[0]; for (const one of list) { const key = last.id; last = one; map.set(key, last); }',
  ],
  [
    'a list by two properties',
    'map.get(id)',
    LIST,
    'const map = new Map(); for (const one of list) { map.set(one.id, one); map.set(one.name, one); }',
  ],
  [
    'data by a property that changes',
    'list.find(one => one.id === id)',
    JSON_LIST,
    'exports.rename = (a, b) => { list[a].id = b; };',
  ],
  [
    'data of which any may change',
    'list.find(one => one.id === id)',
    JSON_LIST,
    'exports.rename = (a, b) => { Object.assign(list[0], { [a]: b }); };',
  ],
  ['data by position', 'list[id]', JSON_LIST],
])('%s: all', (_, found, ...lines) => {
  expect(heldBy(found, ...lines)).toBe('all');
});

test('an object is told apart by the property by which most look for it', () => {
  const code = `const { setTimeout: pause } = require('node:timers/promises');
const list = [];
const byName = new Map();
exports.add = (id, name) => { const one = { id, name, n: 0 }; list.push(one); byName.set(one.name, one); };
exports.byId = async id => { const one = list.find(one => one.id === id); const { n } = one; await pause(1); one.n = n + 1; };
exports.named = async name => { const one = byName.get(name); const { n } = one; await pause(1); one.n = n + 1; };
exports.twice = async id => { const one = list.find(one => one.id === id); const { n } = one; await pause(1); one.n = n + n; };`;
  const keysOf = (id: string) =>
    planOf(code)
      .handlers.find(handler => handler.id === `main.js#${id}`)
      ?.classes.find(held => held.class.endsWith('.n'))
      ?.keys?.map(textOf) ?? 'all';
  expect(['byId', 'twice', 'named'].map(keysOf)).toEqual([['id'], ['id'], 'all']);
});
