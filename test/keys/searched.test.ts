/**
 * Lists that are searched by a property of their elements: by which keys a handler holds the list, and what it finds there.
 * One small program for each way to search, to add and to change, and for each that looks alike.
 */
import { describe, expect, test } from '@jest/globals';
import { textOf } from '../../src/keys/expression.js';
import { planOf } from '../serializability/compile.js';

/**
 * What `handler` holds of the list, and of the fields `n` of what is in it, in the program made of `lines`. Others look for
 * elements, change them, and add some, by keys.
 */
function heldBy(handler: string, ...lines: string[]): string {
  const code = `const { setTimeout: pause } = require('node:timers/promises');
const { randomUUID } = require('node:crypto');
const map = new Map();
const list = [];
${lines.join('\n')}
exports.add = async id => {
  if (list.some(one => one.id === id)) return;
  await pause(1);
  list.push({ id, n: 0, log: [] });
};
exports.change = async id => {
  const found = list.find(one => one.id === id);
  const before = found.n + found.log.length;
  await pause(1);
  found.n = before + 1;
  found.log.push(before);
};
exports.handler = ${handler};`;
  const planned = planOf(code).handlers.find(({ id }) => id === 'main.js#handler');
  const partOf = (name: string): string => {
    const held = planned?.classes.find(one => one.class === `main.js#${name}`);
    if (!held) return 'nothing';
    return held.keys ? held.keys.map(textOf).join(', ') : (held.notKeyed?.reason ?? 'all');
  };
  return `${partOf('list[]')}; ${partOf('add.object.n')}`;
}

const change = (search: string): string =>
  `async (id, other) => { ${search} const { n } = found; await pause(1); found.n = n + 1; }`;

describe('found', () => {
  test.each([
    ['by a function', change('const found = list.find(one => one.id === id);'), 'id; id'],
    ['the other way round', change('const found = list.find(one => id === one.id);'), 'id; id'],
    [
      'by a function with braces',
      change('const found = list.find(function (one) { return one.id === id; });'),
      'id; id',
    ],
    ['by a part', change('const found = list.find(({ id: own }) => own === id);'), 'id; id'],
    ['if there is one', change('const found = list.find(one => one?.id === id);'), 'id; id'],
    ['from the end', change('const found = list.findLast(one => one.id === id);'), 'id; id'],
    ['and more', change('const found = list.find(one => one.id === id && one.n > 0);'), 'id; id'],
    [
      'in a loop',
      'async id => { for (const one of list) if (one.id === id) { await pause(1); one.n++; return; } }',
      'id; id',
    ],
    [
      'in the rest of a loop',
      'async id => { for (const one of list) { if (one.id !== id || one.n > 9) continue; await pause(1); one.n++; } }',
      'id; id',
    ],
    [
      'by a helper',
      change('const found = find(id);').replace(
        ';',
        '; function find(key) { for (const one of list) if (one.id === key) return one; } ',
      ),
      'id; id',
    ],
    ['by a property', change('const found = list.find(one => one.id === other.id);'), 'other.id; other.id'],
    [
      'several',
      'async id => { const all = list.filter(one => one.id === id); await pause(1); for (const one of all) one.n++; return all; }',
      'id; id',
    ],
    [
      'one of several',
      'async id => { const [one] = list.filter(each => each.id === id); await pause(1); one.n = list.find(each => each.id === id).n; }',
      'id; id',
    ],
    [
      'by two keys',
      'async (a, b) => { const x = list.find(one => one.id === a); await pause(1); x.n += list.find(one => one.id === b).n; }',
      'a, b; a, b',
    ],
    [
      'or only asked for',
      'async id => { const had = list.some(one => one.id === id); await pause(1); return had && list.some(one => one.id === id); }',
      'id; nothing',
    ],
    [
      'by a key that is not known',
      change('const found = list.find(one => one.id === map.get(id));'),
      'whole-access; unknown-key',
    ],
    [
      'by what is computed before',
      'async id => { list.some(one => one.id === id); const key = await pause(1, id); const found = list.find(one => one.id === key); await pause(1); found.n++; }',
      'unknown-key; unknown-key',
    ],
    [
      'by another property',
      change('const found = list.find(one => one.n === id);'),
      'whole-access; unknown-key',
    ],
    [
      'by one of two properties',
      change('const found = list.find(one => one.id === id || one.n === other);'),
      'whole-access; unknown-key',
    ],
    ['by inequality', change('const found = list.find(one => one.id !== id);'), 'whole-access; unknown-key'],
    ['loosely', change('const found = list.find(one => one.id == id);'), 'whole-access; unknown-key'],
    [
      'at a position',
      change('const found = list.find((one, i) => one.id === id && i < 3);'),
      'whole-access; unknown-key',
    ],
    [
      'with a look at another',
      change('const found = list.find(one => one.id === list[0].id);'),
      'whole-access; unknown-key',
    ],
    [
      'by a function that does more',
      change('const found = list.find(one => { map.set(one.id, 1); return one.id === id; });'),
      'whole-access; unknown-key',
    ],
    [
      'by a function that does more first',
      change('const found = list.find(one => map.set(one.id, 1) && one.id === id);'),
      'whole-access; unknown-key',
    ],
    [
      'by an async function, which says yes to all',
      change('const found = list.find(async one => one.id === id);'),
      'whole-access; unknown-key',
    ],
    [
      'as an index',
      change('const found = list[list.findIndex(one => one.id === id)];'),
      'whole-access; unknown-key',
    ],
    [
      'in a loop that does more',
      'async id => { for (const one of list) { map.set(1, 1); if (one.id === id) { await pause(1); one.n++; } } }',
      'whole-access; unknown-key',
    ],
    [
      'in a loop that does more otherwise',
      'async id => { for (const one of list) if (one.id === id) { await pause(1); one.n++; } else map.set(1, 1); }',
      'whole-access; unknown-key',
    ],
    [
      'in a loop that does more afterwards',
      'async id => { for (const one of list) { if (one.id === id) { await pause(1); one.n++; } one.n++; } }',
      'whole-access; unknown-key',
    ],
    [
      'in a loop that takes elements apart',
      'async id => { let sum = 0; for (const { id: own, n } of list) if (own === id) { await pause(1); sum += n; } return sum; }',
      'whole-access; unknown-key',
    ],
    [
      'in a loop whose last element is kept',
      'async id => { var one; for (one of list) if (one.id === id) await pause(1); one.n++; }',
      'whole-access; unknown-key',
    ],
  ])('%s', (_, handler, expected) => {
    expect(heldBy(handler)).toBe(expected);
  });
});

describe('the list is accessed', () => {
  const accesses = (what: string, ...lines: string[]): string =>
    heldBy(
      `async (id, other) => { list.some(one => one.id === id); await pause(1); ${what} }`,
      ...lines,
    ).split(';')[0] as string;

  test.each([
    ['by adding', 'list.push({ id, n: 1 });', 'id'],
    ['by adding two', 'list.push({ id, n: 1 }, { id: other, n: 1 });', 'id, other'],
    ['by adding copies', 'list.push({ n: 1, ...{ id } });', 'id'],
    ['by a helper', 'add({ id });', 'id', 'const add = made => { list.push(made); };'],
    [
      'by adding an instance',
      'list.push(new One(id));',
      'id',
      'class One { constructor(id) { this.id = id; } }',
    ],
    ['by adding under a new key', 'list.push({ id: randomUUID() });', 'id'],
    ['by adding under no known key', 'list.push({ id: map.get(id) });', 'unknown-key'],
    ['by adding what was found elsewhere', 'list.push(map.get(id));', 'unknown-key'],
    ['by adding many', 'list.push(...other.map(id => ({ id })));', 'whole-access'],
    ['by adding in front', 'list.unshift({ id });', 'whole-access'],
    ['by its length', 'return list.length;', 'whole-access'],
    ['by an index', 'return list[0];', 'whole-access'],
    ['by removing', 'list.splice(list.findIndex(one => one.id === id), 1);', 'whole-access'],
    ['by taking the last', 'return list.pop();', 'whole-access'],
    ['by going through all', 'for (const one of list) map.set(one.id, one);', 'whole-access'],
    [
      'by adding several times',
      'list.push({ id }); await pause(1); list.push({ id: other });',
      'scattered-additions',
    ],
    [
      'by adding again and again',
      'for (const each of other) { list.push({ id }); await pause(each); }',
      'scattered-additions',
    ],
    ['by adding one after another', 'list.push({ id }); list.push({ id: other });', 'id, other'],
    [
      'by adding beside another list',
      'list.push({ id }); await pause(1); more.push({ id });',
      'scattered-additions',
      'const more = []; exports.more = async id => { if (more.some(one => one.id === id)) return; await pause(1); more.push({ id }); };',
    ],
  ])('%s', (_, what, expected, ...lines) => {
    expect(accesses(what, ...lines)).toBe(expected);
  });
});

describe('elements', () => {
  const handler = change('const found = list.find(one => one.id === id);');

  test.each([
    [
      'whose property changes',
      'exports.other = (a, b) => { list.find(one => one.id === a).id = b; };',
      'all; all',
    ],
    [
      'of which any property may change',
      'exports.other = (name, b) => { for (const one of list) one[name] = b; };',
      'all; nothing',
    ],
    [
      'that are assigned to',
      'exports.other = (a, b) => { Object.assign(list.find(one => one.id === a), b); };',
      'all; nothing',
    ],
    ['that lose it', 'exports.other = a => { delete list.find(one => one.id === a).id; };', 'all; all'],
    [
      'that compute it',
      'class One { n = 0; log = []; get id() { return this.n; } } exports.other = () => { list.push(new One()); };',
      'all; all',
    ],
    [
      'that are handed to who may do anything',
      "const strange = require('strange'); exports.other = a => strange(list.find(one => one.id === a));",
      'all; all',
    ],
    [
      'that who may do anything can find',
      "const strange = require('strange'); exports.other = a => { strange.one = list.find(one => one.id === a); };",
      'all; all',
    ],
    // Of these, it is others that may change.
    [
      'that inherit it from what changes, among others',
      'class One { n = 0; log = []; } exports.other = id => { One.prototype.id = id; list.push(new One()); };',
      'all; id',
    ],
    ['that requests bring along, among others', 'exports.other = made => { list.push(made); };', 'all; id'],
    [
      'that have it from a constructor, among others',
      'class One { n = 0; log = []; constructor(id) { this.id = id; } } exports.other = id => { list.push(new One(id)); };',
      'id; id',
    ],
  ])('%s', (_, line, expected) => {
    expect(heldBy(handler, line)).toBe(expected);
  });
});

test('what is owned by what was found has its key', () => {
  const log = `async id => { const { log } = list.find(one => one.id === id); const { length } = log; await pause(1); log.push(length); }`;
  const code = `const { setTimeout: pause } = require('node:timers/promises');
const list = [];
exports.add = id => { list.push({ id, log: [] }); };
exports.handler = ${log};
exports.all = async () => { await pause(1); return list; };`;
  const keysOf = (id: string) =>
    planOf(code)
      .handlers.find(handler => handler.id === `main.js#${id}`)
      ?.classes.find(held => held.class.endsWith('log[]'))
      ?.keys?.map(textOf);
  expect(keysOf('handler')).toEqual(['id']);
  expect(keysOf('all')).toBeUndefined();
});
