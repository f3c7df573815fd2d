// The page about effect models: its examples can be used, and it knows what is covered.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { findFault } from '../../src/effects/models/check.js';
import { BUILT_IN } from '../../src/effects/models/load.js';

const page = readFileSync(new URL('../../docs/effect-models.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, code]) => code as string);

test('has examples', () => expect(examples.length).toBeGreaterThan(2));

test.each(examples)('this example can be used: %s', example => {
  expect(findFault(JSON.parse(example))).toBeNull();
});

test('lists every file', () => {
  const covered = page.slice(page.indexOf('## What is covered'), page.indexOf('## Judgements'));
  expect(Object.keys(BUILT_IN).filter(file => !covered.includes(`\`${file}\``))).toEqual([]);
});

test('lists every store, and no other', () => {
  const judgements = page.slice(page.indexOf('## Judgements'));
  const listed = new Set([...judgements.matchAll(/^\|.*\| `(@\w+)` \|/gm)].map(([, store]) => store));
  const modelled = new Set(
    [...JSON.stringify(BUILT_IN).matchAll(/"(?:reads|writes)":\[([^\]]*?)\]/g)].flatMap(([, places]) =>
      [...(places as string).matchAll(/"(@[\w-]+)"/g)].map(([, store]) => store),
    ),
  );
  // Version 1 of lowdb has one of its own.
  modelled.delete('@lowdb');
  expect(modelled).toEqual(listed);
});

test('lists every module that is said to be covered of Node', () => {
  const row = /^\| `node`.*$/m.exec(page)?.[0] ?? '';
  const listed = [...row.matchAll(/`([a-z_0-9]+)`/g)].map(([, name]) => name);
  const modules = Object.keys(BUILT_IN['node-modules']?.modules ?? {}).join(',');
  const missing = listed.filter(
    name => name !== 'node' && name !== 'fetch' && !modules.includes(`node:${name}`),
  );
  expect(missing).toEqual([]);
});
