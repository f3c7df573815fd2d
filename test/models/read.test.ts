// Model files of the user: read from disk, checked, and in force before those that come with the package.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '../../src/diagnostics/configuration-error.js';
import { loadModels } from '../../src/effects/models/load.js';
import { readModelFiles } from '../../src/effects/models/read.js';
import { writeProject } from '../graph/temporary-project.js';

function fileWith(content: string): string {
  return join(writeProject({ 'models.json': content }), 'models.json');
}

function problemWith(content: string): string {
  try {
    readModelFiles([fileWith(content)]);
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.diagnostic.message.replace(/".*models\.json"/, 'FILE');
    throw error;
  }
  throw new Error('Nothing is wrong with it');
}

test("models of a package of one's own", () => {
  const [file] = readModelFiles([
    fileWith('{ "modules": { "@acme/store": { "load": { "reads": ["@acme"], "returns": "fresh Data" } } } }'),
  ]);
  const library = loadModels(file ? [file] : []);
  expect(library.get('@acme/store.load')).toEqual({ reads: ['@acme'], returns: 'fresh Data' });
  expect(library.get('node:fs.readFileSync')?.reads).toEqual(['@files']);
});

test('later files replace entries of earlier ones, and the built-in ones', () => {
  const directory = writeProject({ 'package.json': '{}' });
  const paths = ['a', 'b'].map(name => join(directory, `${name}.json`));
  paths.forEach((path, i) => {
    const model = { modules: { redis: { createClient: { returns: i === 0 ? 'fresh Data' : 'fresh Map' } } } };
    // Editors on Windows begin files with a mark.
    writeFileSync(path, `\uFEFF${JSON.stringify(model)}`);
  });
  const library = loadModels(readModelFiles(paths));
  expect(library.get('redis.createClient')).toEqual({ returns: 'fresh Map' });
  expect(loadModels().get('redis.createClient')).toEqual({ returns: 'fresh Redis' });
});

describe('says what cannot be used', () => {
  test.each([
    ['no JSON', '{ modules: {} }', /^The effect models in FILE cannot be used: .*JSON/],
    [
      'a misspelt key',
      '{ "modules": { "acme": { "save": { "write": ["arg0[]"] } } } }',
      /modules\.acme\.save\.write is not known here; known are anyThread, calls, continues, flows, isAsync, isUnique, key, locks, reads, .*writes\.$/,
    ],
    [
      'a wrong place',
      '{ "methods": { "Store#get": { "returns": "self[]" } } }',
      /methods\["Store#get"\]\.returns must be a place, .*"self\[\]" is none/,
    ],
    [
      'a limit that is nowhere',
      '{ "methods": { "L#run": { "calls": [{ "callee": "arg0", "when": "now", "excludes": { "limit": "this" } }] } } }',
      /excludes\.limit must be "arg0" or a property of it/,
    ],
    ['a list', '[]', /the file must be an object\.$/],
  ])('%s', (_, content, message) => expect(problemWith(content)).toMatch(message));
});
