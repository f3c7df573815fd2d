/** SARIF against its official schema, with places that are those of the sources. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import Ajv from 'ajv';
import { analyzeProject } from '../../src/index.js';
import type { Plan } from '../../src/plan/plan.js';
import { sarifOf } from '../../src/report/sarif.js';
import { writeProject } from '../graph/temporary-project.js';
import { planWith } from '../report/small-plan.js';

const schema = JSON.parse(
  readFileSync(
    new URL('../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json', import.meta.url),
    'utf8',
  ),
);
// It is of draft 4, which says `id` for `$id`; nothing else in it means something else in draft 7.
const { $schema: _, id, ...rest } = schema;
const ajv = new Ajv.default({
  strict: false,
  unicodeRegExp: false,
  formats: { uri: (text: string) => URL.canParse(text), 'uri-reference': true, 'date-time': true },
});
const validate = ajv.compile({ $id: id, ...rest });

// biome-ignore lint/suspicious/noExplicitAny: the log is looked into as the JSON that it is.
type Json = any;

function logOf(plan: Plan, prefix = ''): Json {
  const log: Json = JSON.parse(JSON.stringify(sarifOf(plan, '1.2.3', { base: 'file:///work/', prefix })));
  validate(log);
  expect(validate.errors ?? []).toEqual([]);
  return log;
}

const FILES = {
  'package.json': '{ "type": "module" }',
  'src/stock list.js': `import mystery from 'mystery';
const state = { left: 1 };
export const spoil = async () => {
  mystery(state);
  await null;
  mystery(state);
};
export function count() {
  return state.left;
}
`,
  'src/broken.js': 'export function (\n',
};

describe('a program with a section, assumptions and an error', () => {
  const log = (): Json => logOf(analyzeProject({ root: writeProject(FILES) }), 'apps/a#b/');

  test('is valid, and the run says that it is not whole', () => {
    expect(log().runs[0].invocations).toEqual([{ executionSuccessful: false }]);
    expect(logOf(planWith({})).runs[0].invocations).toEqual([{ executionSuccessful: true }]);
  });

  test('has each result where it is, columns counted from 1, addresses encoded', () => {
    const { results } = log().runs[0];
    const error = results.find((r: Json) => r.ruleId === 'unparsable-module');
    expect(error).toMatchObject({
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'apps/a%23b/src/broken.js', uriBaseId: '%SRCROOT%' },
            region: { startLine: 1, startColumn: 17 },
          },
        },
      ],
    });
    const assumption = results.find((r: Json) => r.ruleId === 'assumption/unknown-call');
    expect(assumption).toMatchObject({
      level: 'note',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'apps/a%23b/src/stock%20list.js' },
            region: { startLine: 4, startColumn: 3 },
          },
        },
      ],
    });
    const section = results.find((r: Json) => r.ruleId === 'section');
    expect(section).toMatchObject({ kind: 'informational', level: 'none' });
    expect(section.locations[0].physicalLocation.region).toEqual({ startLine: 3, startColumn: 22 });
    const lines = section.relatedLocations.map((l: Json) => l.physicalLocation.region.startLine);
    expect(new Set(lines)).toEqual(new Set([4, 6]));
  });

  test('has a rule for each result', () => {
    const { results, tool } = log().runs[0];
    const rules = tool.driver.rules.map((rule: Json) => rule.id);
    expect(new Set(results.map((r: Json) => r.ruleId))).toEqual(new Set(rules));
    expect(new Set(rules).size).toBe(rules.length);
  });
});

test('a diagnostic without a place is a result without one', () => {
  const log = logOf(
    planWith({ diagnostics: [{ code: 'no-modules', severity: 'warning', message: 'None.', hint: 'Look.' }] }),
  );
  expect(log.runs[0].results[0]).toMatchObject({
    level: 'warning',
    locations: [],
    message: { text: 'None. Look.' },
  });
});

test('what is not valid is found out', () => {
  expect(validate({ version: '2.1.0', runs: [{ results: [] }] })).toBe(false);
});
