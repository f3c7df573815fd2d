/** Source maps of rewritten modules: whatever stands in the author's code is found again at its place. */

import { describe, expect, test } from '@jest/globals';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { BABELS, transform } from './babels.js';
import { executeModules } from './execute.js';
import type { MarkedPlan } from './marked-plan.js';

const SOURCE = `import { other } from 'other';
const carts = new Map();

/** Adds. */
export async function addItem(cartId, itemName) {
  const found = carts.get(cartId);
  await null;
  failDeep(found, itemName);
}

function failDeep(found, itemName) {
  if (!found) throw new Error(\`no cart for \${itemName}\`);
}

export const remove = async removedId => {
  await null; failDeep(carts.get(removedId), removedId);
};

export const object = {
  async method(methodArgument) { await null; failDeep(undefined, methodArgument); },
};

export class Cart {
  async clear(clearArgument) { await null; await object?.method(clearArgument); }
  async #hidden(hiddenArgument) { await null; failDeep(undefined, hiddenArgument); }
  open(openArgument) { return this.#hidden(openArgument); }
}
`;

const PLAN: MarkedPlan = {
  format: 'esm',
  handlers: { h: { exclusive: ['carts'] }, free: { exclusive: ['other'] } },
  edits: [
    { kind: 'wrap-declaration', at: 'async function addItem', handler: 'h' },
    { kind: 'wrap-expression', at: 'async removedId', handler: 'h' },
    { kind: 'wrap-method', at: 'async method', handler: 'h' },
    { kind: 'wrap-method', at: 'async clear', handler: 'free' },
    { kind: 'wrap-method', at: 'async #hidden', handler: 'h' },
    { kind: 'call-unscheduled', at: 'object?.method' },
    { kind: 'float', at: 'failDeep(found, itemName);' },
  ],
};

/** Line (1-based) and column (0-based) of every occurrence of a word. */
function placesOf(code: string, word: string): { line: number; column: number }[] {
  return code.split('\n').flatMap((text, index) =>
    [...text.matchAll(new RegExp(`\\b${word}\\b`, 'g'))].map(match => ({
      line: index + 1,
      column: match.index,
    })),
  );
}

describe.each(BABELS)('%s', (_, babel) => {
  const { code, map } = transform(babel, SOURCE, PLAN, { sourceMaps: true });
  const trace = new TraceMap(map as never);

  test.each([
    'cartId',
    'itemName',
    'found',
    'removedId',
    'methodArgument',
    'clearArgument',
    'hiddenArgument',
    'openArgument',
  ])('%s is found at its place', word => {
    const original = placesOf(SOURCE, word);
    const generated = placesOf(code, word);
    expect(generated.length).toBe(original.length);
    generated.forEach((place, index) => {
      const { line, column } = originalPositionFor(trace, place);
      expect({ line, column }).toEqual(original[index]);
    });
  });

  test('the calls that were added lead to the handler they are about', () => {
    const place = placesOf(code, '_schedule').at(-1);
    expect(originalPositionFor(trace, place as never).line).toBe(placesOf(SOURCE, 'hidden')[0]?.line);
  });

  test.each([
    ['a declaration', 'addItem("x")'],
    ['an arrow', 'remove("x")'],
    ['an object method', 'object.method("x")'],
    ['a class method', 'new Cart().clear("x")'],
    ['a private method', 'new Cart().open("x")'],
  ])('an error in %s has the stack that it has in the source', async (_form, call) => {
    const original = await framesOf(SOURCE, call);
    const transformed = (await framesOf(code, call)).map(frame => {
      const { line, column } = originalPositionFor(trace, frame);
      return { ...frame, line, column };
    });
    expect(original.length).toBeGreaterThan(1);
    expect(transformed).toEqual(original);
  });
});

/** The functions and places in the stack of the error that a call of a module throws. */
async function framesOf(code: string, call: string) {
  const { exports } = await executeModules({
    run: `import { addItem, remove, object, Cart } from 'entry'; export const run = () => ${call};`,
    entry: code,
    other: 'export const other = 1;',
  });
  const error = (await (exports.run as () => Promise<never>)().catch((thrown: unknown) => thrown)) as Error;
  const frames = String(error.stack).matchAll(/at (?:async )?(\S+) \(entry:(\d+):(\d+)\)/g);
  return [...frames].map(([, name, line, column]) => ({
    name,
    line: Number(line),
    column: Number(column) - 1,
  }));
}
