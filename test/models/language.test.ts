// Models of the language and of what every program uses: values, collections, callbacks, promises, clocks, loggers.
import { describe, expect, test } from '@jest/globals';
import { type Group, waiting } from './analyzed.js';

const groups: Record<string, Group> = {
  'pure functions of values': {
    races: {
      'a deep read of what is written elsewhere': [
        `const state = { user: { visits: 0 } };
         export async function show() {
           const before = JSON.stringify(state);
           await null;
           return before + JSON.stringify(state);
         }
         export function visit() { state.user.visits++; }`,
        'show',
        'visit',
      ],
      'a copy that writes into its target': [
        `const settings = {};
         export async function change(more) {
           const before = settings.theme;
           await null;
           Object.assign(settings, more);
           return before;
         }`,
        'change',
      ],
      'entries that hold the very objects': [
        `const users = { ann: { visits: 0 } };
         export async function visit() {
           for (const [, user] of Object.entries(users)) {
             const seen = user.visits;
             await null;
             user.visits = seen + 1;
           }
         }`,
        'visit',
      ],
      'a method that is called when the value is turned into text': [
        `let shown = 0;
         const page = { toJSON() { shown++; return {}; } };
         export async function show() {
           const seen = shown;
           await null;
           return JSON.stringify({ page }) + seen;
         }`,
        'show',
      ],
    },
    free: {
      arithmetic: `let last = 0;
         export async function measure(a, b) {
           const size = Math.hypot(a, b) + Number.parseInt(a) + Date.now();
           await null;
           return size.toFixed(2) + encodeURIComponent(b);
         }`,
      "a clone is the task's own": `const template = Object.freeze({ lines: [] });
         export async function fill(line) {
           const copy = structuredClone(template);
           copy.lines.push(line);
           await null;
           copy.lines.push(line);
           return copy;
         }`,
      "what is parsed is the task's own": `export async function parse(text) {
           const list = JSON.parse(text);
           list.items.sort();
           await null;
           list.items.push(1);
           return list;
         }`,
    },
  },

  'methods that call back at once': {
    races: {
      'a write in a callback': [
        `let total = 0;
         export async function add(items) {
           const before = total;
           await null;
           [1, 2].forEach(n => { total = before + n; });
         }`,
        'add',
      ],
      'the result of a reduction is the accumulator': [
        `const totals = {};
         export async function sum(items) {
           const before = totals.sum;
           await null;
           const into = [1, 2].reduce((all, n) => { all.sum = before + n; return all; }, totals);
         }`,
        'sum',
      ],
      'an iterator helper': [
        `const seen = new Map([['a', { n: 0 }]]);
         export async function count() {
           const first = seen.values().map(v => v).toArray().at(0);
           const n = first.n;
           await null;
           first.n = n + 1;
         }
         export function reset() { seen.get('a').n = 0; }`,
        'count',
        'reset',
      ],
    },
    free: {
      "callbacks on what is the task's own": `export async function names(users) {
           const sorted = users.map(u => u.name).filter(Boolean).sort((a, b) => a.localeCompare(b));
           await null;
           return sorted.join(', ');
         }`,
    },
  },

  'methods of arrays that write': {
    races: {
      'reversed in place and returned': [
        `const queue = [];
         export async function turn() {
           const list = queue.reverse();
           await null;
           list.push(1);
         }`,
        'turn',
      ],
      'elements that are taken out are still the same objects': [
        `const jobs = [{ tries: 0 }];
         export async function retry() {
           const [job] = jobs.slice(0, 1);
           const tries = job.tries;
           await null;
           job.tries = tries + 1;
         }`,
        'retry',
      ],
    },
    free: {
      'sorted into a new array': `const names = ['b', 'a'];
         export async function sorted() {
           const mine = names.toSorted();
           mine.push('c');
           await null;
           mine.reverse();
           return mine;
         }`,
    },
  },

  'maps and sets': {
    races: {
      'an element found by key': [
        `const carts = new Map();
         export async function add(id, item) {
           const cart = carts.get(id) ?? [];
           await null;
           carts.set(id, [...cart, item]);
         }`,
        'add',
      ],
      'clearing takes all keys': [
        `const sessions = new Set();
         export async function once(id) {
           if (sessions.has(id)) return false;
           await null;
           sessions.add(id);
           return true;
         }
         export function reset() { sessions.clear(); }`,
        'once',
        'reset',
      ],
      'a weak map': [
        `const seen = new WeakMap();
         const key = {};
         export async function count() {
           const n = seen.get(key);
           await null;
           seen.set(key, n + 1);
         }`,
        'count',
      ],
    },
    free: {
      'a map of one task': `export async function group(items) {
           const byName = new Map();
           for (const item of items) byName.set(item.name, item);
           await null;
           byName.delete('x');
           return [...byName.keys()];
         }`,
      'a map that is filled at start': `const prices = new Map([['tea', 3]]);
         export async function price(name) {
           const one = prices.get(name);
           await null;
           return one + prices.get(name);
         }`,
    },
  },

  promises: {
    races: {
      'what all of them settle with': [
        `const stock = { left: 5 };
         const load = async () => stock;
         export async function take() {
           const [one] = await Promise.all([load()]);
           const left = one.left;
           await null;
           one.left = left - 1;
         }`,
        'take',
      ],
      'settled from elsewhere': [
        `const stock = { left: 5 };
         export async function take() {
           const { promise, resolve } = Promise.withResolvers();
           resolve(stock);
           const one = await promise;
           const left = one.left;
           await null;
           one.left = left - 1;
         }`,
        'take',
      ],
      'outcomes hold the values': [
        `const stock = { left: 5 };
         export async function take() {
           const outcomes = await Promise.allSettled([Promise.resolve(stock)]);
           const left = stock.left;
           await null;
           outcomes[0].value.left = left - 1;
         }`,
        'take',
      ],
    },
    free: {
      'results of one task': `export async function both(a, b) {
           const results = await Promise.all([a.text(), b.text()]);
           results.push('x');
           await null;
           return results.reverse();
         }`,
    },
  },

  'functions that are called in other ways': {
    races: {
      'a borrowed method': [
        `const log = [];
         export async function add(line) {
           const n = log.length;
           await null;
           Array.prototype.push.apply(log, [line, n]);
         }`,
        'add',
      ],
      'a promisified function of the program': [
        `import { promisify } from 'node:util';
         let left = 5;
         const take = promisify((n, done) => { left -= n; done(null); });
         export async function buy() {
           const seen = left;
           await null;
           await take(1);
           return seen;
         }`,
        'buy',
      ],
    },
    free: {},
  },

  'clocks, random numbers and ids': {
    races: {},
    free: {
      'all of them': `import { randomUUID, randomBytes } from 'node:crypto';
         import { v4 } from 'uuid';
         import { nanoid } from 'nanoid';
         import { performance } from 'node:perf_hooks';
         export async function make() {
           const one = randomUUID() + v4() + nanoid() + Math.random() + performance.now() + process.hrtime();
           await null;
           return one + crypto.randomUUID() + randomBytes(8).toString('hex') + Date.now();
         }`,
    },
  },

  loggers: {
    races: {
      'read what they are handed': [
        `import pino from 'pino';
         const log = pino();
         const state = { open: 0 };
         export async function enter() {
           log.info(state);
           await null;
           log.info({ after: state });
         }
         export function leave() { state.open--; }`,
        'enter',
        'leave',
      ],
    },
    free: {
      'lines from any number of handlers': `import pino from 'pino';
         import winston from 'winston';
         import debug from 'debug';
         import bunyan from 'bunyan';
         const log = pino();
         const other = winston.createLogger({ transports: [new winston.transports.Console()] });
         const trace = debug('app');
         const old = bunyan.createLogger({ name: 'app' });
         export async function one(id) {
           log.info({ id }, 'start');
           trace('one %s', id);
           await null;
           other.child({ id }).warn('end');
           old.info('x');
           console.log(id);
         }
         export async function two(id) {
           log.error(id);
           await null;
           other.info(id);
           trace(id);
         }`,
    },
  },
};

describe.each(Object.entries(groups))('%s', (_, { races, free }) => {
  for (const [name, [code, ...handlers]] of Object.entries(races))
    test(`race: ${name}`, () => expect(waiting(code)).toEqual(handlers.sort()));
  for (const [name, code] of Object.entries(free))
    test(`free: ${name}`, () => expect(waiting(code)).toEqual([]));
});
