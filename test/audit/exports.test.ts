/** Whatever transformed code may import from the runtime, that of an audit build finds in the audit. */
import { expect, test } from '@jest/globals';
import * as audit from '../../runtime/audit/index.js';
import type { RuntimeFunction } from '../../src/transform/runtime-import.js';

/** All of them: the compiler sees to that. */
const NAMES: Record<RuntimeFunction, true> = {
  audited: true,
  begin: true,
  belonging: true,
  continuation: true,
  floating: true,
  floatingResults: true,
  guard: true,
  mustWait: true,
  propertyKey: true,
  schedule: true,
  scheduleMethod: true,
  standAside: true,
  turn: true,
  unscheduled: true,
  variablesOf: true,
};

test('the audit has all that code may import', () => {
  const missing = Object.keys(NAMES).filter(name => !(name in audit));
  expect(missing).toEqual([]);
});
