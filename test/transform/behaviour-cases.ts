/**
 * Modules that observe themselves: whatever a program can see of its functions must be the same after they
 * have been scheduled. `observe` returns what it saw; it is compared between the source and its transformed
 * form.
 */
import type { MarkedEdit } from './marked-plan.js';

export interface BehaviourCase {
  name: string;
  format: 'esm' | 'commonjs';
  code: string;
  edits: MarkedEdit[];
  /** Plugins can only lower this form to CommonJS or older syntax with a difference of their own. */
  nativeOnly?: boolean;
}

const declaration = (at: string, nth = 0): MarkedEdit => ({ kind: 'wrap-declaration', at, nth, handler: at });
const expression = (at: string, nth = 0): MarkedEdit => ({ kind: 'wrap-expression', at, nth, handler: at });
const method = (at: string): MarkedEdit => ({ kind: 'wrap-method', at, handler: at });
const unscheduled = (at: string, nth = 0): MarkedEdit => ({ kind: 'call-unscheduled', at, nth });
const continuation = (at: string, isAlternative = false): MarkedEdit => ({
  kind: 'continuation',
  at,
  isAlternative,
});
const float = (at: string, nth = 0): MarkedEdit => ({ kind: 'float', at, nth });

/** What can be seen of a function without calling it. */
const LOOK = `
const look = f => ({
  name: f.name,
  length: f.length,
  hasPrototype: Object.hasOwn(f, 'prototype'),
  tag: Object.prototype.toString.call(f),
  isInstance: f instanceof Function,
});
const outcome = async run => {
  try { return { value: await run() }; } catch (error) { return { error: error === thrown ? 'thrown' : String(error) }; }
};
const thrown = new Error('thrown');
`;

export const CASES: BehaviourCase[] = [
  {
    name: 'declarations: results, errors, this, length, name',
    format: 'esm',
    code: `${LOOK}
export async function add(a, b = 1, ...rest) { await null; return [this, a, b, rest, arguments.length]; }
export async function fail() { await null; throw thrown; }
export function now(a) { if (a) throw thrown; return this?.x; }
export default async function (id) { return id; }
import anonymous from 'entry';
export async function observe() {
  return [
    look(add), look(fail), look(now), look(anonymous),
    await outcome(() => add.call('me', 1)), await outcome(fail), await outcome(() => now(1)),
    now.call({ x: 3 }), typeof add(1).then, await anonymous(4),
  ];
}`,
    edits: [
      declaration('async function add'),
      declaration('async function fail'),
      declaration('function now'),
      declaration('async function (id)'),
    ],
  },
  {
    name: 'declarations: hoisted, live, and called before they are written',
    format: 'esm',
    code: `${LOOK}
const early = [typeof add, add.name];
import * as self from 'entry';
export async function add(a) { return a; }
const before = self.add === add;
export async function observe() {
  const same = self.add === add;
  const own = self.add;
  add = async function other() { return 'other'; };
  return [early, before, same, own === self.add, await self.add(1), await own(2)];
}`,
    edits: [declaration('async function add')],
  },
  {
    name: 'declarations: nested in functions, blocks and switches',
    format: 'esm',
    code: `
export async function observe() {
  const seen = [];
  for (const kind of ['a', 'b', 'c']) {
    seen.push(await outer(kind));
  }
  return seen;
  async function outer(kind) {
    switch (kind) {
      case 'a':
      case 'b':
        async function inner() { return kind; }
        return [inner.name, await inner()];
      default: {
        const result = await deep();
        return [result];
        async function deep() { return kind + '!'; }
      }
    }
  }
}`,
    edits: [
      declaration('async function outer'),
      declaration('async function inner'),
      declaration('async function deep'),
    ],
  },
  {
    name: 'declarations: in a case, called from another case',
    format: 'esm',
    // Babel's lowering of functions in blocks makes them visible in their own case only.
    nativeOnly: true,
    code: `
export async function observe() {
  const seen = [];
  for (const kind of ['a', 'b', 'c']) {
    switch (kind) {
      default:
        async function last() { return 'last ' + kind; }
      case 'a':
        seen.push(inner.name, await inner(), await last());
        break;
      case 'b':
        async function inner() { return 'inner ' + kind; }
    }
  }
  return seen;
}`,
    edits: [declaration('async function inner'), declaration('async function last')],
  },
  {
    name: 'declarations: sloppy-mode blocks, labels and redeclarations',
    format: 'commonjs',
    nativeOnly: true,
    code: `
const early = typeof inBlock;
{ function inBlock() { return 'block'; } }
if (true) function inIf() { return 'if'; }
label: function labelled() { return this === globalThis; }
function twice() { return 1; }
function twice() { return 2; }
exports.observe = async () => [early, await inBlock(), inIf(), labelled(), twice(), [inBlock, inIf, labelled, twice].map(f => f.name)];`,
    edits: [
      declaration('function inBlock'),
      declaration('function inIf'),
      declaration('function labelled'),
      declaration('function twice', 1),
    ],
  },
  {
    name: 'constructors: new, new.target, prototypes and instanceof',
    format: 'esm',
    code: `
export function Cart(item) {
  if (!new.target) return 'called';
  this.item = item;
  this.target = new.target === Cart ? 'Cart' : new.target.name;
}
Cart.prototype.get = function () { return this.item; };
Cart.of = 'static';
class Sub extends Cart {}
export async function observe() {
  const one = new Cart(1);
  const two = new Sub(2);
  return [Cart(), one, one.get(), one instanceof Cart, Cart.of,
    two, two.get(), two instanceof Cart, two instanceof Sub, Reflect.construct(Cart, [3], Sub) instanceof Sub];
}`,
    edits: [declaration('function Cart')],
  },
  {
    name: 'expressions: inferred names in every place that infers one',
    format: 'esm',
    code: `${LOOK}
const key = 'computed', symbol = Symbol('described');
const log = [];
const spied = { toString() { log.push('key'); return 'spied'; } };
let assigned, logical;
const constant = async () => 1;
assigned = (async () => 2);
logical ??= function () { return 3; };
const object = { plain: async () => 4, 'a b': async () => 5, 7: async () => 6, [key]: async () => 8, [symbol]: async () => 9, [spied]: async () => 10 };
const { missing = async () => 11 } = {};
const parameter = (callback = async () => 12) => callback;
class C { field = async () => [this.x, 13]; x = 'this'; static fixed = async () => 14; [key] = async () => 15; static #p = async () => 16; static get p() { return C.#p; } }
const own = async function named() { return named.name; };
export default async () => 17;
import byDefault from 'entry';
export async function observe() {
  const c = new C();
  const all = [constant, assigned, logical, object.plain, object['a b'], object[7], object.computed, object[symbol], object.spied, missing, parameter(), c.field, C.fixed, c.computed, C.p, own, byDefault];
  return [log, all.map(look), await Promise.all(all.map(f => f()))];
}`,
    edits: [
      ...[1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 14, 15, 16, 17].map(n => expression(`async () => ${n}`)),
      expression('function () { return 3'),
      expression('async () => [this'),
      expression('async function named'),
    ].map((edit, index) =>
      edit.at === 'async () => 1' ? { ...edit, nth: 0, handler: `first${index}` } : edit,
    ),
  },
  {
    name: 'expressions: arrows keep this and arguments of their surroundings',
    format: 'commonjs',
    code: `
exports.make = function () {
  return { arrow: async x => [this.id, arguments[0], x], fn: async function (x) { return [this.id, arguments.length, x]; } };
};
exports.observe = async () => {
  const made = exports.make.call({ id: 'outer' }, 'argument');
  return [await made.arrow(1), await made.fn.call({ id: 'own' }, 2, 3), made.arrow.name, made.fn.name];
};`,
    edits: [expression('async x =>'), expression('async function (x)')],
  },
  {
    name: 'exports: module.exports and exports.x have no inferred name',
    format: 'commonjs',
    code: `
exports.add = async id => id;
module.exports.remove = function (id) { return id; };
exports.observe = async () => [exports.add.name, exports.remove.name, await exports.add(1), exports.remove(2), new exports.remove() instanceof exports.remove];`,
    edits: [expression('async id'), expression('function (id)')],
  },
  {
    name: 'object methods: no constructors, right names, keys evaluated once and in order',
    format: 'esm',
    code: `${LOOK}
const log = [];
const at = key => { log.push(key); return { toString() { log.push('to ' + key); return key; } }; };
const object = {
  async add(a, b) { return [this === object, a, b]; },
  [at('one')]: log.push('value'),
  async [at('two')]() { return 2; },
  *'each one'() { yield this === object; },
  async *[Symbol.asyncIterator]() { yield 1; },
  1() { return 'numeric'; },
  __proto__() { return 'method'; },
  size() { return 'first'; },
  size() { return 'second'; },
};
export async function observe() {
  const items = [];
  for await (const item of object) items.push(item);
  return [log, Object.keys(object), Object.getPrototypeOf(object) === Object.prototype, items,
    look(object.add), look(object.two), look(object['each one']), look(object[Symbol.asyncIterator]), look(object[1]),
    await object.add(1), await object.two(), [...object['each one']()], object[1](), object.__proto__(), object.size(),
    await outcome(() => new object.add())];
}`,
    edits: [
      method('async add'),
      method("async [at('two')]"),
      method("*'each one'"),
      method('async *[Symbol'),
      method('1()'),
      method('__proto__()'),
      method("size() { return 'first'"),
      method("size() { return 'second'"),
    ],
    // The message of the TypeError quotes the source text.
  },
  {
    name: 'object methods: super finds the prototype of the object, also one that is set later',
    format: 'esm',
    code: `
const base = { async add(x) { return ['base', this.id, x]; }, list() { return 'base'; } };
const object = {
  __proto__: base,
  id: 7,
  async add(x) { return ['object', ...(await super.add(x))]; },
  ['li' + 'st']() { return [super.list(), [1].map(() => super.list())]; },
  plain() { return 'plain'; },
};
export async function observe() {
  const first = await object.add(1);
  const keys = Object.keys(object);
  Object.setPrototypeOf(object, { async add() { return ['other']; }, list: () => 'later' });
  return [first, keys, await object.add(2), object.list(), object.plain(), object.add.name, object.list.name];
}`,
    edits: [method("async add(x) { return ['object"), method("['li' + 'st']"), method('plain()')],
  },
  {
    name: 'class methods: attributes, super, static, computed keys, and what static fields see',
    format: 'esm',
    code: `${LOOK}
const log = [];
const at = key => { log.push(key); return { toString() { log.push('to ' + key); return key; } }; };
class Base { async add(x) { return ['base', this.id, x]; } static create(x) { return ['created', this.name, x]; } }
class Cart extends Base {
  static instance = new Cart('first');
  id = 5;
  constructor(id) { super(); this.taken = this.add; this.given = id; }
  async add(x) { return ['cart', ...(await super.add(x))]; }
  static create(x) { return super.create(x); }
  async [at('one')]() { return 1; }
  static async [at('two')]() { return 2; }
  *each() { yield this.id; }
  async *[Symbol.asyncIterator]() { yield this.id; }
  dead() { return 'dead'; }
  dead() { return 'alive'; }
  get size() { return 0; }
}
class Sub extends Cart { async add(x) { return ['sub', ...(await super.add(x))]; } }
export async function observe() {
  const cart = new Cart('second');
  const items = [];
  for await (const item of cart) items.push(item);
  const attributes = Object.entries(Object.getOwnPropertyDescriptors(Cart.prototype)).map(([key, { value, get, ...rest }]) => [key, rest]);
  return [log, attributes, Object.getOwnPropertyNames(Cart), Object.keys(cart),
    look(Cart.prototype.add), look(Cart.create), look(cart.one), look(Cart.two), look(cart.each),
    Cart.instance.taken === Cart.prototype.add,
    await cart.add(1), Cart.create(2), Sub.create(3), await new Sub().add(4), await cart.one(), await Cart.two(), [...cart.each()], items, cart.dead()];
}`,
    edits: [
      method("async add(x) { return ['cart'"),
      method('static create(x) { return super'),
      method("async [at('one')]"),
      method("static async [at('two')]"),
      method('*each'),
      method('async *[Symbol'),
      method("dead() { return 'dead'"),
      method("dead() { return 'alive'"),
    ],
  },
  {
    name: 'class methods: private ones, with super, brand checks and early use',
    format: 'esm',
    code: `${LOOK}
class Base { async add(x) { return ['base', x]; } }
class Cart extends Base {
  early = this.#add;
  #_add = 'taken';
  async #add(x) { return [this instanceof Cart, ...(await super.add(x))]; }
  static async #open(x) { return [this === Cart, x]; }
  static opened = Cart.#open(1);
  add(x) { return this.#add(x); }
  method() { return this.#add; }
  static has(value) { return #add in value; }
  static look() { return look(Cart.#open); }
}
export async function observe() {
  const cart = new Cart();
  return [await cart.add(1), await Cart.opened, Cart.has(cart), Cart.has({}), look(cart.early), cart.early === cart.method(), Cart.look(), Object.keys(cart)];
}`,
    edits: [method('async #add'), method('static async #open'), unscheduled('this.#add(x)')],
  },
  {
    name: 'generators: values, return, throw, and prototypes',
    format: 'esm',
    code: `${LOOK}
export function* count(n) { try { for (let i = 0; i < n; i++) { const sent = yield i; if (sent) return sent; } } finally { log.push('done'); } }
export async function* pages(n) { try { for (let i = 0; i < n; i++) yield i; } finally { log.push('closed'); } }
const log = [];
export async function observe() {
  const early = count(5); early.next(); const returned = early.return('r');
  const broken = []; for await (const page of pages(5)) { broken.push(page); if (page) break; }
  const sent = count(3); sent.next(); const finished = sent.next('sent');
  const all = [...count(3)];
  const erring = pages(2); await erring.next();
  return [look(count), look(pages), [...all], returned, broken, finished,
    await outcome(() => erring.throw(thrown)), log,
    Object.getPrototypeOf(early) === count.prototype, early instanceof count];
}`,
    edits: [declaration('function* count'), declaration('async function* pages')],
  },
  {
    name: 'calls: each form of callee, evaluated once, with its this',
    format: 'esm',
    code: `
const log = [];
const note = (name, value) => { log.push(name); return value; };
export async function add(...x) { return [this?.id, new.target === undefined, x]; }
class Base { async m(x) { return ['m', this.id, x]; } }
class Cart extends Base { id = 'cart'; async m(x) { return super.m(x); } }
const o = { id: 'o', add, get again() { return note('getter', add); }, tag(strings, ...x) { return [this.id, strings.raw, x]; }, nested: { id: 'nested', add }, call(x) { return ['own call', this.id, x]; } };
export async function observe() {
  const nothing = undefined;
  return [
    await add(1), await add(...[1, 2]), await o.add(1), await o['add'](1), await o.nested.add(1), await o.again(1),
    await note('object', o).add(note('argument', 1)), await new Cart().m(1), await add.call({ id: 'called' }, 1), await add.apply({ id: 'applied' }, [1]), await o.call(1),
    o.tag\`a\${1}\\n\`, note('tagged', o).tag\`b\`,
    await o?.add(1), nothing?.add(note('skipped', 1)), nothing?.nested.add(note('skipped', 1)).length, await o.missing?.(note('skipped', 1)), await o.add?.(1), await note('chain', o)?.nested?.add(1),
    (await o.add?.(1)?.then(x => x)).length, nothing?.a.b.add(1).then.length.length, delete nothing?.add(1).x, delete o?.add(1).x, (await (o?.add)(1)),
    log,
  ];
}`,
    edits: [
      declaration('async function add'),
      ...[
        'add(1), await add(...',
        'add(...[',
        "o['add']",
        'o.nested.add',
        'o.again(1)',
        "note('object', o).add",
        'super.m(x)',
        'add.call(',
        'add.apply(',
        'o.call(1)',
        'o.tag`',
        "note('tagged', o).tag",
        'o?.add(1), nothing',
        "nothing?.add(note('skipped",
        'nothing?.nested.add',
        'o.missing?.',
        "o.add?.(1), await note('chain",
        "note('chain', o)?.nested?.add",
        'o.add?.(1)?.then',
        'nothing?.a.b.add(1)',
        'nothing?.add(1).x',
        'o?.add(1).x',
        '(o?.add)(1)',
      ].map(at => unscheduled(at)),
    ],
  },
  {
    name: 'calls: floating promises keep their value, rejection and place in a chain',
    format: 'esm',
    code: `
const thrown = new Error('thrown');
const o = { async save(x) { if (x) throw thrown; return 'saved'; } };
export async function observe() {
  const nothing = undefined;
  o.save();
  return [await o.save(), await o.save(1).catch(error => error === thrown), void o.save(), nothing?.save().then(1), await o?.save().then(x => x + '!')];
}`,
    edits: [
      float('o.save();'),
      float('o.save(), await'),
      float('o.save(1)'),
      float('o.save(), nothing'),
      float('nothing?.save()'),
      float('o?.save()'),
    ],
  },
  {
    name: 'callbacks: those that go on keep their looks, order and alternatives',
    format: 'esm',
    code: `${LOOK}
const log = [];
const later = callback => void Promise.resolve().then(() => callback.call('self', null, 1));
const request = (url, { success, [url + '!']: other, failed }) => { log.push(look(success), look(other), look(failed)); later(success); };
const done = (error, value) => log.push([error, value]);
export const take = () => {
  later(function named(error, ...rest) { log.push([this + '', error, rest]); });
  later(done);
  request('u', { success: value => log.push(['success', value]), ['u!']: (a, b) => {}, failed: function () {} });
  ['a', 'b'].forEach(async name => { await null; log.push(name); });
};
export async function observe() {
  log.push(take());
  for (let turns = 0; turns < 20; turns++) await null;
  return [log, done.length];
}`,
    edits: [
      expression('() => {\n  later(function'),
      continuation('function named'),
      continuation('done);'),
      continuation('value => log'),
      continuation('(a, b) => {}', true),
      continuation('function () {}', true),
      { kind: 'float-results', at: 'async name =>' },
    ],
  },
  {
    name: 'nested edits: handlers inside handlers',
    format: 'esm',
    code: `
const log = [];
const make = () => ({ async save(x) { log.push(x); return x; } });
export const run = async (o, x = async () => 'default') => {
  const inner = async y => { const saved = make().save(y); return [await saved, await x()]; };
  function later(z) { return inner(z); }
  return [await inner(1), await later(2), await o?.map(async z => inner(z))[0], inner.name, later.name];
};
export const observe = async () => [await run([3]), log, run.name, run.length];`,
    edits: [
      expression('async (o, x'),
      expression("async () => 'default'"),
      expression('async y =>'),
      unscheduled('make().save(y)'),
      declaration('function later'),
      unscheduled('inner(z)'),
      unscheduled('o?.map'),
      expression('async z =>'),
      unscheduled('inner(z)', 1),
    ],
  },
];
