/**
 * The package as a stranger gets it: packed by npm, installed into a project outside of this repository, and
 * used by the command lines that people use.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const made: string[] = [];

/** Builds the package if there is no build of the present sources, and packs it. */
export function packPackage(): string {
  if (newest(['src', 'runtime', 'build.js', 'package.json']) > newest(['dist'])) {
    execFileSync(process.execPath, ['build.js'], { cwd: repository, stdio: 'pipe' });
  }
  const directory = temporaryDirectory('anyspeed-pack-');
  execFileSync('npm', ['pack', '--silent', '--pack-destination', directory], { cwd: repository });
  const [tarball] = readdirSync(directory);
  return join(directory, tarball as string);
}

/** When the newest of the files in these paths was written; never, if there is none. */
function newest(paths: string[]): number {
  const times = paths.map(path => {
    const stats = statSync(join(repository, path), { throwIfNoEntry: false });
    if (!stats?.isDirectory()) return stats?.mtimeMs ?? 0;
    return newest(readdirSync(join(repository, path)).map(name => join(path, name)));
  });
  return Math.max(0, ...times);
}

function temporaryDirectory(prefix: string): string {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  made.push(directory);
  return directory;
}

export function removeTemporaryDirectories(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** A project with packages installed; several programs can lie in it, each in a directory of its own. */
export class InstalledProject {
  readonly directory = temporaryDirectory('anyspeed-project-');

  constructor(packages: string[]) {
    writeFileSync(join(this.directory, 'package.json'), '{ "private": true }');
    // What this repository has installed is in npm's cache, so little or nothing is fetched.
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    execFileSync('npm', ['install', ...flags, ...packages], { cwd: this.directory, stdio: 'pipe' });
  }

  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** Writes the files of a program and returns its directory. */
  write(program: string, files: Record<string, string>): string {
    for (const [name, content] of Object.entries(files)) {
      const file = this.path(program, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    return this.path(program);
  }

  /** Runs an installed command in the directory of a program. */
  async run(
    program: string,
    command: string,
    ...args: string[]
  ): Promise<{ stdout: string; stderr: string }> {
    return promisify(execFile)(this.path('node_modules/.bin', command), args, { cwd: this.path(program) });
  }

  /** Runs Node in the directory of a program. */
  async node(program: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
    return promisify(execFile)(process.execPath, args, { cwd: this.path(program) });
  }

  /** Starts an installed command that goes on until it is stopped, and waits for it to print `ready`. */
  async start(
    program: string,
    ready: string,
    command: string,
    ...args: string[]
  ): Promise<() => Promise<void>> {
    const child = spawn(this.path('node_modules/.bin', command), args, {
      cwd: this.path(program),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    for await (const line of createInterface(child.stdout)) if (line.includes(ready)) break;
    return async () => {
      child.kill('SIGKILL');
      await exited;
    };
  }

  /**
   * Starts a server that prints its port, lets `use` talk to it, and stops it.
   * @param args what `node` is started with
   */
  async serve<T>(program: string, args: string[], use: (url: string) => Promise<T>): Promise<T> {
    const child = spawn(process.execPath, args, {
      cwd: this.path(program),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const exited = once(child, 'exit').then(([code]) =>
        Promise.reject(new Error(`The server ended: ${code}.`)),
      );
      exited.catch(() => {});
      const [port] = await Promise.race([once(createInterface(child.stdout), 'line'), exited]);
      return await use(`http://127.0.0.1:${port}`);
    } finally {
      const exited = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await exited;
    }
  }
}
