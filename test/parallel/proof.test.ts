/** Which functions are proven to do the same in another thread, and why the others are not: one small program for each condition. */
import { describe, expect, test } from '@jest/globals';
import { analyzed } from './analyzed.js';

const hash = (body: string, before = ''): string => `import { createHash } from 'node:crypto';
${before}
export async function work(data, options) { 'use parallel'; ${body} }
`;

describe('is proven', () => {
  test.each<[string, string | Record<string, string>]>([
    ['of arguments alone', hash('let n = 0; for (const x of data) n += x; return n;')],
    [
      'of methods of what its arguments may hold',
      hash('return data.items.map(x => x.trim().padEnd(3)).concat(data.readUInt8(), options.at.getTime());'),
    ],
    ['with a module of Node', hash("return createHash('sha256').update(data).digest('hex');")],
    [
      'with what it makes and changes',
      hash(
        'const out = new Map(); const list = []; for (const x of data) { out.set(x, 1); list.push(x); } list.sort(); return { out, list };',
      ),
    ],
    [
      'with functions of the module',
      hash('return twice(data);', 'const twice = x => add(x, x); function add(a, b) { return a + b; }'),
    ],
    [
      'with helpers that write to what they are handed',
      hash(
        'const out = []; put(out, data); return out;',
        'function put(list, x) { list.push(x); list[0] = x; }',
      ),
    ],
    [
      'with constants',
      hash(
        'return data.map(x => TABLE[x] * FACTOR + NAMES.get(x));',
        "const TABLE = [1, 2, 3]; const FACTOR = 2; const NAMES = new Map([['a', 1]]);",
      ),
    ],
    [
      'with a constant that a function makes',
      hash(
        'return TABLE[data & 255];',
        'function make() { const t = new Uint32Array(256); for (let i = 0; i < 256; i++) t[i] = i * i; return t; } const TABLE = make();',
      ),
    ],
    [
      'with a constant and the function that made it',
      hash(
        'const own = make(); return TABLE[data & 255] + own[1];',
        'function make() { const t = new Uint32Array(256); for (let i = 0; i < 256; i++) t[i] = i * i; return t; } const TABLE = make();',
      ),
    ],
    [
      'with a class of its own',
      hash(
        'const s = new Sum(); for (const x of data) s.add(x); return s.total;',
        'class Sum { total = 0; add(x) { this.total += x; } }',
      ),
    ],
    ['with a variable that is never assigned again', hash('return data * factor;', 'let factor = 2;')],
    [
      'with a regular expression that is only replaced by',
      hash("return data.replace(SPACES, ' ');", 'const SPACES = /\\s+/g;'),
    ],
    ['that calls itself', hash('return data > 1 ? data * (await work(data - 1)) : 1;')],
    ['with closures that change its variables', hash('let n = 0; data.forEach(x => { n += x; }); return n;')],
    ['as an arrow function', "export const work = async x => { 'use parallel'; return x * 2; };"],
    ['as a default export', "export default async function (x) { 'use parallel'; return x * 2; }"],
    [
      'that is sync and awaited',
      "function work(x) { 'use parallel'; return x * 2; } export const h = async x => { const y = await work(x); return y; };",
    ],
    [
      'that is sync and returned by an async function',
      "function work(x) { 'use parallel'; return x * 2; } export const h = async x => work(x);",
    ],
    [
      'of functions in other modules',
      {
        'app.js':
          "import { mix } from './mix.js'; export async function work(x) { 'use parallel'; return mix(x); }",
        'mix.js':
          "import * as low from './low.js'; export { TABLE } from './low.js'; export const mix = x => low.step(x) + 1; let count = 0; export const other = () => count++;",
        'low.js': 'export const TABLE = [1]; export const step = x => TABLE[x];',
      },
    ],
    [
      'of functions in CommonJS',
      {
        'app.cjs':
          "const { mix } = require('./mix.cjs'); const all = require('./mix.cjs'); const { createHash } = require('crypto'); exports.work = async x => { 'use parallel'; return createHash('md5').update(mix(x) + all.low(x)).digest(); };",
        'mix.cjs': 'const low = x => x + 1; exports.mix = x => x * 2; module.exports.low = low;',
      },
    ],
    [
      'beside state that it does not touch',
      hash(
        'return put([], data);',
        'const log = []; function put(list, x) { list.push(x); return list; } export const note = x => put(log, x);',
      ),
    ],
    [
      'of copies of arguments',
      hash(
        'const list = [...data].sort(); const other = data.map(x => x + 1); other.reverse(); const entries = Object.entries(options).sort(); const parts = String(options).split(","); parts.push("x"); return [list, other, entries, parts];',
      ),
    ],
    [
      'with an accumulator of its own',
      hash('return data.reduce((sum, x) => { sum[x] = 1; return sum; }, {});'),
    ],
    [
      'with a list that it adds up, and a table that others fill by the same function',
      hash(
        'return data.reduce((all, x) => { all.push(TABLE[x]); return all; }, []).concat(make());',
        'function make() { const t = []; for (let i = 0; i < 9; i++) t.push(i); return t; } const TABLE = make();',
      ),
    ],
    [
      'of a deep copy',
      hash('const own = structuredClone(data); own.items.push(1); own.items[0].x = 2; return own;'),
    ],
    [
      'of frozen constants',
      hash(
        'return LEVELS[data] + LIMITS.top;',
        'const LEVELS = Object.freeze([1, 2]); const LIMITS = Object.freeze({ top: 1 });',
      ),
    ],
    [
      'of objects of Intl',
      hash('return FORMAT.format(data);', "const FORMAT = new Intl.NumberFormat('de');"),
    ],
    [
      'that waits for others',
      hash(
        'const a = await half(data); const b = await Promise.all([half(a), half(1)]); return b;',
        'async function half(x) { return x / 2; }',
      ),
    ],
    [
      'that fails',
      hash("if (!data) throw new Refused('no'); return data;", 'class Refused extends Error {}'),
    ],
    [
      'in TypeScript',
      {
        'app.ts':
          "import type { A } from './a.js'; import { type B, mix } from './a.js'; enum Level { Low = 1, High } interface C { x: number } export const work = async (x: A, y: B): Promise<number> => { 'use parallel'; const c = { x: 1 } as const satisfies C; return mix(x as number) + Level.Low + y! + c.x; };",
        'a.ts':
          'export type A = number; export type B = number; export const mix = (x: number): number => x;',
      },
    ],
    [
      'with a package whose model says so',
      {
        'app.js':
          "import { chunk } from 'lodash'; export async function work(x) { 'use parallel'; return chunk(x, 2); }",
      },
    ],
  ])('%s', (_, program) => {
    const { said, proven } = analyzed(program);
    expect(said).toEqual([]);
    expect(proven).toHaveLength(1);
  });
});

describe('is not proven', () => {
  test.each<[string, string | Record<string, string>, string, RegExp]>([
    [
      'reading a variable that changes',
      hash('return data + count;', 'let count = 0; export const add = () => { count++; };'),
      'parallel-reads-state 3:',
      /`count`, which something is assigned to/,
    ],
    [
      'writing a variable',
      hash('count = data;', 'let count = 0;'),
      'parallel-writes-state 3:',
      /`count`, a variable of the module/,
    ],
    [
      'writing a global variable',
      "export async function work(x) { 'use parallel'; globalThis.last = x; }",
      'parallel-main-thread 1:',
      /`globalThis`/,
    ],
    [
      'reading a map that others change',
      hash(
        'return cache.get(data);',
        'const cache = new Map(); export const put = (k, v) => cache.set(k, v);',
      ),
      'parallel-reads-state 2:',
      /`cache`, but it is changed here \(by way of `cache` at app.js:3:\d+\)/,
    ],
    [
      'reading a list that is filled after its declaration',
      hash('return TABLE[data];', 'const TABLE = []; for (let i = 0; i < 9; i++) TABLE.push(i);'),
      'parallel-reads-state 2:',
      /`TABLE`, but it is changed here/,
    ],
    [
      'writing a constant object',
      hash('seen.add(data); return seen.size;', 'const seen = new Set();'),
      'parallel-writes-state 3:',
      /`seen`, of which every thread has its own/,
    ],
    [
      'writing a property of itself',
      hash('work.calls = data;'),
      'parallel-writes-state 3:',
      /`work`, of which/,
    ],
    [
      'writing state through a helper',
      hash(
        'return note(data);',
        'const log = []; function note(x) { put(log, x); return x; } function put(list, x) { list.push(x); }',
      ),
      'parallel-writes-state 2:',
      /`log`, of which every thread has its own \(by way of `note` at app.js:3:\d+, then `put` at app.js:2:\d+\)/,
    ],
    [
      'a method of an argument that nothing has that crosses',
      hash('return data.items.map(x => x.render());'),
      'parallel-unknown-call 3:',
      /calls `render` of one of its arguments, but what crosses between threads has no such method/,
    ],
    [
      'a request and its response',
      "import { createServer } from 'node:http'; createServer(work); async function work(req, res) { 'use parallel'; res.end(req.url); }",
      'parallel-argument 1:',
      /called from outside of the program, and argument 1 holds a `Request`/,
    ],
    [
      'writing a property of an argument',
      hash('data.done = true;'),
      'parallel-writes-argument 3:',
      /writes to one of its arguments/,
    ],
    [
      'sorting an argument',
      hash('data.sort(); return data;'),
      'parallel-writes-argument 3:',
      /writes to one/,
    ],
    [
      'writing what is in an argument',
      hash('for (const x of data.items) x.seen = true;'),
      'parallel-writes-argument 3:',
      /writes to one/,
    ],
    [
      'writing an element of an argument in a callback',
      hash('data.forEach(x => { x.seen = true; });'),
      'parallel-writes-argument 3:',
      /writes to one/,
    ],
    [
      'filling an argument',
      hash('Object.assign(data, options);'),
      'parallel-writes-argument 3:',
      /writes to one/,
    ],
    [
      'writing an argument that the program hands over',
      "async function work(list) { 'use parallel'; list.push(1); } export const h = async () => { const list = []; await work(list); return list; };",
      'parallel-writes-argument 1:',
      /writes to one/,
    ],
    [
      'this',
      "export async function work(x) { 'use parallel'; return this.factor * x; }",
      'parallel-uses-this 1:',
      /uses `this`/,
    ],
    ['the environment', hash('return process.env.HOME + data;'), 'parallel-main-thread 3:', /`process`/],
    [
      'files',
      "import { readFileSync } from 'node:fs'; export async function work(x) { 'use parallel'; return readFileSync(x); }",
      'parallel-main-thread 1:',
      /`readFileSync`, but `node:fs` works on/,
    ],
    ['a timer', hash('setTimeout(() => {}, data);'), 'parallel-main-thread 3:', /`setTimeout`/],
    [
      'an unknown package',
      "import { parse } from 'acme'; export async function work(x) { 'use parallel'; return parse(x); }",
      'parallel-unknown-call 1:',
      /package `acme` is not known/,
    ],
    ['code in a string', hash('return new Function(data)();'), 'parallel-unknown-call 3:', /`Function`/],
    ['eval', hash('return eval(data);'), 'parallel-main-thread 3:', /`eval`/],
    [
      'a function among the arguments',
      "async function work(f, x) { 'use parallel'; return f(x); } export const h = x => work(y => y + 1, x);",
      'parallel-argument 1:',
      /argument 1 holds the function/,
    ],
    [
      'an object of a class among the arguments',
      "class Cart { total() { return 1; } } async function work(c) { 'use parallel'; return c.items; } export const h = () => work(new Cart());",
      'parallel-argument 1:',
      /an object of the class `Cart`/,
    ],
    ['a function as the result', hash('return () => data;'), 'parallel-result 3:', /returns the function/],
    [
      'an object of a class as the result',
      hash('return new Cart();', 'class Cart { total() { return 1; } }'),
      'parallel-result 3:',
      /an object of the class `Cart`/,
    ],
    [
      'a constant that is random',
      hash('return SALT + data;', 'const SALT = Math.random();'),
      'parallel-constant 2:',
      /`SALT`, but `Math.random` gives something else/,
    ],
    [
      'a constant of the time',
      hash('return START + data;', 'const START = new Date();'),
      'parallel-constant 2:',
      /`START`, but `Date`/,
    ],
    [
      'a constant of the environment',
      hash('return LEVEL + data;', "const LEVEL = process.env.LEVEL ?? '';"),
      'parallel-main-thread 2:',
      /`process`, which .* \(by way of `LEVEL` at app.js:3:\d+\)/,
    ],
    [
      'a constant of a module that waits',
      hash('return T + data;', 'const T = await createHash;'),
      'parallel-main-thread 2:',
      /`await`/,
    ],
    [
      'a variable of a factory',
      hash(
        'return next() + data;',
        'function counter() { let n = 0; return () => ++n; } const next = counter();',
      ),
      'parallel-writes-state 2:',
      /`n`, a variable that `counter` has left behind/,
    ],
    [
      'state of a factory',
      hash(
        'return next(data);',
        'function memo() { const seen = {}; return x => { seen[x] = 1; return seen; }; } const next = memo();',
      ),
      'parallel-writes-state 2:',
      /`next`, of which/,
    ],
    [
      'a regular expression that goes on',
      hash('return WORD.exec(data);', 'const WORD = /\\w+/g;'),
      'parallel-constant 3:',
      /`WORD`, a regular expression that remembers/,
    ],
    [
      'being a generator',
      "export async function* work(x) { 'use parallel'; yield x; }",
      'parallel-form 1:',
      /a generator goes on/,
    ],
    [
      'being a method',
      "export class A { async work(x) { 'use parallel'; return x; } }",
      'parallel-form 1:',
      /a method belongs to an object/,
    ],
    [
      'being inside of a function',
      "export function outer(f) { const work = async x => { 'use parallel'; return x * f; }; return work(1); }",
      'parallel-form 1:',
      /it is made anew/,
    ],
    [
      'a sync value that is used',
      "function work(x) { 'use parallel'; return x * 2; } export const h = x => work(x) + 1;",
      'parallel-not-awaited 1:',
      /its value is used here as it is/,
    ],
    [
      'a sync value in a callback',
      "function work(x) { 'use parallel'; return x * 2; } export const h = xs => xs.map(work);",
      'parallel-not-awaited 1:',
      /what it is handed to/,
    ],
    [
      'deleting a property of an argument',
      hash('delete data.x;'),
      'parallel-writes-argument 3:',
      /writes to one/,
    ],
    [
      'counting up a property of an argument',
      hash('data.n++;'),
      'parallel-writes-argument 3:',
      /writes to one/,
    ],
    [
      'assigning by a pattern',
      hash('[data[0], options] = [data[1], 2];'),
      'parallel-writes-argument 3:',
      /writes to one/,
    ],
    [
      'writing an argument by another name',
      hash('const { items } = data; const list = items; list.push(1);'),
      'parallel-writes-argument 3:',
      /writes to one/,
    ],
    [
      'writing an argument in a helper',
      hash('put(data);', 'function put(x) { x.n = 1; }'),
      'parallel-writes-argument 2:',
      /by way of `put`/,
    ],
    [
      'writing an element of a copied list',
      hash('for (const x of [...data]) x.n = 1;'),
      'parallel-writes-argument 3:',
      /writes to one/,
    ],
    [
      'writing a value of a map',
      hash('for (const [, v] of data) v.n = 1;'),
      'parallel-writes-argument 3:',
      /writes to one/,
    ],
    ['filling a buffer', hash('data.fill(0); return data;'), 'parallel-writes-argument 3:', /writes to one/],
    [
      'filling a known buffer',
      "async function work(b) { 'use parallel'; b.writeUInt8(1, 0); } export const h = async () => { const b = Buffer.alloc(9); await work(b); return b; };",
      'parallel-writes-argument 1:',
      /writes to one/,
    ],
    [
      'writing by `arguments`',
      "export async function work(x) { 'use parallel'; arguments[0].y = 1; }",
      'parallel-writes-argument 1:',
      /writes to one/,
    ],
    [
      'writing a rest parameter',
      "export async function work(...xs) { 'use parallel'; xs[0].y = 1; }",
      'parallel-writes-argument 1:',
      /writes to one/,
    ],
    [
      'state in a class',
      hash(
        'return Ids.take() + data;',
        'class Ids { static next = 0; static take() { return Ids.next++; } }',
      ),
      'parallel-writes-state 2:',
      /`Ids`, of which every thread has its own/,
    ],
    [
      'a class that is added to elsewhere',
      hash('return new Sum().total() + data;', 'class Sum {} Sum.prototype.total = () => 1;'),
      'parallel-reads-state 2:',
      /`Sum`, but it is changed here/,
    ],
    [
      'an alias of what changes',
      hash(
        'return view.length + data;',
        'const base = []; const view = base; export const add = x => base.push(x);',
      ),
      'parallel-reads-state 2:',
      /`base`, but it is changed here \(by way of `view` at app.js:3:\d+, then `base`/,
    ],
    [
      'a constant with a state of its own',
      hash('return HASH.copy().update(data).digest();', "const HASH = createHash('sha1');"),
      'parallel-constant 3:',
      /`HASH`, which holds a `Hash`/,
    ],
    [
      'a promise of the module',
      hash('return (await ready) + data;', 'const ready = load(); async function load() { return 1; }'),
      'parallel-constant 2:',
      /`ready`, which waits for a promise \(by way of `ready`/,
    ],
    [
      'a variable of a block',
      hash('return next() + data;', '{ let n = 0; var next = () => n++; }'),
      'parallel-constant 3:',
      /`next`, which is not declared by a statement of its own/,
    ],
    [
      'a method that is added to arrays',
      hash('return data.last();', 'Array.prototype.last = function () { return this[0]; };'),
      'parallel-main-thread 3:',
      /`last`, which the program adds to a type/,
    ],
    [
      'an export that another module replaces',
      {
        'app.cjs':
          "const mix = require('./mix.cjs'); exports.work = async x => { 'use parallel'; return mix.mix(x); };",
        'mix.cjs': 'exports.mix = x => x;',
        'stub.cjs': "const all = require('./mix.cjs'); all.mix = x => 2;",
      },
      'parallel-reads-state 1:',
      /it is changed here/,
    ],
    [
      'JSON files',
      {
        'app.js':
          "import data from './data.json' with { type: 'json' }; export async function work(x) { 'use parallel'; return data[x]; }",
        'data.json': '{}',
      },
      'parallel-constant 1:',
      /what `.\/data.json` leads to/,
    ],
    ['import.meta', hash('return import.meta.url + data;'), 'parallel-main-thread 3:', /`import.meta`/],
    [
      'a module loaded on demand',
      hash("return import('./x.js');"),
      'parallel-main-thread 3:',
      /`import\(\)`/,
    ],
    [
      'a whole module',
      {
        'app.js':
          "import * as all from './b.js'; export async function work(x) { 'use parallel'; return Object.keys(all).length + x; }",
        'b.js': 'export const a = 1;',
      },
      'parallel-constant 1:',
      /`all`, a module as a whole/,
    ],
    [
      'a variable of another module',
      {
        'app.js':
          "import { a } from './b.js'; export async function work(x) { 'use parallel'; return a + x; }",
        'b.js': 'export let a = 1; export const set = x => { a = x; };',
      },
      'parallel-reads-state 1:',
      /`a`, which something is assigned to/,
    ],
  ])('%s', (_, program, code, message) => {
    const { said, proven } = analyzed(program);
    expect(proven).toEqual([]);
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter(text => text.startsWith(code) && message.test(text))).toHaveLength(1);
  });
});

const HAND = "export async function work(x) { 'use parallel'; ";
const GIVEN = 'export const h = async () => { const b = new Uint8Array(4); await work(b); return b; };';

/** By which more things are reached than the names of the source show. */
describe('is not proven where it comes by something around', () => {
  test.each<[string, string]>([
    [
      'an accumulator that is an argument',
      `${HAND} return x.reduce((a, b) => { a.n = b; return a; }, x[0]); }`,
    ],
    [
      'an accumulator that may be an element',
      `${HAND} return x.reduce((a, b) => { a.n = 1; return b; }, {}); }`,
    ],
    [
      'an accumulator that is the first element',
      `${HAND} return x.reduce((a, b) => { a.n = b; return a; }); }`,
    ],
    [
      'what is found in its own',
      `import { set } from 'lodash'; ${HAND} const own = [x]; set(own, '[0].y', 1); }`,
    ],
    ['what is kept in its own', `${HAND} const own = { x }; own.x.y = 1; }`],
    ['a method that is taken out', `${HAND} const { push } = x; push.call(x, 1); }`],
    ['a method by a computed name', `${HAND} x[x.name](1); }`],
    ['the prototype of an object', `${HAND} ({}).__proto__.y = x; }`],
    ['the constructor of functions', `${HAND} return (() => {}).constructor('return process')(); }`],
    ['a view of an argument', `${HAND} const s = Buffer.from(x); s[0] = 1; return s; }`],
    [
      'the memory of an argument',
      `async function work(a) { 'use parallel'; new DataView(a.buffer).setInt8(0, 1); } ${GIVEN}`,
    ],
    ['a part of an argument', `async function work(a) { 'use parallel'; a.subarray(1).fill(0); } ${GIVEN}`],
    ['a regular expression in an object', `const R = { word: /x/g }; ${HAND} return R.word.test(x); }`],
    ['a regular expression that is made', `const R = new RegExp('x', 'g'); ${HAND} return R.test(x); }`],
    [
      'a regular expression of a helper',
      `const R = /x/g; const has = (r, s) => r.test(s); ${HAND} return has(R, x); }`,
    ],
    [
      'a regular expression that others let go on',
      `const R = /x/g; export const t = s => R.test(s); ${HAND} return [...x.matchAll(R)]; }`,
    ],
    ['the stack of an argument', `${HAND} Error.captureStackTrace(x); }`],
    [
      'a package that has a constant',
      `import { tweak } from 'acme'; const o = { a: 1 }; export const go = () => tweak(o); ${HAND} return o.a + x; }`,
    ],
    ['a package that writes arguments', `import { set } from 'lodash'; ${HAND} return set(x, 'a', 1); }`],
    ['a built-in that the program replaces', `Math.max = () => 1; ${HAND} return Math.max(x, 2); }`],
    ['a built-in that the program adds', `Array.mine = x => x; ${HAND} return Array.mine(x); }`],
    [
      'a method of the language that is replaced',
      `Array.prototype.toString = function () { return ''; }; ${HAND} return String([x]); }`,
    ],
    [
      'a getter with a state',
      `let n = 0; const o = { get next() { return ++n; } }; ${HAND} return o.next + x; }`,
    ],
    [
      'a conversion with a state',
      `const o = { n: 0, toString() { return String(this.n++); } }; ${HAND} return \`\${o}\` + x; }`,
    ],
    [
      'an iterator with a state',
      `const o = { i: 0, [Symbol.iterator]() { return { next: () => ({ done: o.i++ > 3, value: 1 }) }; } }; ${HAND} return [...o]; }`,
    ],
    [
      'a generator that others have',
      `function* all() { let i = 0; while (true) yield i++; } const one = all(); ${HAND} return one.next().value + x; }`,
    ],
    [
      'private state of a class',
      `class C { static #n = 0; static next() { return ++C.#n; } } ${HAND} return C.next() + x; }`,
    ],
    [
      'a cache in a function',
      `function memo(k) { memo.all ??= {}; memo.all[k] = 1; return memo.all[k]; } ${HAND} return memo(x); }`,
    ],
  ])('%s', (_, code) => {
    const { proven, said } = analyzed(code);
    expect(proven).toEqual([]);
    expect(said.filter(text => text.startsWith('parallel-'))).not.toEqual([]);
  });
});

test('a function that nothing calls is told of', () => {
  const { said, proven } = analyzed(
    "async function work(x) { 'use parallel'; return x; } export const a = 1;",
  );
  expect([said, proven]).toEqual([
    [
      'ignored-parallel 1:0: The directive "use parallel" of `work` has no effect: nothing calls the function.',
    ],
    [],
  ]);
});
