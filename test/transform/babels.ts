/** Both versions of Babel that are supported, for tests that have to hold under either. */
import babel7, { type BabelFile, type PluginItem } from '@babel/core';
import { applyEdits } from '../../src/transform/apply-edits.js';
import type { Types } from '../../src/transform/rewriting.js';
import { editsOf, handlersOf, type MarkedPlan } from './marked-plan.js';

export type Babel = Pick<typeof babel7, 'transformSync' | 'transformAsync' | 'version'>;

// Typed by Babel 7's declarations: what the tests use is the same in both.
const babel8 = (await import('babel-core-8' as string)) as Babel;

export const BABELS: readonly [name: string, babel: Babel][] = [
  ['Babel 7', babel7],
  ['Babel 8', babel8],
];

/** A plugin that applies a plan written by hand, before any other plugin sees the program. */
export function planPlugin(plan: MarkedPlan, isTypeScript = false): PluginItem {
  return ({ types }: { types: Types }) => ({
    pre(file: BabelFile) {
      applyEdits(types, file.path, {
        edits: editsOf(plan, file.code, isTypeScript ? ['typescript'] : []),
        handlers: handlersOf(plan),
        format: plan.format,
        runtime: 'anyspeed/runtime',
      });
    },
    visitor: {},
  });
}

/** Transforms with a plan and nothing of the project's own configuration. */
export function transform(
  babel: Babel,
  code: string,
  plan: MarkedPlan,
  options: { plugins?: PluginItem[]; filename?: string; sourceMaps?: boolean } = {},
): { code: string; map: object | null | undefined } {
  const filename = options.filename ?? 'input.js';
  const isTypeScript = /\.[cm]?ts$/.test(filename);
  const result = babel.transformSync(code, {
    filename,
    babelrc: false,
    configFile: false,
    sourceMaps: options.sourceMaps ?? false,
    sourceType: plan.format === 'esm' ? 'module' : 'script',
    parserOpts: {
      allowReturnOutsideFunction: true,
      plugins: isTypeScript ? ['typescript', 'decorators'] : ['decorators'],
    },
    plugins: [planPlugin(plan, isTypeScript), ...(options.plugins ?? [])],
  });
  return { code: result?.code ?? '', map: result?.map };
}
