/** Large programs call their wrappers and helpers often, and what each caller does stays apart all the same. */
import { expect, test } from '@jest/globals';
import type { Plan } from '../../src/plan/plan.js';
import { planOf } from '../models/analyzed.js';

const MANY = 200;

/** What somebody waits for somebody else on, by handler. */
const classesOf = (plan: Plan, kind: string): string[][] =>
  plan.handlers.filter(handler => handler.kind === kind).map(handler => handler.classes.map(c => c.class));

test('routes behind one wrapper', () => {
  const routes = Array.from(
    { length: MANY },
    (_, i) =>
      `let left${i} = 10;
       app.post('/buy/${i}', wrap(async (req, res) => { const n = left${i}; await pay(req); left${i} = n - 1; res.end(); }));`,
  );
  const plan = planOf(`
    import express from 'express';
    const app = express();
    const pay = async () => {};
    const wrap = fn => (req, res, next) => fn(req, res, next).catch(next);
    ${routes.join('\n')}`);
  expect(classesOf(plan, 'route').sort()).toEqual(
    Array.from({ length: MANY }, (_, i) => [`app.js#left${i}`]).sort(),
  );
});

test('listeners of events that one helper publishes', () => {
  const listeners = Array.from(
    { length: MANY },
    (_, i) => `
      let seen${i} = 0;
      subscribe('kind${i}', () => { seen${i}++; });
      export async function change${i}() { const n = seen${i}; await 0; publish('kind${i}'); return n; }`,
  );
  const plan = planOf(`
    import { EventEmitter } from 'node:events';
    const bus = new EventEmitter();
    const publish = kind => { bus.emit(kind); };
    const subscribe = (kind, listener) => { bus.on(kind, listener); };
    ${listeners.join('\n')}`);
  expect(classesOf(plan, 'export').sort()).toEqual(
    Array.from({ length: MANY }, (_, i) => [`app.js#seen${i}`]).sort(),
  );
});
