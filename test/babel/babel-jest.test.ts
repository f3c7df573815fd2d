/** Tests of a server see it as it runs: babel-jest applies the plugin like any other. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import babelJest from 'babel-jest';
import { createPlugin } from '../../src/babel/create-plugin.js';
import { writeProject } from '../graph/temporary-project.js';
import { planAsyncFunctions } from './stand-in-analysis.js';

test('babel-jest compiles a module with its plan', async () => {
  const code = 'export async function add() {}\n';
  const root = writeProject({ 'package.json': '{}', 'a.js': code });
  const transformer = await babelJest.createTransformer({
    cwd: root,
    babelrc: false,
    configFile: false,
    plugins: [createPlugin(planAsyncFunctions)],
  });
  const options = { config: { rootDir: root, cwd: root }, transformerConfig: {}, instrument: false };
  const result = transformer.process(code, join(root, 'a.js'), options as never);
  expect(result.code).toContain('_schedule("a.js#add"');
});
