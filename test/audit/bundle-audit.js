/** Bundles the runtime and its audit as a package into the directory named; a program, as the bundler does not take what Jest's realm makes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const [directory = ''] = process.argv.slice(2);
const bundle = await rolldown({
  input: { runtime: 'runtime/index.ts', audit: 'runtime/audit/index.ts' },
  external: id => id.startsWith('node:'),
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
});
await bundle.write({
  dir: join(directory, 'esm'),
  format: 'esm',
  entryFileNames: '[name].mjs',
  chunkFileNames: '[name].mjs',
});
await bundle.write({
  dir: join(directory, 'cjs'),
  format: 'cjs',
  exports: 'named',
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
});
await bundle.close();
mkdirSync(directory, { recursive: true });
const both = (/** @type {string} */ name) => ({ import: `./esm/${name}.mjs`, require: `./cjs/${name}.cjs` });
writeFileSync(
  join(directory, 'package.json'),
  JSON.stringify({
    name: 'anyspeed',
    exports: { './runtime': both('runtime'), './runtime/audit': both('audit') },
  }),
);
