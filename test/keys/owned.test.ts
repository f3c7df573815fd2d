/**
 * Objects that a container owns: by which keys a handler holds their fields, and what makes it hold those of all. One small
 * program for each way in which an object may come into a container, and be found there.
 */
import { describe, expect, test } from '@jest/globals';
import { textOf } from '../../src/keys/expression.js';
import { planOf } from '../serializability/compile.js';

/**
 * What `handler` holds of the fields `n` of the objects in `map`, in the program made of `lines`. Another handler changes the
 * field of the object behind a key.
 */
function heldBy(handler: string, ...lines: string[]): string {
  const code = `const { setTimeout: pause } = require('node:timers/promises');
const map = new Map();
const other = new Map();
const table = {};
${lines.join('\n')}
exports.handler = ${handler};
exports.change = async id => {
  const found = map.get(id) ?? table[id];
  const before = found.n;
  await pause(1);
  found.n = before + 1;
};`;
  const planned = planOf(code).handlers.find(({ id }) => id === 'main.js#handler');
  const held = planned?.classes.filter(one => /(?:\.n|\[\])(?:~\d+)?$/.test(one.class)) ?? [];
  const fields = held.filter(one => !/main\.js#(?:map|other|table)\[\]$/.test(one.class));
  const namesOf = ({ keys }: (typeof fields)[number]): string => keys?.map(textOf).join(', ') ?? 'all';
  // By the name of the field they are held, for all objects.
  return fields.map(one => (namesOf(one) === '"n"' ? 'all' : namesOf(one))).join('; ');
}

const MAKE = 'exports.make = id => { map.set(id, { n: 0 }); };';
const CHANGE = 'async id => { const a = map.get(id); await pause(1); a.n++; }';

describe('found', () => {
  test.each([
    ['in a variable', CHANGE, 'id'],
    ['at once', 'async id => { const n = map.get(id).n; await pause(1); map.get(id).n = n; }', 'id'],
    [
      'by a function',
      'async req => { const a = find(req.id); await pause(1); a.n++; }',
      'req.id',
      'const find = id => { const a = map.get(id); if (!a) throw new Error("none"); return a; };',
    ],
    [
      'by an async function',
      'async req => { const a = await find(req.id); await pause(1); a.n++; }',
      'req.id',
      'const find = async id => { await pause(1); return map.get(id); };',
    ],
    [
      'by two keys',
      'async (a, b) => { const x = map.get(a); await pause(1); x.n--; map.get(b).n++; }',
      'a, b',
    ],
    [
      'by one of two',
      'async (a, b) => { const x = a ? map.get(a) : map.get(b); await pause(1); x.n++; }',
      'a, b',
    ],
    ['or made', 'async id => { const a = map.get(id) ?? { n: 1 }; await pause(1); a.n++; }', 'id'],
    [
      'handed to a function',
      'async id => { await add(map.get(id)); }',
      'id',
      'const add = async a => { await pause(1); a.n++; };',
    ],
    [
      'inside of a callback',
      'async (id, ns) => { const a = map.get(id); await pause(1); ns.forEach(() => a.n++); }',
      'id',
    ],
    [
      'and copied',
      'async id => { const a = { ...map.get(id) }; await pause(1); return a.n + map.get(id).n; }',
      'id',
    ],
    ['and handed out', 'async id => { await pause(1); return map.get(id); }', 'id'],
    ['and handed out in an object', 'async id => { await pause(1); return { found: map.get(id) }; }', 'id'],
    [
      'by a key that is not known',
      'async req => { const a = map.get(await pause(1, req.id)); await pause(1); a.n++; }',
      'all',
      'const key = async req => req.id;',
    ],
    [
      'by going through all',
      'async () => { let n = 0; for (const a of map.values()) n += a.n; await pause(1); return n + map.get(1).n; }',
      'all',
    ],
    [
      'in another container',
      'async id => { const a = other.get(id); await pause(1); a.n++; }',
      'all',
      'exports.share = (x, y) => { other.set(x, map.get(y)); };',
    ],
    [
      'as what is current',
      'async () => { const a = current; await pause(1); a.n++; }',
      'all',
      'let current; exports.select = id => { current = map.get(id); };',
    ],
    [
      'in a list of several',
      'async (a, b) => { const both = [map.get(a), map.get(b)]; await pause(1); both[0].n++; }',
      'all',
    ],
    [
      'as one of too many',
      'async (a, b, c, d, e) => { await pause(1); for (const x of [1]) map.get(a).n = map.get(b).n + map.get(c).n + map.get(d).n + map.get(e).n; await pause(x); }',
      'all',
    ],
    [
      'in a variable that something else assigns',
      'async id => { let a = map.get(id); const f = x => { a = map.get(x); }; await later(f); a.n++; }',
      'all',
      'const later = async f => { f(await pause(1)); };',
    ],
  ])('%s', (_, handler, expected, ...lines) => {
    expect(heldBy(handler, MAKE, ...lines)).toBe(expected);
  });
});

describe('put into it', () => {
  test.each([
    ['at once', MAKE, 'id'],
    ['from a variable', 'exports.make = id => { const a = { n: 0 }; a.id = id; map.set(id, a); };', 'id'],
    [
      'by a function',
      'const put = (id, a) => { map.set(id, a); }; exports.make = id => put(id, { n: 0 });',
      'id',
    ],
    [
      'made by a function',
      'const make = () => ({ n: 0 }); exports.make = id => { map.set(id, make()); };',
      'id',
    ],
    [
      'if it is missing',
      'exports.make = id => { let a = map.get(id); if (!a) { a = { n: 0 }; map.set(id, a); } return 1; };',
      'id',
    ],
    ['while modules evaluate', 'for (const id of [1, 2]) map.set(id, { n: 0 });', 'id'],
    ['each time anew', 'exports.make = async ids => { for (const id of ids) map.set(id, { n: 0 }); };', 'id'],
    ['or put back', 'exports.make = id => { const a = map.get(id) ?? { n: 0 }; map.set(id, a); };', 'id'],
    ['as an object of a class', 'class A { n = 0; } exports.make = id => { map.set(id, new A()); };', 'id'],
    [
      'under two keys',
      'exports.make = (a, b) => { const x = { n: 0 }; map.set(a, x); map.set(b, x); };',
      'all',
    ],
    [
      'under many keys',
      'exports.make = ids => { const x = { n: 0 }; for (const id of ids) map.set(id, x); };',
      'all',
    ],
    [
      'under the next key, too',
      'exports.make = ids => { let x; for (const id of ids) { if (id) x = { n: 0 }; map.set(id, x); } };',
      'all',
    ],
    [
      'again when making one has failed',
      'const make = id => { if (!id) throw 1; return { n: 0 }; }; exports.make = ids => { let x; for (const id of ids) { try { x = make(id); } catch {} map.set(id, x); } };',
      'all',
    ],
    [
      'by a function that is called twice',
      'const put = (id, a) => { map.set(id, a); }; exports.make = (a, b) => { const x = { n: 0 }; put(a, x); put(b, x); };',
      'all',
    ],
    [
      'by a function that is called many times',
      'const put = (id, a) => { map.set(id, a); }; exports.make = ids => { const x = { n: 0 }; for (const id of ids) put(id, x); };',
      'all',
    ],
    [
      'by a function that puts it there twice',
      'const put = (a, b, x) => { map.set(a, x); map.set(b, x); }; exports.make = (a, b) => put(a, b, { n: 0 });',
      'all',
    ],
    [
      'by a callback',
      'exports.make = ids => { const x = { n: 0 }; ids.forEach(id => map.set(id, x)); };',
      'all',
    ],
    [
      'by somebody who borrows the method',
      'exports.make = (a, b) => { const x = { n: 0 }; map.set(a, x); map.set.call(map, b, x); };',
      'all',
    ],
    [
      'by a function that is also called otherwise',
      'const put = (id, a) => { map.set(id, a); }; exports.make = (a, b) => { const x = { n: 0 }; put(a, x); put.apply(null, [b, x]); };',
      'all',
    ],
    ['from where all can find it', 'const x = { n: 0 }; exports.make = id => { map.set(id, x); };', 'all'],
    [
      'always the same',
      'const make = () => one; const one = { n: 0 }; exports.make = id => { map.set(id, make()); };',
      'all',
    ],
    ['and moved', `${MAKE} exports.move = (a, b) => { map.set(b, map.get(a)); map.delete(a); };`, 'all'],
    [
      'and put back elsewhere',
      'exports.make = (a, b) => { const x = map.get(a) ?? { n: 0 }; map.set(b, x); };',
      'all',
    ],
    [
      'and put back by the next key',
      'exports.make = ids => { let x; for (const id of ids) { x ??= { n: 0 }; map.set(id, x); x = map.get(id); } };',
      'all',
    ],
    [
      'and copied with all others',
      `${MAKE} exports.copy = () => { Object.assign(table, Object.fromEntries(map)); };`,
      'all',
    ],
    [
      'and inherited from',
      `${MAKE} const heir = id => Object.create(map.get(id)); exports.inherit = (a, b) => { map.set(b, heir(a)); };`,
      'all',
    ],
    [
      'and handed to who may do anything',
      `${MAKE} const strange = require('strange'); exports.give = () => strange(map);`,
      'all',
    ],
  ])('%s', (_, line, expected) => {
    expect(heldBy(CHANGE, line)).toBe(expected);
  });
});

describe('what is owned by what is owned', () => {
  const within = (handler: string, field: string, ...lines: string[]): string => {
    const code = `const { setTimeout: pause } = require('node:timers/promises');
const map = new Map();
${lines.join('\n')}
exports.handler = ${handler};`;
    const { handlers, classes } = planOf(code);
    const { name } = classes.find(({ resources }) => resources.some(one => one.endsWith(field))) ?? {};
    const handled = handlers.find(({ id }) => id === 'main.js#handler');
    const held = handled?.classes.find(one => one.class === name);
    return held ? (held.keys?.map(textOf).join(', ') ?? 'all') : 'nothing';
  };

  test.each([
    [
      'a list',
      'list[]',
      'async id => { const { list } = map.get(id); await pause(1); list.push(1); }',
      'id',
      'exports.make = id => { map.set(id, { list: [] }); };',
    ],
    [
      'an object',
      '.x',
      'async id => { const { at } = map.get(id); await pause(1); at.x++; }',
      'id',
      'exports.make = id => { map.set(id, { at: { x: 0 } }); };',
    ],
    [
      'a field of a class',
      'list[]',
      'async id => { await map.get(id).add(1); }',
      'id',
      'class A { list = []; async add(x) { await pause(1); this.list.push(x); } } exports.make = id => { map.set(id, new A()); };',
    ],
    [
      'what an accessor gives',
      'list[]',
      'async id => { const { size } = map.get(id); await pause(1); map.get(id).add(size); }',
      'id',
      'class A { list = []; get size() { return this.list.length; } add(x) { this.list.push(x); } } exports.make = id => { map.set(id, new A()); };',
    ],
    [
      'the objects of a list',
      '.n',
      'async id => { const [x] = map.get(id).list; await pause(1); x.n++; }',
      'id',
      'exports.make = id => { map.set(id, { list: [] }); }; exports.add = id => { map.get(id).list.push({ n: 0 }); };',
    ],
    [
      'a list that two share',
      'list[]',
      'async id => { const { list } = map.get(id); await pause(1); list.push(1); }',
      'all',
      'exports.make = (a, b) => { const list = []; map.set(a, { list }); map.set(b, { list }); };',
    ],
    [
      'a list that is handed on',
      'list[]',
      'async id => { const { list } = map.get(id); await pause(1); list.push(1); }',
      'all',
      'exports.make = id => { map.set(id, { list: [] }); }; exports.give = (a, b) => { map.get(a).list = map.get(b).list; };',
    ],
    [
      'a friend',
      '.n',
      'async id => { const a = map.get(id).friend; await pause(1); a.n++; }',
      'all',
      'exports.make = id => { map.set(id, { n: 0, friend: null }); }; exports.meet = (a, b) => { map.get(a).friend = map.get(b); };',
    ],
  ])('%s', (_, field, handler, expected, line) => {
    expect(within(handler, field, line)).toBe(expected);
  });
});
