/**
 * Builds one variant of the shop and serves it until it is told to end or its standard input is closed:
 * `node bench/demo/serve.js <variant>`. Prints one line of JSON, `{ "url": ..., "adminKey": ... }`.
 *
 * For whoever wants to try the shop by hand, and for the tests: closing the input ends it even when the
 * test that started it was killed.
 */
import { exitOnSignals } from './closing.js';
import { buildPackage } from './package-build.js';
import { startServer } from './server-process.js';
import { variantNamed } from './variants.js';
import { buildVariant, temporaryDirectory } from './workspace.js';

exitOnSignals();
try {
  const variant = variantNamed(process.argv[2] ?? 'unprotected');
  if (variant.usesPlugin) buildPackage();
  const directory = await buildVariant(variant, { parent: temporaryDirectory('demo') });
  const server = await startServer(directory, { latencyMs: 5 });
  process.stdout.write(`${JSON.stringify({ url: server.url, adminKey: server.adminKey })}\n`);
  process.stdin.resume().once('end', async () => {
    await server.stop();
    process.exit();
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
}
