/**
 * Running transformed code: every form of handler keeps its results, errors, `this`, `length`, `name` and
 * hoisting, natively, as CommonJS, and compiled for engines that have neither async functions nor classes.
 */
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import type { PluginItem } from '@babel/core';
import babel7 from '@babel/core';
import { describe, expect, test } from '@jest/globals';
import { BABELS, type Babel, planPlugin, transform } from './babels.js';
import { type BehaviourCase, CASES } from './behaviour-cases.js';
import { type Executed, executeCommonJs, executeModules } from './execute.js';
import type { MarkedPlan } from './marked-plan.js';

const require = createRequire(import.meta.url);

/** Every handler of a case has a class of its own: nothing in these modules waits. */
function planOf({ format, edits }: BehaviourCase): MarkedPlan {
  const ids = edits.flatMap(edit => edit.handler ?? []);
  return { format, edits, handlers: Object.fromEntries(ids.map(id => [id, { exclusive: [id] }])) };
}

async function observe({ exports }: Executed): Promise<unknown> {
  const observed = await (exports.observe as () => Promise<unknown>)();
  return JSON.parse(JSON.stringify(observed));
}

/** The handlers of the edits that have an effect: of two declarations with one name the first is dead. */
function liveHandlers({ edits }: BehaviourCase): string[] {
  return edits
    .flatMap(edit => edit.handler ?? [])
    .filter(id => !id.includes("'dead'") && !id.includes("'first'"));
}

function executeCode(format: MarkedPlan['format'], code: string): Promise<Executed> | Executed {
  return format === 'esm' ? executeModules({ entry: code }) : executeCommonJs(code);
}

describe.each(BABELS)('%s', (_, babel: Babel) => {
  test.each(CASES)('$name', async behaviour => {
    const original = await executeCode(behaviour.format, behaviour.code);
    const { code } = transform(babel, behaviour.code, planOf(behaviour));
    const transformed = await executeCode(behaviour.format, code);
    expect(await observe(transformed)).toEqual(await observe(original));
    expect(new Set(transformed.scheduled)).toEqual(new Set(liveHandlers(behaviour)));
  });
});

/** Compiles to CommonJS. */
function compile(behaviour: BehaviourCase, targets: Record<string, string>, plugins: PluginItem[]): string {
  const result = babel7.transformSync(behaviour.code, {
    babelrc: false,
    configFile: false,
    filename: 'input.js',
    sourceType: behaviour.format === 'esm' ? 'module' : 'script',
    presets: [[require.resolve('@babel/preset-env'), { modules: 'commonjs', targets }]],
    plugins,
  });
  return String(result?.code).replaceAll('require("entry")', 'module.exports');
}

/**
 * Whether a value is what one of two others is, part by part. Compiled to ES5, a function is never all that
 * it was (it gets a prototype, and loses a computed name), but nothing may be lost by the plan alone.
 */
function isOneOf(value: unknown, first: unknown, second: unknown): boolean {
  if (isDeepStrictEqual(value, first) || isDeepStrictEqual(value, second)) return true;
  const all = [value, first, second];
  if (!all.every(part => typeof part === 'object' && part !== null)) return false;
  const [own, ...others] = all as Record<string, unknown>[];
  const keys = Object.keys(own as object);
  return keys.every(key => isOneOf(own?.[key], others[0]?.[key], others[1]?.[key]));
}

const compilable = CASES.filter(behaviour => !behaviour.nativeOnly);

describe('together with preset-env', () => {
  test.each(compilable)('CommonJS for Node 20: $name', async behaviour => {
    const original = await executeCode(behaviour.format, behaviour.code);
    const transformed = executeCommonJs(compile(behaviour, { node: '20' }, [planPlugin(planOf(behaviour))]));
    expect(await observe(transformed)).toEqual(await observe(original));
    expect(new Set(transformed.scheduled)).toEqual(new Set(liveHandlers(behaviour)));
  });

  test.each(compilable)('async functions and classes lowered: $name', async behaviour => {
    const original = await observe(await executeCode(behaviour.format, behaviour.code));
    const lowered = await observe(executeCommonJs(compile(behaviour, { ie: '11' }, [])));
    const both = executeCommonJs(compile(behaviour, { ie: '11' }, [planPlugin(planOf(behaviour))]));
    const transformed = await observe(both);
    if (!isOneOf(transformed, original, lowered)) expect(transformed).toEqual(original);
    expect(new Set(both.scheduled)).toEqual(new Set(liveHandlers(behaviour)));
  });
});
