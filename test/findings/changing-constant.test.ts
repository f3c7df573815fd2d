/** State that one handler sets and all others read, and state that changes for a reason. */
import { describe, expect, test } from '@jest/globals';
import { planOf } from '../models/analyzed.js';
import { found } from './found.js';

const READERS = `export const shout = async () => { const a = io; await null; return [a, io]; };
export const whisper = async () => { const a = io; await null; return [a, io]; };
`;
const constants = (code: string): string[] =>
  found(planOf(READERS + code)).filter(diagnostic => diagnostic.startsWith('changing-constant'));

describe('is found where one handler sets', () => {
  test.each([
    ['a variable', 'let io; export const attach = x => { io = x; };', '3:37'],
    [
      'it and reads something else',
      'let io; let n = 0; export const attach = x => { n += 1; io = x; };',
      '3:56',
    ],
  ])('%s', (_, code, place) => {
    expect(constants(code)).toEqual([`changing-constant app.js:${place}`]);
  });

  test('a property, and says what that costs', () => {
    const { diagnostics } = planOf(`const config = { limit: 1 };
export const set = limit => { config.limit = limit; };
export const a = async () => { const n = config.limit; await null; return n + config.limit; };
export const b = async () => { const n = config.limit; await null; return n + config.limit; };`);
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      [
        'changing-constant',
        'Only `app.js#set` sets `app.js#config.limit`, and 2 pairs of handlers wait for each other only because of that.',
      ],
    ]);
  });
});

describe('is not found where', () => {
  test.each([
    [
      'two handlers set it',
      'let io; export const attach = x => { io = x; }; export const detach = () => { io = null; };',
    ],
    ['its value is looked at first', 'let io; export const attach = x => { if (!io) io = x; };'],
    ['nobody sets it after the start', 'let io = 1; io = 2;'],
    ['its author has said so', "let io; export const attach = x => { 'use unscheduled'; io = x; };"],
  ])('%s', (_, code) => {
    expect(constants(code)).toEqual([]);
  });

  test('the readers need not wait', () => {
    const plan = planOf(`let io; export const attach = x => { io = x; };
export const a = () => io; export const b = () => io;`);
    expect(found(plan)).toEqual([]);
  });
});
