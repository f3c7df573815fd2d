/**
 * What is emitted for each form of handler, in each module system: `input.*`, the edits in `plan.json`, and
 * `output.*`. Write the outputs anew with UPDATE_FIXTURES=1, and read the difference before committing it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { BABELS, transform } from './babels.js';
import type { MarkedPlan } from './marked-plan.js';

const root = fileURLToPath(new URL('../fixtures/transform/', import.meta.url));
const folders = (path: string) =>
  readdirSync(path, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name);

describe.each(BABELS)('%s', (_, babel) => {
  describe.each(folders(root))('%s', group => {
    test.each(folders(join(root, group)))('%s', name => {
      const folder = join(root, group, name);
      const input = readdirSync(folder).find(file => file.startsWith('input.')) as string;
      const plan: MarkedPlan = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8'));
      const { code } = transform(babel, readFileSync(join(folder, input), 'utf8'), plan, { filename: input });
      const output = join(folder, `output${extname(input)}`);
      if (process.env.UPDATE_FIXTURES || !existsSync(output)) writeFileSync(output, `${code}\n`);
      expect(`${code}\n`).toBe(readFileSync(output, 'utf8'));
    });
  });
});
