/**
 * Where sections are placed, and what is emitted: `input.js` is analysed and compiled as it is, `output.js` is what comes
 * out. Write the outputs anew with UPDATE_FIXTURES=1, and read the difference before committing it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { emit, planOf } from '../serializability/compile.js';
import { BABELS } from '../transform/babels.js';

const root = fileURLToPath(new URL('../fixtures/sections/', import.meta.url));

describe.each(BABELS)('%s', (_, babel) => {
  test.each(readdirSync(root))('%s', name => {
    const folder = join(root, name);
    const input = readFileSync(join(folder, 'input.js'), 'utf8');
    const code = `${emit(input, planOf(input), babel)}\n`;
    const output = join(folder, 'output.js');
    if (process.env.UPDATE_FIXTURES || !existsSync(output)) writeFileSync(output, code);
    expect(code).toBe(readFileSync(output, 'utf8'));
  });
});
