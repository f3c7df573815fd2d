/** The variant of the shop with sections of whole handlers: bundles its plugin and writes the configuration that uses it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const repository = fileURLToPath(new URL('../../', import.meta.url));
/** Below `node_modules`, where what the plugin imports is found. */
const bundled = join(repository, 'node_modules/.anyspeed-bench/whole-sections.js');

/**
 * @param {string} directory for the configuration
 * @returns {Promise<import('../demo/variants.js').Variant>}
 */
export async function wholeSectionsVariant(directory) {
  const bundle = await rolldown({
    cwd: repository,
    input: 'bench/throughput/whole-sections.ts',
    external: id => !id.startsWith('.') && !id.startsWith('/'),
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  await bundle.write({ file: bundled, format: 'esm', codeSplitting: false });
  await bundle.close();
  const config = join(directory, 'babel.whole-sections.config.js');
  const plugins = JSON.stringify([bundled]);
  writeFileSync(
    config,
    `import base from './babel.config.js';\n\nexport default { ...base, plugins: ${plugins} };\n`,
  );
  return {
    name: 'whole-sections',
    title: 'anyspeed, whole handlers',
    config,
    usesPlugin: true,
    expected: 'holds',
  };
}
