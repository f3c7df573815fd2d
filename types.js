// Type-checks all projects of the repository: the sources with their tests, the page of the report, each bench, each fixture and each
// variant of a fixture. They are searched for, so that a new one cannot be forgotten.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const configs = ['bench', 'fixtures'].flatMap(directory =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter(path => /(^|[\\/])tsconfig\.json$/.test(path) && !path.includes('node_modules'))
    .map(path => join(directory, dirname(path)))
    .sort(),
);

let hasFailed = false;
for (const project of ['.', 'page', ...configs]) {
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '--noEmit', '-p', project],
    { cwd: root, stdio: 'inherit' },
  );
  if (status === 0) continue;
  process.stderr.write(`${project} does not type-check\n`);
  hasFailed = true;
}
process.exitCode = hasFailed ? 1 : 0;
