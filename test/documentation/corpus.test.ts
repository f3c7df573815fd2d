/** The page of real servers is about the servers that the bench analyses. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { SERVERS } from '../../bench/corpus/servers.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('each server of the corpus is installed and has a row in the page', () => {
  const { dependencies } = JSON.parse(read('bench/corpus/packages/package.json'));
  const names = SERVERS.map(({ name }) => name);
  expect(Object.keys(dependencies).sort()).toEqual([...names].sort());
  const results = read('docs/corpus.md').split('| assumption |')[0] ?? '';
  const rows = [...results.matchAll(/^\| (?!server|---)([^ |]+) \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(names);
});
