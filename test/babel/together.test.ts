/** The plugin beside the plugins and presets that servers use, in either order. */
import { createRequire } from 'node:module';
import babel, { type PluginItem } from '@babel/core';
import { describe, expect, test } from '@jest/globals';
import { planPlugin } from '../transform/babels.js';
import { executeCommonJs, executeModules } from '../transform/execute.js';
import type { MarkedPlan } from '../transform/marked-plan.js';

const require = createRequire(import.meta.url);
const plugin = (name: string, options: object = {}): PluginItem => [require.resolve(name), options];

interface Setup {
  code: string;
  plan: MarkedPlan;
  presets?: PluginItem[];
  /** Listed before ours and after it. */
  before?: PluginItem[];
  after?: PluginItem[];
}

function compile({ code, plan, presets = [], before = [], after = [] }: Setup): string {
  const result = babel.transformSync(code, {
    filename: '/project/input.ts',
    babelrc: false,
    configFile: false,
    presets,
    plugins: [...before, planPlugin(plan, true), ...after],
  });
  return String(result?.code);
}

const TYPESCRIPT: Pick<Setup, 'code' | 'plan'> = {
  code: `import type { Item } from './types.js';
import { type Store, Cart as Base } from './base.js';
export enum Size { small, large }
export function add(item: string): Promise<string[]>;
export function add(item: number): Promise<string[]>;
export async function add(item: string | number): Promise<string[]> {
  return [String(item), Size[Size.large]!, Inner.name.name];
}
export namespace Inner {
  export async function name(): Promise<string> { return 'inner'; }
}
export default class Cart extends Base {
  constructor(private readonly id: string, public onChange: () => Promise<void> = async () => {}) { super(); }
  async clear(this: Cart): Promise<string> { return this.id; }
  handler = (async (x: string) => x + this.id) satisfies (x: string) => Promise<string>;
}
`,
  plan: {
    format: 'esm',
    handlers: { h: { exclusive: ['h'] } },
    edits: [
      { kind: 'wrap-declaration', at: 'async function add', handler: 'h' },
      { kind: 'wrap-declaration', at: 'async function name', handler: 'h' },
      { kind: 'wrap-method', at: 'async clear', handler: 'h' },
      { kind: 'wrap-expression', at: 'async () => {}', handler: 'h' },
      { kind: 'wrap-expression', at: 'async (x: string)', handler: 'h' },
    ],
  },
};

type Exports = Record<string, (...args: unknown[]) => Promise<unknown>> & {
  default: new (id: string) => Record<string, ((x?: string) => Promise<string>) & { name: string }>;
  Inner: { name: () => Promise<string> };
};

async function expectTypeScript({ exports, scheduled }: { exports: object; scheduled: string[] }) {
  const { add, default: Cart, Inner } = exports as Exports;
  const cart = new Cart('7');
  expect(await add?.(1)).toEqual(['1', 'large', 'name']);
  expect(await Inner.name()).toBe('inner');
  expect(await cart.clear?.()).toBe('7');
  expect(await cart.handler?.('id')).toBe('id7');
  expect([add?.name, cart.clear?.name, cart.handler?.name, cart.onChange?.name]).toEqual([
    'add',
    'clear',
    'handler',
    'onChange',
  ]);
  expect(scheduled).toHaveLength(5);
}

const BASE = 'export class Cart {}';
const Base = { Cart: class {} };

describe('TypeScript', () => {
  test.each([
    ['the preset', { presets: [plugin('@babel/preset-typescript')] }],
    [
      'the preset, keeping value imports',
      { presets: [plugin('@babel/preset-typescript', { onlyRemoveTypeImports: true })] },
    ],
    ['its plugin listed before ours', { before: [plugin('@babel/plugin-transform-typescript')] }],
    ['its plugin listed after ours', { after: [plugin('@babel/plugin-transform-typescript')] }],
  ])('%s keeps the import of the runtime', async (_name, setup) => {
    const entry = compile({ ...TYPESCRIPT, ...setup });
    await expectTypeScript(await executeModules({ entry, './base.js': BASE }));
  });

  test.each([{ node: '20' }, { ie: '11' }])('compiled to CommonJS for %j', async targets => {
    const presets = [
      plugin('@babel/preset-env', { modules: 'commonjs', targets }),
      plugin('@babel/preset-typescript'),
    ];
    const code = compile({ ...TYPESCRIPT, presets });
    await expectTypeScript(executeCommonJs(code, () => Base));
  });
});

describe('decorators', () => {
  const setup = (version: 'legacy' | '2023-11'): Setup => ({
    code: `const log = [];
const legacy = ${version === 'legacy'};
function loud(method, context, descriptor) {
  const wrap = f => async function (...args) { return [...(await f.apply(this, args)), '!']; };
  log.push(typeof (legacy ? descriptor.value : method));
  if (!legacy) return wrap(method);
  return { ...descriptor, value: wrap(descriptor.value) };
}
export class Cart {
  static first = new Cart();
  id = 3;
  @loud async add(item) { return [this.id, item]; }
  @loud static async open(item) { return [typeof this, item]; }
  async plain() { return 'plain'; }
}
export const observe = async () => [log, await new Cart().add(1), await Cart.open(2), await Cart.first.plain()];
`,
    plan: {
      format: 'esm',
      handlers: { add: { exclusive: ['a'] }, open: { exclusive: ['b'] }, plain: { exclusive: ['c'] } },
      edits: [
        { kind: 'wrap-method', at: '@loud async add', handler: 'add' },
        { kind: 'wrap-method', at: '@loud static', handler: 'open' },
        { kind: 'wrap-method', at: 'async plain', handler: 'plain' },
      ],
    },
    after: [plugin('@babel/plugin-proposal-decorators', { version })],
  });

  test.each(['legacy', '2023-11'] as const)('%s', async version => {
    const code = compile({
      ...setup(version),
      presets: [plugin('@babel/preset-env', { targets: { node: '16' } })],
    });
    const { exports, scheduled } = executeCommonJs(code);
    expect(JSON.parse(JSON.stringify(await (exports.observe as () => Promise<unknown>)()))).toEqual([
      ['function', 'function'],
      [3, 1, '!'],
      ['function', 2, '!'],
      'plain',
    ]);
    expect(scheduled.sort()).toEqual(['add', 'open', 'plain']);
  });
});

test('the helpers of transform-runtime', async () => {
  const code = compile({
    ...TYPESCRIPT,
    presets: [plugin('@babel/preset-env', { targets: { ie: '11' } }), plugin('@babel/preset-typescript')],
    after: [plugin('@babel/plugin-transform-runtime')],
  });
  expect(code).toContain('require("@babel/runtime/');
  await expectTypeScript(
    executeCommonJs(code, request => (request === './base.js' ? Base : require(request))),
  );
});

describe('import cycles', () => {
  // `b` runs first, while nothing of `a` but its hoisted functions exists.
  const sources = {
    a: `import { early, again } from 'b';
export async function add(x) { return ['add', x]; }
export default async function (x) { return ['default', x]; }
export const observe = async () => [await early, await again(2), add.name];
`,
    b: `import byDefault, { add } from 'a';
export const early = Promise.all([add(1), byDefault(1)]);
export const again = x => add(x);
`,
  };
  const plan: MarkedPlan = {
    format: 'esm',
    handlers: { add: { exclusive: ['a'] }, default: { exclusive: ['b'] } },
    edits: [
      { kind: 'wrap-declaration', at: 'async function add', handler: 'add' },
      { kind: 'wrap-declaration', at: 'async function (x)', handler: 'default' },
    ],
  };

  test('functions are hoisted across modules as they were, and scheduled once their module has run', async () => {
    const { exports, scheduled } = await executeModules({
      ...sources,
      a: compile({ code: sources.a, plan }),
    });
    const observed = await (exports.observe as () => Promise<unknown>)();
    expect(JSON.stringify(observed)).toBe('[[["add",1],["default",1]],["add",2],"add"]');
    expect(scheduled).toEqual(['add', 'default']);
  });
});
