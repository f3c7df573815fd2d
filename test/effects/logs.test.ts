/** Lists that are logs, and lists that look like one and are read by somebody. */
import { describe, expect, test } from '@jest/globals';
import type { Plan } from '../../src/index.js';
import { planOf } from '../models/analyzed.js';

const FLUSH = `export async function flush() {
  const lines = pending.splice(0);
  if (lines.length > 0) await appendFile('server.log', lines.join(''));
}`;

/** `order` holds `left` while it pays, and logs what it has sold. */
const program = (code: string): Plan =>
  planOf(`import { appendFile, readFile } from 'node:fs/promises';
import acme from 'acme-metrics';
let left = 10;
const pending = [];
export async function order(item) {
  const before = left;
  await readFile('payment');
  left = before - 1;
  log(item);
}
${code}`);

const accessed = ({ handlers }: Plan): string[] => [
  ...new Set(handlers.flatMap(({ accesses }) => accesses.map(({ resource }) => resource))),
];

describe('is a log:', () => {
  test.each([
    ['what is appended and taken out as a whole', `const log = line => { pending.push(line); };\n${FLUSH}`],
    ['what takes several lines at once', `const log = line => void pending.push(line, '\\n');\n${FLUSH}`],
    [
      'what is taken out in two ways',
      `const log = line => { pending.push(line); };\n${FLUSH}
      export function toConsole() { for (const line of pending.splice(0)) console.log(line); }`,
    ],
    [
      'what is taken out by a function of its own that is called by others',
      `const log = line => { pending.push(line); };\n${FLUSH}
      export async function close() { await flush(); return 'closed'; }`,
    ],
    [
      'what is formatted on its way out',
      `const log = line => { pending.push({ line }); };
      const format = ({ line }) => line + '\\n';
      export function flush() {
        const lines = pending.splice(0);
        lines.map(format).forEach(line => process.stdout.write(line));
      }`,
    ],
    ['what nobody looks at', 'const log = line => { pending.push(line); };'],
  ])('%s', (_, code) => {
    const plan = program(code);
    expect(plan.logs?.map(({ name }) => name)).toEqual(['app.js#pending[]']);
    expect(accessed(plan)).toEqual(['app.js#left']);
  });
});

describe('is no log:', () => {
  test.each([
    [
      'what is read',
      `const log = line => { pending.push(line); };\nexport const all = () => pending.join();`,
    ],
    [
      'what is counted',
      `const log = line => { pending.push(line); };\n${FLUSH}\nexport const count = () => pending.length;`,
    ],
    ['what says how long it is now', `const log = line => pending.push(line);\n${FLUSH}`],
    [
      'what is taken out for the caller',
      'const log = line => { pending.push(line); };\nexport function drain() { return pending.splice(0); }',
    ],
    [
      'what is taken out and counted',
      `const log = line => { pending.push(line); };
      let flushes = 0;
      export const flushed = () => flushes;
      export function flush() { const lines = pending.splice(0); if (lines.length > 0) flushes++; }`,
    ],
    [
      'what is taken out in parts',
      'const log = line => { pending.push(line); };\nexport function flush() { pending.splice(0, 10).forEach(line => console.log(line)); }',
    ],
    ['what is put first', `const log = line => { pending.unshift(line); };\n${FLUSH}`],
    [
      'what unknown code is handed',
      'const log = line => { pending.push(line); };\nexport function flush() { acme.send(pending.splice(0)); }',
    ],
    [
      'what another task is told of',
      `import { EventEmitter } from 'node:events';
      const bus = new EventEmitter();
      let last;
      bus.on('lines', lines => { last = lines[0]; });
      export const latest = () => last;
      const log = line => { pending.push(line); };
      export function flush() { bus.emit('lines', pending.splice(0)); }`,
    ],
    [
      'what is told in an error',
      'const log = line => { pending.push(line); };\nexport function flush() { const lines = pending.splice(0); if (lines.length > 3) throw new Error(lines[0]); }',
    ],
    [
      'what is kept for later',
      `const log = line => { pending.push(line); };
      let last;
      export const latest = () => last;
      export function flush() { const lines = pending.splice(0); setTimeout(() => { last = lines[0]; }, 5); }`,
    ],
    [
      'what a callback is given',
      'const log = line => { pending.push(line); };\nexport function flush(done) { done(pending.splice(0)); }',
    ],
    [
      'what each task has one of',
      `const log = line => { const own = []; own.push(line); pending.push(own); };
      export const newest = () => pending.at(-1);`,
    ],
  ])('%s', (_, code) => {
    const plan = program(code);
    expect(plan.logs).toBeUndefined();
    expect(accessed(plan)).toContain('app.js#pending[]');
  });
});
