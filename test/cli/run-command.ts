/** The command as a process: what it prints where, and how it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  uid?: number;
}

/** @param packageDirectory the package, as `buildPackage` makes it */
export async function runCommand(
  packageDirectory: string,
  args: string[],
  { cwd, env, uid }: RunOptions = {},
): Promise<Run> {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [join(packageDirectory, 'dist/esm/cli.js'), ...args], {
    cwd,
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid }),
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, stdout, stderr };
}
