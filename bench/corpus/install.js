/**
 * Installs the servers of the corpus, once for every version of the lock file.
 *
 * They lie outside the repository: nothing there should find them by accident, neither the compiler nor the tests,
 * and several working trees can use the same ones. No script of any of them is run.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FILES = ['package.json', 'package-lock.json'];
const LONGEST_INSTALL_MS = 300_000;
const manifest = fileURLToPath(new URL('packages/', import.meta.url));

/** The directory of installed packages. */
export function installServers() {
  const hash = createHash('sha256');
  for (const name of FILES) hash.update(readFileSync(join(manifest, name)));
  const parent = realpathSync(tmpdir());
  const directory = join(parent, `anyspeed-corpus-${hash.digest('hex').slice(0, 12)}`);
  const packages = join(directory, 'node_modules');
  if (existsSync(packages)) return packages;

  // Made elsewhere and moved when complete, so that nobody ever takes half of it for all.
  const draft = mkdtempSync(join(parent, 'anyspeed-corpus-draft-'));
  try {
    for (const name of FILES) cpSync(join(manifest, name), join(draft, name));
    const flags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', ['ci', ...flags], {
      cwd: draft,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: LONGEST_INSTALL_MS,
    });
    if (!existsSync(packages)) renameSync(draft, directory);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return packages;
}
