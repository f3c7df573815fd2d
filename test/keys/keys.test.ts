/** By which keys a handler holds a container, and why it does not: one small program for each condition. */
import { describe, expect, test } from '@jest/globals';
import { textOf } from '../../src/keys/expression.js';
import { planOf } from '../serializability/compile.js';

const SHARED = `const { randomUUID } = require('node:crypto');
const { setTimeout: pause } = require('node:timers/promises');
const map = new Map();
const other = new Map();
const set = new Set();
const table = {};
const config = { prefix: 'a' };
let count = 0;
const PREFIX = 'pad:';
const get = key => map.get(key);
const put = (key, value) => { map.set(key, value); };
const own = key => \`own-\${key}\`;
const pad = key => \`\${PREFIX}\${key}\`;
const pair = (a, b) => \`\${a}/\${b}\`;
const alter = (object, name) => { object[name] = 1; };
class Visit { constructor(from, to) { this.from = from; if (to) this.to = to; } }
class Late extends Visit { constructor(from, to) { super(from, to); this.later = to; } }
class Job {
  constructor(key) { this.key = key; }
  async run() { get(this.key); await pause(1); put(this.key, 1); }
}
class Early {
  constructor(key) { this.run(); this.key = key; }
  async run() { get(this.key); await pause(1); put(this.key, 1); }
}
class Same { constructor(key) { this.key = key; return config; } }
`;

/** What \`handler\` holds of the container that is named. Another handler accesses single keys of all of them. */
function heldBy(handler: string, container = 'map'): string {
  const code = `${SHARED}
exports.handler = ${handler};
exports.other = async id => {
  const before = map.get(id) ?? other.get(id) ?? set.has(id) ?? table[id];
  await pause(1);
  map.set(id, before);
  other.set(id, before);
  set.add(id);
  table[id] = before;
};`;
  const planned = planOf(code).handlers.find(({ id }) => id === 'main.js#handler');
  const held = planned?.classes.find(one => one.class === `main.js#${container}[]`);
  if (!held) return 'nothing';
  return held.keys
    ? held.keys.map(textOf).join(', ').replaceAll('${', '{')
    : (held.notKeyed?.reason ?? 'the whole');
}

describe('known keys', () => {
  test.each([
    ['a parameter', 'async id => { map.get(id); await pause(1); map.set(id, 1); }', 'id'],
    [
      'a property',
      'async req => { map.get(req.params.id); await pause(1); map.delete(req.params.id); }',
      'req.params.id',
    ],
    ['a part of a parameter', 'async ({ id }) => { map.has(id); await pause(1); map.set(id, 1); }', 'id'],
    [
      'a constant that is there before',
      'async req => { const id = Number(req.id); const x = map.get(id); await pause(1); map.set(id, x); }',
      'id',
    ],
    [
      'a constant that is there too late, of what is there before',
      'async req => { map.get(req.id); const { id } = req; await pause(1); map.set(id, 1); }',
      'req.id',
    ],
    ['through functions', 'async id => { const x = get(id); await pause(1); put(id, x); }', 'id'],
    ['in two places', 'async (a, b) => { const x = get(a); await pause(1); put(b, x); }', 'a, b'],
    ['a text', 'async id => { get(pad(id)); await pause(1); put(pad(id), 1); }', '`pad:{id}`'],
    [
      'a sum of texts',
      "async id => { get('pad:' + id); await pause(1); put('pad:' + id, 1); }",
      '`pad:{id}`',
    ],
    [
      'what a function makes of one',
      'async id => { get(own(id)); await pause(1); put(own(id), 1); }',
      '`own-{id}`',
    ],
    ['a literal', 'async () => { map.get("all"); await pause(1); map.set("all", 1); }', '"all"'],
    [
      'from inside a callback',
      'async (id, ns) => { map.get(id); await pause(1); ns.forEach(n => map.set(id, n)); }',
      'id',
    ],
    [
      'a part of an object that the task makes',
      'async (id, name) => { const user = { id, name }; get(id); await pause(1); put(user.id, user); }',
      'id, user.id',
    ],
    [
      'a text of two',
      'async (a, b) => { get(pair(a, b)); await pause(1); put(pair(a, b), 1); }',
      '`{a}/{b}`',
    ],
    [
      'a text of two that has a name',
      'async req => { const key = pair(req.a, req.b); get(key); await pause(1); put(pair(req.a, req.b), 1); }',
      '`{req.a}/{req.b}`, key',
    ],
    ['a part of an object whose method is called', 'async id => { await new Job(id).run(); }', 'id'],
    ['a default', 'async (a, id = "x") => { get(id); await pause(1); put(id, 1); }', 'id'],
    ['this', 'async function () { map.get(this.id); await pause(1); map.set(this.id, 1); }', 'this.id'],
    ['of a sync handler', 'id => { map.set(id, 1); }', 'id'],
  ])('%s', (_, handler, expected) => {
    expect(heldBy(handler)).toBe(expected);
  });

  test.each([
    ['set', 'async id => { const had = set.has(id); await pause(1); if (!had) set.add(id); }', 'id'],
    ['table', 'async id => { table[id] ??= 0; await pause(1); table[id] += 1; }', 'id'],
    ['table', 'async id => { if (id in table) await pause(1); delete table[id]; }', 'id'],
    ['table', 'async id => { table.total = table[id]; await pause(1); table[id] = 0; }', '"total", id'],
  ])('of a %s', (container, handler, expected) => {
    expect(heldBy(handler, container)).toBe(expected);
  });
});

/** Objects of the task that are put together of others, and of which a part is the key. */
describe('a part of what the task makes', () => {
  const held = (draft: string, key: string, before = ''): string =>
    heldBy(
      `async (id, name, req) => { get(id); ${before} await pause(1); const made = ${draft}; put(${key}, 1); }`,
    );

  test.each([
    ['of several', '{ id, name }', 'pair(made.id, made.name)', '`{id}/{name}`, id'],
    ['copied', '{ ...{ id }, n: 1 }', 'made.id', 'id'],
    [
      'copied from one that is handed on',
      '{ ...draft, n: 1 }',
      'made.id',
      'id',
      'const draft = { id, name };',
    ],
    ['copied over', '{ id, ...{ id: name } }', 'made.id', 'id, name'],
    ['copied and replaced', '{ ...req, id }', 'made.id', 'id'],
    ['not in what is copied', '{ id, ...{ name } }', 'made.id', 'id'],
    ['a constant', '{ id: "all" }', 'made.id', '"all", id'],
    ['a text', '{ id: "own-" + id }', 'made.id', '`own-{id}`, id'],
    ['made by a function', 'make(id)', 'made.key', 'id', 'const make = key => ({ key });'],
    ['made by a class', 'new Visit(id)', 'made.from', 'id'],
    ['made by a class that adds to another', 'new Late(id, name)', 'made.later', 'id, name'],
  ])('%s', (_, draft, key, expected, before = '') => {
    expect(held(draft, key, before)).toBe(expected);
  });

  test.each([
    ['of what is left of an object', 'rest(req)', 'made.id', 'const rest = ({ name, ...others }) => others;'],
    ['that may be inherited where it was copied from', '{ ...req, n: 1 }', 'made.id'],
    ['that all objects have', '{ ...{ id }, n: 1 }', 'made.constructor'],
    ['under a computed name', '{ id, [name]: name }', 'made.id'],
    ['of one with another prototype', '{ __proto__: req, ...{ id } }', 'made.id'],
    ['that is copied over by what is not known', '{ id, ...req }', 'made.id'],
    [
      'that changes in what is copied',
      '{ ...draft }',
      'made.id',
      'const draft = { id }; alter(draft, name);',
    ],
    ['that a class does not always have', 'new Visit(id, name)', 'made.to'],
    ['that a class has from another', 'new Late(id, name)', 'made.from'],
    ['of another object that a class gives', 'new Same(id)', 'made.key'],
    ['of one that anybody may change', '{ id }', 'made.id', 'unknown(() => alter(made, name));'],
  ])('%s is not known', (_, draft, key, before = '') => {
    expect(held(draft, key, before)).toBe('unknown-key');
  });

  test('of what came as JSON, which has nothing but what is its own', () => {
    const code = `const app = require('express')();
const { setTimeout: pause } = require('node:timers/promises');
const map = new Map();
app.post('/', async (req, res) => {
  map.get(req.body.id);
  await pause(1);
  const made = { ...req.body, at: 1 };
  map.set(made.id, made);
  res.end();
});`;
    expect(planOf(code).handlers[0]?.classes[0]?.keys?.map(textOf)).toEqual(['req.body.id']);
  });
});

describe('the whole', () => {
  test.each([
    [
      'iteration',
      'async id => { get(id); await pause(1); for (const [k] of map) put(id, k); }',
      'whole-access',
    ],
    ['its size', 'async id => { get(id); await pause(1); put(id, map.size); }', 'whole-access'],
    ['clear', 'async id => { get(id); await pause(1); map.clear(); }', 'whole-access'],
    [
      'a parameter that is assigned to',
      'async (id, b) => { get(id); await pause(1); id = b; put(id, 1); }',
      'unknown-key',
    ],
    [
      'one that a function inside assigns to',
      'async (id, b) => { get(id); const f = () => { id = b; }; await pause(1); f(); put(id, 1); }',
      'unknown-key',
    ],
    [
      'a property that is assigned to',
      'async (req, b) => { get(req.id); req.id = b; await pause(1); put(req.id, 1); }',
      'unknown-key',
    ],
    [
      'a property that a function assigns to',
      'async (req, b) => { get(req.id); change(req, b); await pause(1); put(req.id, 1); }; function change(r, b) { r.id = b; }',
      'unknown-key',
    ],
    [
      'a property of what all can see and some change',
      'async id => { get(config.prefix); config.prefix = id; await pause(1); put(config.prefix, 1); }',
      'unknown-key',
    ],
    [
      'a property of what others are handed',
      'async req => { get(req.id); unknown(req); await pause(1); put(req.id, 1); }',
      'unknown-key',
    ],
    [
      'what is computed inside',
      'async id => { const next = get(id); await pause(1); put(next, 1); }',
      'unknown-key',
    ],
    [
      'a part of an object that is not complete',
      'async id => { get(id); await pause(1); new Early(id); }',
      'unknown-key',
    ],
    [
      'a part of the objects whose method is called, of which one is found',
      'async id => { const job = get(id) ?? new Job(id); await job.run(); }',
      'unknown-key',
    ],
    [
      'one of several values',
      'async (a, b) => { const id = a ? a : "x"; get(id); await pause(1); put(b || a, 1); }',
      'unknown-key',
    ],
    [
      'elements of a list',
      'async ids => { for (const id of ids) get(id); await pause(1); for (const id of ids) put(id, 1); }',
      'unknown-key',
    ],
    [
      'a name that means another variable there',
      'async id => { await pause(1); { const id = 1; get(1); await pause(1); put(id, 2); } get(id); }',
      'unknown-key',
    ],
    [
      'what a `var` holds before its declaration',
      'async a => { get(id); await pause(1); var id = a; put(id, 1); }',
      'unknown-key',
    ],
    [
      'arguments of sloppy functions',
      'async function (id) { get(id); arguments[0] = 1; await pause(1); put(id, 1); }',
      'unknown-key',
    ],
    [
      'what another task has captured',
      'async id => { get(id); kept = () => put(id, 1); await pause(1); kept(); }; let kept = () => {}',
      'unknown-key',
    ],
    [
      'a recursive function',
      'async function handler(id, n) { get(id); await pause(1); put(id, 1); if (n > 0) await handler(n, n - 1); }',
      'unknown-key',
    ],
    [
      'too many',
      'async (a, b, c, d, e) => { put(a, get(b)); await pause(1); put(c, get(d)); put(e, 1); }',
      'many-keys',
    ],
  ])('%s', (_, handler, expected) => {
    expect(heldBy(handler)).toBe(expected);
  });

  test('where keys would keep nobody apart', () => {
    const code = `${SHARED}
exports.handler = async id => { get(id); await pause(1); put(id, map.size); };
exports.look = id => get(id);`;
    const [handler, look] = planOf(code).handlers;
    expect(handler?.classes).toEqual([{ class: 'main.js#map[]', mode: 'update' }]);
    expect(look?.classes).toEqual([{ class: 'main.js#map[]', mode: 'shared' }]);
  });
});

test('containers are one class only if they are accessed by the same keys', () => {
  const code = `${SHARED}
exports.handler = async (a, b) => {
  const x = [map.get(a), other.get(a), table[b]];
  await pause(1);
  map.set(a, x);
  other.set(a, x);
  table[b] = x;
};`;
  expect(planOf(code).classes.map(({ resources }) => resources)).toEqual([
    ['main.js#map[]', 'main.js#other[]'],
    ['main.js#table[]'],
  ]);
});

describe('fresh keys', () => {
  test.each([
    [
      'an identifier',
      'async v => { get(v); await pause(1); const id = randomUUID(); put(id, v); put(v, id); }',
      'v',
    ],
    ['alone', 'async v => { count += v; await pause(1); put(randomUUID(), v); count += v; }', ''],
    [
      'in an object',
      'async v => { get(v); await pause(1); const user = { id: randomUUID(), v }; put(user.id, user); put(v, user); }',
      'v',
    ],
    [
      'an object',
      'async v => { get(v); await pause(1); const user = { v }; put(user, v); put(v, user); }',
      'v',
    ],
    [
      'after a suspension',
      'async v => { get(v); const id = randomUUID(); await pause(1); put(id, v); put(v, id); }',
      'unknown-key',
    ],
    [
      'in a function that suspends',
      'async v => { get(v); const id = randomUUID(); await late(id); put(v, id); }; async function late(id) { await pause(1); put(id, 1); }',
      'unknown-key',
    ],
    [
      'that is used again',
      'async v => { get(v); const id = randomUUID(); put(id, v); await pause(1); put(id, v); put(v, id); }',
      'unknown-key',
    ],
    [
      'of the last turn of a loop',
      'async vs => { let id; for (const v of vs) { if (id) put(id, v); await pause(1); id = randomUUID(); } }',
      'unknown-key',
    ],
  ])('%s', (_, handler, expected) => {
    expect(heldBy(handler)).toBe(expected);
  });

  test('an object as a name of a property is not one', () => {
    const handler =
      'async v => { table[v]; await pause(1); const user = { v }; table[user] = v; table[v] = user; }';
    expect(heldBy(handler, 'table')).toBe('unknown-key');
  });
});
