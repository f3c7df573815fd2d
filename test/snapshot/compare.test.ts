/** What counts as lost between two versions of a program, analysed for real. */
import { describe, expect, test } from '@jest/globals';
import { analyzeProject } from '../../src/index.js';
import type { Plan } from '../../src/plan/plan.js';
import { renderChanges } from '../../src/report/changes.js';
import { PLAIN } from '../../src/report/style.js';
import { compareWith, type HandlerChange, isLoss, needsReview } from '../../src/snapshot/compare.js';
import { snapshotOf } from '../../src/snapshot/snapshot.js';
import { parseSnapshot, printSnapshot } from '../../src/snapshot/text.js';
import { writeProject } from '../graph/temporary-project.js';

const planOf = (code: string, file = 'shop.js'): Plan =>
  analyzeProject({ root: writeProject({ 'package.json': '{ "type": "module" }', [file]: code }) });

const changesOf = (before: string, after: string) => compareWith(snapshotOf(planOf(before)), planOf(after));

function changeOf(before: string, after: string, name: string): HandlerChange | undefined {
  return changesOf(before, after).handlers.find(({ id }) => id === `shop.js#${name}`);
}

const BUY = `export async function buy() {
  if (stock === 0) return;
  await null;
  stock -= 1;
}
`;
const COUNT = 'export const count = () => stock;\n';
const SHOP = `let stock = 10;\n${BUY}${COUNT}`;

test('the same program: nothing', () => {
  expect(changesOf(SHOP, `// moved down\n\n${SHOP}`)).toEqual({ handlers: [], renamed: [] });
});

describe('lost concurrency', () => {
  test('a gate becomes a section', () => {
    const after = SHOP.replace(
      COUNT,
      'export const count = async () => { const s = stock; await null; return s + stock; };',
    );
    const change = changeOf(SHOP, after, 'count');
    expect(change).toMatchObject({ lostConcurrency: true, lost: [], gained: [] });
    expect(changesOf(SHOP, after).handlers).toHaveLength(1);
  });

  test('a section becomes the whole handler', () => {
    const after = SHOP.replace('async function buy', 'async function* buy');
    expect(changeOf(SHOP, after, 'buy')).toMatchObject({ lostConcurrency: true, lost: [] });
  });

  test('what was untouched passes a gate, because somebody else got a section', () => {
    const before = `let stock = 10;\nexport const buy = () => { stock -= 1; };\n${COUNT}`;
    const comparison = compareWith(snapshotOf(planOf(before)), planOf(SHOP));
    expect(comparison.handlers.map(change => [change.id, isLoss(change)])).toEqual([
      ['shop.js#buy', true],
      ['shop.js#count', true],
    ]);
    expect(renderChanges(comparison, planOf(SHOP), PLAIN)).toContain(
      'It now waits for shop.js#buy (new there) on shop.js#stock.',
    );
  });

  test('one more resource, in a class with the same name', () => {
    const before = `let stock = 10; let total = 0;\n${BUY}export const see = () => total;`;
    const after = before.replace(
      'await null;\n  stock -= 1;',
      'total += 1;\n  await null;\n  stock -= 1; total += 1;',
    );
    expect(changeOf(before, after, 'buy')).toMatchObject({
      lostConcurrency: true,
      gained: [{ resource: 'shop.js#total', mode: 'exclusive' }],
    });
  });

  test('a reader writes', () => {
    const read = 'export const both = async () => { const s = stock; await null; return s + stock; };';
    const write = 'export const both = async () => { const s = stock; await null; stock = s; };';
    expect(changeOf(`${SHOP}${read}`, `${SHOP}${write}`, 'both')).toMatchObject({
      lostConcurrency: true,
      gained: [{ resource: 'shop.js#stock', mode: 'update' }],
    });
  });
});

describe('lost protection', () => {
  test('an author opted out', () => {
    const after = SHOP.replace('buy() {', "buy() {\n  'use unscheduled';");
    expect(changeOf(SHOP, after, 'buy')?.lost).toMatchObject([
      { resource: 'shop.js#stock', why: 'opted-out' },
    ]);
  });

  test('its section is given up in between, while another task has to bring what it awaits', () => {
    const poll = (wait: string): string => `const waiting = []; let taken = 0;
      export async function take() { const n = taken; ${wait} taken = n + 1; }
      export async function give(value) { const before = taken; await null; waiting.shift()?.(value); taken = before + 1; }`;
    const [held, given] = [
      poll('await null; waiting.push(() => {});'),
      poll('await new Promise(resolve => waiting.push(resolve));'),
    ];
    expect(changeOf(held, given, 'take')).toMatchObject({ isSplit: true, lostConcurrency: false, lost: [] });
    expect(renderChanges(changesOf(held, given), planOf(given), PLAIN)).toContain('is now given up while');
    expect(changeOf(given, held, 'take')).toMatchObject({ isSplit: false, lostConcurrency: true });
    expect(renderChanges(changesOf(given, held), planOf(held), PLAIN)).toContain('now it is not');
  });

  test('an access is out of sight', () => {
    const after = SHOP.replace(COUNT, 'export const count = () => 10;');
    expect(changeOf(SHOP, after, 'count')?.lost).toMatchObject([{ why: 'not-accessed' }]);
  });

  test('a write is out of sight: all who read lost it, too', () => {
    const { handlers } = changesOf(SHOP, SHOP.replace('stock -= 1;', ''));
    expect(handlers.map(({ id, lost }) => [id, lost[0]?.why])).toEqual([
      ['shop.js#buy', 'not-written'],
      ['shop.js#count', 'not-written'],
    ]);
  });

  test('a protected handler is gone', () => {
    expect(changeOf(SHOP, `let stock = 10;\n${COUNT}`, 'buy')).toMatchObject({
      after: null,
      lost: [{ why: 'gone' }],
    });
  });
});

describe('nothing lost', () => {
  test('a section that became atomic by itself', () => {
    const comparison = changesOf(SHOP, SHOP.replace('  await null;\n', ''));
    expect(comparison.handlers.filter(isLoss)).toEqual([]);
    expect(comparison.handlers.map(({ id }) => id)).toEqual(['shop.js#buy', 'shop.js#count']);
    expect(needsReview(comparison)).toBe(false);
  });

  test('a new handler, even if it shares', () => {
    const after = `${SHOP}export const restock = async () => { const s = stock; await null; stock = s + 1; };`;
    const comparison = changesOf(SHOP, after);
    expect(comparison.handlers).toMatchObject([
      { id: 'shop.js#restock', before: null, lostConcurrency: false, gained: [] },
    ]);
    expect(needsReview(comparison)).toBe(false);
  });

  test('an untouched handler that is gone', () => {
    expect(needsReview(changesOf(`${SHOP}export const version = () => 1;`, SHOP))).toBe(false);
  });

  test('a handler with another name', () => {
    const comparison = changesOf(SHOP, SHOP.replace('function buy', 'function order'));
    expect(comparison.handlers).toMatchObject([
      { id: 'shop.js#order', renamedFrom: 'shop.js#buy', lost: [] },
    ]);
    expect(needsReview(comparison)).toBe(false);
  });
});

describe('a resource with another name', () => {
  test('is to be looked at, but nobody lost anything', () => {
    const comparison = changesOf(SHOP, SHOP.replaceAll('stock', 'left'));
    expect(comparison).toEqual({
      handlers: [],
      renamed: [{ before: 'shop.js#stock', after: 'shop.js#left' }],
    });
    expect(needsReview(comparison)).toBe(true);
  });

  test('the whole module moved', () => {
    const comparison = compareWith(snapshotOf(planOf(SHOP)), planOf(SHOP, 'store.js'));
    expect(comparison.handlers.filter(isLoss)).toEqual([]);
    expect(comparison.renamed).toHaveLength(1);
  });

  test('a new one that others hold is another one', () => {
    const after = `let left = 10;\n${BUY.replaceAll('stock', 'left')}export const count = () => 3;`;
    const comparison = changesOf(SHOP, after);
    expect(comparison.renamed).toEqual([]);
    expect(comparison.handlers.filter(isLoss).map(({ id }) => id)).toEqual(['shop.js#buy', 'shop.js#count']);
  });
});

describe('keys', () => {
  const PAY = `const left = new Map();
export async function pay(user) {
  const before = left.get(user);
  await null;
  left.set(user, before - 1);
}
`;
  /** `pay` with another use of the map in it. */
  const withLine = (line: string): string => PAY.replace('  await null;\n', `  await null;\n${line}\n`);
  const KEYED = 'shop.js#left[]';

  test('what they are called is no loss', () => {
    expect(changesOf(PAY, PAY.replaceAll('user', 'name')).handlers).toEqual([]);
  });

  test('one more is a loss', () => {
    const after = withLine('  left.set(user.friend, 0);');
    expect(changeOf(PAY, after, 'pay')).toMatchObject({
      lostConcurrency: true,
      widened: [{ resource: KEYED, before: ['user'], after: ['user', 'user.friend'] }],
    });
    const comparison = changesOf(PAY, after);
    expect(needsReview(comparison)).toBe(true);
    expect(renderChanges(comparison, planOf(after), PLAIN)).toBe(
      `1 handler lost concurrency

shop.js#pay  shop.js:2:8
  It took ${KEYED} by the key user; now it takes it by the keys user, user.friend.`,
    );
  });

  test('the whole is a loss, and the way back is none', () => {
    const other = PAY.slice(PAY.indexOf('export')).replace('pay', 'take');
    const after = withLine('  left.delete(Math.random());');
    const change = changeOf(PAY + other, after + other, 'pay');
    expect(change).toMatchObject({ lostConcurrency: true, lost: [], gained: [] });
    expect(change?.widened).toEqual([{ resource: KEYED, before: ['user'], after: null }]);
    expect(renderChanges(changesOf(PAY + other, after + other), planOf(after + other), PLAIN)).toContain(
      `It took ${KEYED} by the key user; now it takes it as a whole, because a key that it accesses is not known where it begins (shop.js:5:3).`,
    );
    const back = changesOf(after + other, PAY + other);
    expect(back.handlers).toMatchObject([{ id: 'shop.js#pay', lostConcurrency: false, widened: [] }]);
    expect(renderChanges(back, planOf(PAY + other), PLAIN)).toContain('freer  shop.js#pay  waits for less');
  });

  test('a snapshot says them, and is read with them', () => {
    const text = printSnapshot(snapshotOf(planOf(PAY)));
    expect(text).toContain(`\nshop.js#pay  section  exclusive ${KEYED}  by user\n`);
    expect(parseSnapshot(text)).toEqual(snapshotOf(planOf(PAY)));
  });
});

describe('a class that a section takes in a later step', () => {
  const SHOP = `
let left = 0, sold = 0;
export async function take() { const before = left; await null; left = before - 1; }
export async function count() { const before = sold; await null; sold = before + 1; }
export async function order() { left--; await null; sold++; await null; left--; sold++; }
`;
  const SOONER = SHOP.replace('left--; await null; sold++;', 'left--; sold++; await null; sold++;');

  test('stands in the snapshot, and is read with it', () => {
    const text = printSnapshot(snapshotOf(planOf(SHOP)));
    expect(text).toContain(
      '\nshop.js#order  section  exclusive shop.js#left  exclusive shop.js#sold  later\n',
    );
    expect(parseSnapshot(text)).toEqual(snapshotOf(planOf(SHOP)));
  });

  test('is held for longer if it is taken at the beginning, and for less the other way round', () => {
    expect(changeOf(SHOP, SOONER, 'order')).toMatchObject({
      lostConcurrency: true,
      sooner: [{ resource: 'shop.js#sold', mode: 'exclusive' }],
    });
    expect(renderChanges(changesOf(SHOP, SOONER), planOf(SOONER), PLAIN)).toContain(
      'It took shop.js#sold in a later step of its section; now it takes it where that begins.',
    );
    const back = changesOf(SOONER, SHOP);
    expect(back.handlers).toMatchObject([{ id: 'shop.js#order', lostConcurrency: false, sooner: [] }]);
    expect(needsReview(back)).toBe(false);
  });
});

describe('functions that may run in other threads', () => {
  const WORK = "export async function work(x) {\n  'use parallel';\n  return x * 2;\n}\n";
  const PLAIN_WORK = WORK.replace("  'use parallel';\n", '');

  test('a snapshot says them, and is read with them', () => {
    const text = printSnapshot(snapshotOf(planOf(WORK)));
    expect(text).toMatch(/\n\[parallel functions\]\nshop\.js#work\n$/);
    expect(parseSnapshot(text)).toEqual(snapshotOf(planOf(WORK)));
    expect(printSnapshot(snapshotOf(planOf(SHOP)))).not.toContain('parallel');
  });

  test('one that stays in its thread from now on is to be looked at', () => {
    const comparison = changesOf(WORK, PLAIN_WORK);
    expect(comparison.bound).toEqual(['shop.js#work']);
    expect(needsReview(comparison)).toBe(true);
    expect(renderChanges(comparison, planOf(PLAIN_WORK), PLAIN)).toBe(
      '1 function that could run in other threads, and cannot any more or has another name\n  shop.js#work',
    );
    expect(needsReview(changesOf(PLAIN_WORK, WORK))).toBe(false);
  });
});
