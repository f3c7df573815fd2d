/**
 * The runtime as one file, for tests that need a process of their own: Jest's has its own globals and handles
 * rejections itself.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Bundled {
  folder: string;
  /**
   * Runs a program that can import `./runtime.mjs`, also as `./minified.mjs`, and require `./runtime.cjs`; returns what
   * it prints, as JSON.
   */
  run(program: string, ...flags: string[]): unknown;
  remove(): void;
}

// In a process of its own as well: the bundler's native part does not take what Jest's realm makes.
const build = `
  import { rolldown } from 'rolldown';
  const bundle = await rolldown({
    input: 'runtime/index.ts',
    external: id => id.startsWith('node:'),
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  const folder = process.env.FOLDER;
  await bundle.write({ file: folder + '/runtime.mjs', format: 'esm' });
  await bundle.write({ file: folder + '/minified.mjs', format: 'esm', minify: true });
  await bundle.write({ file: folder + '/runtime.cjs', format: 'cjs', exports: 'named' });
  await bundle.close();
`;

export function bundleRuntime(): Bundled {
  const folder = mkdtempSync(join(tmpdir(), 'anyspeed-runtime-'));
  execFileSync(process.execPath, ['--input-type=module', '-e', build], {
    env: { ...process.env, FOLDER: folder },
  });
  return {
    folder,
    run(program, ...flags) {
      const output = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', program], {
        cwd: folder,
        encoding: 'utf8',
      });
      return JSON.parse(output);
    },
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
