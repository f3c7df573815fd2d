/**
 * Each kind of violation, provoked: a plan is damaged in one way, or an assumption broken, and the audit must say so, naming
 * the handler, the class and the lines.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { Violation } from '../../runtime/audit/index.js';
import type { Edit } from '../../src/plan/edit.js';
import type { Plan } from '../../src/plan/plan.js';
import { compile, type Damage, workspace } from './compiled.js';
import { drive } from './driven.js';

const { directory, remove } = workspace();
afterAll(remove);
let count = 0;

/** Runs a program whose plan was damaged, and returns what the audit found. */
function audited(code: string, damage?: Damage): Violation[] {
  const name = `program${count++}`;
  const root = join(directory, 'sources', name);
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'shop.js'), code);
  const compiled = compile({ root, include: ['shop.js'], name }, directory, damage);
  const { failed, violations } = drive([compiled], directory)[name] ?? {};
  expect(failed).toBeUndefined();
  return violations ?? [];
}

const SHOP = `
let left = 5;
export async function take() {
  const seen = left;
  await null;
  left = seen - 1;
}
export const look = () => left;
`;

const withEdits =
  (change: (edit: Edit) => Edit | null): Damage =>
  plan => ({
    ...plan,
    modules: plan.modules.map(module => ({
      ...module,
      edits: module.edits.flatMap(edit => change(edit) ?? []),
    })),
  });

const kinds = (violations: readonly Violation[]): string[] =>
  [...new Set(violations.map(v => v.kind))].sort();

test('nothing is wrong with the plan as it is', () => {
  expect(audited(SHOP)).toEqual([]);
});

test('an access that the plan does not know', () => {
  const [violation, ...others] = audited(SHOP, plan => {
    const audit = structuredClone(plan.audit ?? {});
    for (const { accesses } of Object.values(audit)) delete accesses['6:2'];
    return { ...plan, audit };
  });
  expect(others).toEqual([]);
  expect(violation).toMatchObject({
    kind: 'unplanned',
    accesses: [{ handler: expect.stringMatching(/shop\.js#take$/), mode: 'write', storage: 'left' }],
  });
  expect(violation?.accesses[0]?.at).toMatch(/shop\.js:6:3$/);
});

test('a section that is missing', () => {
  const violations = audited(
    SHOP,
    withEdits(edit => (edit.kind === 'place-section' ? null : edit)),
  );
  expect(kinds(violations)).toEqual(['interleaved', 'not-held']);
  const notHeld = violations.find(({ kind }) => kind === 'not-held');
  expect(notHeld?.class).toMatch(/shop\.js#left$/);
  const interleaved = violations.find(({ kind }) => kind === 'interleaved');
  expect(interleaved?.accesses.map(({ at }) => at.replace(/.*js:/, ''))).toEqual(
    expect.arrayContaining(['4:16', '6:3']),
  );
});

test('a gate that is missing', () => {
  const violations = audited(
    SHOP,
    withEdits(edit => (edit.kind === 'wrap-expression' ? null : edit)),
  );
  expect(kinds(violations)).toContain('not-held');
  expect(violations[0]?.accesses[0]?.handler).toMatch(/#look$/);
});

test('a section that ends too early', () => {
  const code = `
let left = 5;
export async function take() {
  const seen = left;
  await null;
  left = seen - 1;
  await null;
  return 'taken';
}
`;
  expect(audited(code)).toEqual([]);
  const early = withEdits(edit => {
    if (edit.kind !== 'place-section') return edit;
    const start = code.indexOf('left = seen');
    return { ...edit, leaves: [{ start, end: start + 'left = seen - 1;'.length }] };
  });
  expect(kinds(audited(code, early))).toContain('not-held');
});

test('a section that begins too late', () => {
  const late = withEdits(edit => {
    if (edit.kind !== 'place-section') return edit;
    const start = SHOP.indexOf('left = seen');
    return { ...edit, enters: [{ start, end: start + 'left = seen - 1;'.length }], leaves: [] };
  });
  expect(kinds(audited(SHOP, late))).toEqual(expect.arrayContaining(['interleaved', 'not-held']));
});

test('work that nobody awaits and that is not tied to its task', () => {
  const code = `
let left = 5;
async function write(seen) {
  await null;
  await null;
  left = seen - 1;
}
export async function take() {
  const seen = left;
  write(seen);
}
`;
  expect(audited(code)).toEqual([]);
  const loose = withEdits(edit => (edit.kind === 'float' ? null : edit));
  expect(kinds(audited(code, loose))).toContain('not-held');
});

test('what a handler hands out and is handed again', () => {
  const code = `
const box = { left: 5 };
export const lend = () => box;
export async function spend(given) {
  const own = typeof given === 'object' ? given : lend();
  const seen = own.left;
  await null;
  own.left = seen - 1;
}
`;
  expect(audited(code)).toEqual([]);
});

test('start-up that is not over when handlers run', () => {
  const code = `
let left = 5;
export const put = n => { left = n; };
async function refill() {
  for (let i = 0; i < 40; i++) {
    await new Promise(resolve => setTimeout(resolve, 1));
    left = 5;
  }
}
refill();
`;
  expect(kinds(audited(code))).toEqual(['late-start-up']);
});

test('handlers whose authors answer for them are left alone', () => {
  const code = SHOP.replace('take() {', "take() {\n  'use unscheduled';");
  expect(audited(code)).toEqual([]);
});

test('the tables say whom an access is charged to', () => {
  let audit: Plan['audit'];
  audited(SHOP, plan => {
    audit = plan.audit;
    return plan;
  });
  const [tables] = Object.values(audit ?? {});
  expect(Object.keys(tables?.handlers ?? {}).sort()).toEqual(['3:7', '8:20']);
  expect(tables?.accesses['6:2']).toMatchObject([{ isWrite: true, isLocked: true }]);
});
