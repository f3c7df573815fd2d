/** The bench measures what it says: all variants under load, times that are held, and which runs broke an invariant. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const program = fileURLToPath(new URL('../../bench/throughput/main.js', import.meta.url));
const execute = promisify(execFile);

const bench = (...args: string[]) =>
  execute(process.execPath, [program, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );

/** The cells of a row of one of the tables. */
function row(output: string, title: string): string[] {
  const line = output.split('\n').find(text => text.startsWith(`| ${title}`));
  if (line === undefined) throw new Error(`no row "${title}" in:\n${output}`);
  return line.split('|').map(cell => cell.trim());
}

test('locks are held, and for how long is compared handler by handler', async () => {
  const { code, stdout, stderr } = await bench('--rounds=1', '--seconds=1', '--only=time that');
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('building') });
  expect(Number(row(stdout, 'time that a lock is held')[3]?.replaceAll('*', ''))).toBeGreaterThan(0);
  const [, , tasks, narrow, whole] = row(stdout, '`src/services/cart.ts#addToCart`').map(Number);
  expect(tasks).toBeGreaterThan(0);
  expect(narrow).toBeGreaterThan(0);
  // As a whole handler it also holds while the warehouse is asked.
  expect(whole).toBeGreaterThan(5);
}, 120_000);

test('what it cannot run it refuses with a sentence', async () => {
  expect(await bench('--rounds=none')).toMatchObject({
    code: 2,
    stderr: '--rounds must be a number from 1 to 100\n',
  });
  expect(await bench('--only=one', '--write')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('leave --only away'),
  });
});
