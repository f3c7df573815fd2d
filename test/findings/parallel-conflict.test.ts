/** Work that one task runs beside itself, on the same storage or each run on its own. */
import { describe, expect, test } from '@jest/globals';
import { planOf } from '../models/analyzed.js';
import { found } from './found.js';

/** Where the fault is found, if it is. */
const conflicts = (code: string): string[] =>
  found(planOf(code)).filter(diagnostic => diagnostic.startsWith('parallel-conflict'));

const FAULTS: Record<string, [code: string, place: string]> = {
  'a variable in `Promise.all(map)`': [
    `let total = 0;
     export const addAll = ids => Promise.all(ids.map(async id => { total = total + await cost(id); }));
     const cost = async id => id;`,
    '2:46',
  ],
  'a property': [
    `const stats = { sum: 0 };
     export const addAll = async ids => { await Promise.all(ids.map(async id => { const s = stats.sum; await null; stats.sum = s + id; })); };`,
    '2:60',
  ],
  'the same key of a map': [
    `const groups = new Map();
     export const addAll = ids => Promise.all(ids.map(async id => { const g = groups.get('all'); await null; groups.set('all', g + id); }));`,
    '2:46',
  ],
  'a key that the handler was called with': [
    `const groups = new Map();
     export const addAll = (name, ids) => Promise.all(ids.map(async id => { const g = groups.get(name); await null; groups.set(name, g + id); }));`,
    '2:54',
  ],
  'an object that all have captured': [
    `const carts = new Map();
     export const open = id => { carts.set(id, { sum: 0 }); };
     export const addAll = (id, items) => { const cart = carts.get(id); return Promise.all(items.map(async item => { const s = cart.sum; await null; cart.sum = s + item; })); };`,
    '3:91',
  ],
  'a record of a store': [
    `import Redis from 'ioredis';
     const db = new Redis();
     export const removeAll = ids => Promise.all(ids.map(async id => { const g = await db.get('group'); await db.set('group', g + id); }));`,
    '3:49',
  ],
  'work in a function of its own': [
    `let total = 0;
     const add = async n => { const t = total; await null; total = t + n; };
     export const addAll = ids => Promise.all(ids.map(id => add(id)));`,
    '3:46',
  ],
  'a loop that waits at its end': [
    `let total = 0;
     const add = async n => { const t = total; await null; total = t + n; };
     export const addAll = async ids => { const all = []; for (const id of ids) all.push(add(id)); await Promise.all(all); };`,
    '3:89',
  ],
  'two calls that are waited for together': [
    `let total = 0;
     const add = async n => { const t = total; await null; total = t + n; };
     export const move = (a, b) => Promise.all([add(a), add(b)]);`,
    '3:35',
  ],
};

const LOOK_ALIKES: Record<string, string> = {
  'one after another': `let total = 0;
     const add = async n => { const t = total; await null; total = t + n; };
     export const addAll = async ids => { for (const id of ids) await add(id); };`,
  'read and write in one segment': `let total = 0;
     export const addAll = ids => Promise.all(ids.map(async id => { const c = await cost(id); total += c; }));
     const cost = async id => id;`,
  'a key of its own in every run': `const seen = new Map();
     export const addAll = ids => Promise.all(ids.map(async id => { if (!seen.has(id)) { await null; seen.set(id, 1); } }));`,
  'a key of its own, in a function that is called': `const seen = new Map();
     const load = async id => { if (!seen.has(id)) { await null; seen.set(id, 1); } };
     export const addAll = ids => Promise.all(ids.map(id => load(id)));`,
  'a computed property of its own': `const seen = {};
     export const addAll = ids => Promise.all(ids.map(async id => { if (!seen[id]) { await null; seen[id] = 1; } }));`,
  'an object of its own': `const carts = new Map();
     export const open = id => { carts.set(id, { sum: 0 }); };
     export const addAll = ids => Promise.all(ids.map(async id => { const cart = carts.get(id); const s = cart.sum; await null; cart.sum = s + 1; }));`,
  'a record of its own': `import Redis from 'ioredis';
     const db = new Redis();
     export const touchAll = ids => Promise.all(ids.map(async id => { const g = await db.get(\`user:\${id}\`); await db.set(\`user:\${id}\`, g + 1); }));`,
  'what only the task has': `export const sum = async ids => { let total = 0; await Promise.all(ids.map(async id => { const t = total; await null; total = t + id; })); return total; };`,
  'different work on different state': `let a = 0; let b = 0;
     const addA = async n => { const t = a; await null; a = t + n; };
     const addB = async n => { const t = b; await null; b = t + n; };
     export const add = n => Promise.all([addA(n), addB(n)]);`,
  'a loop that waits for each': `let total = 0;
     const add = async n => { const t = total; await null; total = t + n; };
     export const addAll = async ids => { for (const id of ids) { const p = add(id); await p; } };`,
};

describe('is found in', () => {
  test.each(Object.entries(FAULTS))('%s', (_, [code, place]) => {
    expect(conflicts(code)).toEqual([`parallel-conflict app.js:${place}`]);
  });
});

describe('is not found in', () => {
  test.each(Object.entries(LOOK_ALIKES))('%s', (_, code) => {
    expect(conflicts(code)).toEqual([]);
  });
});
