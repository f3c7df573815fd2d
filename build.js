// Builds `dist`: JavaScript for `import` and for `require` by rolldown, declarations by tsc.
// Both formats are built from the same sources because Babel 7 configurations are still often CommonJS
// and transformed servers are often compiled to it.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { buildPage } from './page/build.js';

const root = fileURLToPath(new URL('.', import.meta.url));
process.chdir(root);
rmSync('dist', { recursive: true, force: true });

const isBundled = id => id.startsWith('.') || id.startsWith('/');
const resolve = { extensionAlias: { '.js': ['.ts', '.js'] } };

const library = {
  input: {
    index: 'src/index.ts',
    babel: 'src/babel/plugin.ts',
    eslint: 'src/eslint/plugin.ts',
    runtime: 'runtime/index.ts',
    metrics: 'runtime/metrics.ts',
    audit: 'runtime/audit/index.ts',
    parallel: 'runtime/parallel/index.ts',
    'parallel-worker': 'runtime/parallel/worker.ts',
  },
  external: id => !isBundled(id),
  resolve,
};
const command = {
  input: { cli: 'src/cli/main.ts', recorder: 'src/trace/recorder.ts' },
  external: id => !isBundled(id),
  resolve,
};

async function emit(config, format) {
  const bundle = await rolldown(config);
  await bundle.write({
    dir: `dist/${format}`,
    format,
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    exports: 'named',
  });
  await bundle.close();
}

await emit(library, 'esm');
await emit(library, 'cjs');
await emit(command, 'esm');
mkdirSync('dist/cjs', { recursive: true });
// Users' model files name it in "$schema", so that their editors check them.
copyFileSync('src/effects/models/schema.json', 'dist/effect-models.schema.json');
writeFileSync('dist/report.html', await buildPage());
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
for (const format of ['esm', 'cjs']) {
  execFileSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json', '--outDir', `dist/${format}/types`],
    { stdio: 'inherit' },
  );
}
