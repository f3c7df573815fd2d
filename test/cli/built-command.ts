/** The command as the tests of a file run it: built once before them, and removed after them. */
import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { buildPackage, remove } from './built-package.js';
import { type Run, type RunOptions, runCommand } from './run-command.js';

export interface BuiltCommand {
  /** The directory of the package; only in tests. */
  readonly packageDirectory: string;
  run(args: readonly string[], options?: RunOptions): Promise<Run>;
  /** Runs it with a reader that goes away after the first line of what it prints, on either stream. */
  runForOneLine(args: readonly string[], cwd?: string): Promise<{ line: string; code: number }>;
}

export function builtCommand(): BuiltCommand {
  let packageDirectory: string;
  beforeAll(() => {
    packageDirectory = buildPackage();
    // Other users run it, too.
    chmodSync(packageDirectory, 0o755);
  });
  afterAll(() => remove(packageDirectory));
  return {
    get packageDirectory() {
      return packageDirectory;
    },
    run: (args, options) => runCommand(packageDirectory, [...args], options),
    runForOneLine: (args, cwd) =>
      new Promise((resolve, reject) => {
        const cli = join(packageDirectory, 'dist/esm/cli.js');
        const script = '("$0" "$@" 2>&1; echo $? >&3) 3>&2 | head -n 1';
        execFile(
          'bash',
          ['-c', script, process.execPath, cli, ...args],
          { encoding: 'utf8', cwd },
          (error, stdout, stderr) =>
            error ? reject(error) : resolve({ line: stdout, code: Number(stderr) }),
        );
      }),
  };
}

/** Somebody who may only do what everybody may: root, who runs tests in containers, may do everything. */
export const nobody: RunOptions = process.getuid?.() === 0 ? { uid: 65534 } : {};

/** Changes what may be done with a file or directory, for as long as `use` takes. */
export async function withMode<T>(path: string, mode: number, use: () => Promise<T>): Promise<T> {
  chmodSync(path, mode);
  try {
    return await use();
  } finally {
    chmodSync(path, 0o755);
  }
}
