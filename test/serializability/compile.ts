/** Random programs compiled with the plugin's own stages, in memory. */
import { createHash } from 'node:crypto';
import babel7, { type BabelFile } from '@babel/core';
import { parse } from '@babel/parser';
import { analyze } from '../../src/analyze.js';
import type { ModuleGraph } from '../../src/graph/module-graph.js';
import { normalizeOptions } from '../../src/options.js';
import type { Plan } from '../../src/plan/plan.js';
import { applyEdits } from '../../src/transform/apply-edits.js';
import type { Types } from '../../src/transform/rewriting.js';

const options = normalizeOptions({ root: process.cwd() }, process.cwd());

/** The plan of a CommonJS module of which only some modules of Node are outside. */
export function planOf(code: string): Plan {
  const graph: ModuleGraph = {
    root: '/',
    modules: new Map([
      [
        'main.js',
        {
          id: 'main.js',
          file: '/main.js',
          code,
          hash: createHash('sha256').update(code).digest('hex'),
          format: 'commonjs',
          ast: parse(code, { sourceType: 'script' }),
          imports: new Map(
            ['node:timers/promises', 'node:crypto', 'node:events', 'node:fs', 'express'].map(name => [
              name,
              { kind: 'external', name },
            ]),
          ),
        },
      ],
    ]),
    diagnostics: [],
  };
  return analyze(graph, options);
}

/** The module as the plugin emits it by this plan. */
export function emit(code: string, plan: Plan, babel: Pick<typeof babel7, 'transformSync'> = babel7): string {
  const result = babel.transformSync(code, {
    filename: '/main.js',
    babelrc: false,
    configFile: false,
    sourceType: 'script',
    plugins: [
      ({ types }: { types: Types }) => ({
        pre(file: BabelFile) {
          applyEdits(types, file.path, {
            edits: plan.modules[0]?.edits ?? [],
            handlers: new Map(plan.handlers.map(handler => [handler.id, handler])),
            format: 'commonjs',
            runtime: 'anyspeed/runtime',
          });
        },
        visitor: {},
      }),
    ],
  });
  return result?.code ?? '';
}
