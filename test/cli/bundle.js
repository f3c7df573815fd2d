// Bundles the command and the plugin from the present sources: `node bundle.js <directory of the package>`.
// A program of its own, because the bundler's native part does not take the objects of Jest's realm.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { buildPage } from '../../page/build.js';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const packageDirectory = process.argv[2];

async function emit(format, input) {
  const bundle = await rolldown({
    cwd,
    input,
    external: id => !id.startsWith('.') && !id.startsWith('/'),
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  const dir = join(packageDirectory, 'dist', format);
  await bundle.write({ dir, format, entryFileNames: '[name].js', exports: 'named' });
  await bundle.close();
  writeFileSync(
    join(dir, 'package.json'),
    JSON.stringify({ type: format === 'esm' ? 'module' : 'commonjs' }),
  );
}

const babel = 'src/babel/plugin.ts';
const eslint = 'src/eslint/plugin.ts';
const recorder = 'src/trace/recorder.ts';
const runtime = 'runtime/index.ts';
await emit('esm', { cli: 'src/cli/main.ts', recorder, babel, eslint, runtime });
await emit('cjs', { babel, eslint });
writeFileSync(join(packageDirectory, 'dist/report.html'), await buildPage());
