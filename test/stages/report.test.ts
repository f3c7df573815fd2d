/** What the report says of stages: who calls them, and what each call is. */
import { expect, test } from '@jest/globals';
import { renderHandlers } from '../../src/report/details.js';
import { PLAIN } from '../../src/report/style.js';
import { planOf } from '../serializability/compile.js';

const CODE = `const { setTimeout: pause } = require('node:timers/promises');
let a = 0, b = 0;
async function takeB() { 'use stage'; const n = b; await pause(1); b = n + 1; }
async function resetA() { 'use stage'; await pause(1); a = 0; }
exports.before = async () => {
  await takeB();
  const n = a;
  a = n + 1;
};
exports.inside = async () => {
  const n = b;
  await takeB();
  b = n;
};
exports.always = async () => {
  const n = a;
  await resetA();
  a = n;
};
`;

test('says where a stage is a unit of its own, and where not', () => {
  const plan = planOf(CODE);
  const text = renderHandlers(plan, plan.handlers, PLAIN).replace(/\s+/g, ' ');
  expect(text).toContain('main.js#takeB async stage main.js:3:1');
  expect(text).toContain('A stage: a unit of its own where it is called by main.js#before (main.js:6:9).');
  expect(text).toContain('It runs inside of the section of its caller in main.js#inside (main.js:12:9).');
  expect(text).toContain('Stages inside of their callers (1)');
});
