/** The web server fixture, built by the Babel command line, in a process of its own, with files to serve. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type RunningServer, startProgram } from '../../bench/demo/server-process.js';
import { buildProject } from '../../bench/demo/workspace.js';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Variant {
  name: string;
  config: string;
  overlay?: string;
}

const programs = ['babel.config.js', 'babel.protected.config.js'].flatMap(config =>
  [undefined, 'two-stages', 'three-stages'].map((stages): Variant => {
    const name = `${stages ?? 'one stage'}${config.includes('protected') ? ', protected' : ''}`;
    return { name, config, ...(stages && { overlay: `variants/${stages}` }) };
  }),
);

/** The server in one, two and three stages, as it is written and protected. */
export const VARIANTS: readonly Variant[] = programs;

/** A file that no socket takes at once. */
export const LARGE = Buffer.alloc(10 * 1024 * 1024, 'large file ');

const FILES: Readonly<Record<string, string | Buffer>> = {
  'hello.txt': 'Hello, world!\n',
  'empty.txt': '',
  'large.bin': LARGE,
  'slow/file.txt': 'x'.repeat(6000),
  'site/index.html': '<h1>site</h1>\n',
  'list/b & <b>.txt': 'b',
  'list/a.css': 'a {}',
  'list/inner/deep.json': '{}',
  'list/.hidden': 'hidden',
  'cgi-bin/plain.cgi': 'not to be run',
};

const PROGRAMS: Readonly<Record<string, string>> = {
  'cgi-bin/env.cgi': 'printf "Content-Type: text/plain\\r\\n\\r\\n"; env | sort',
  'cgi-bin/echo.cgi': 'printf "Content-Type: text/plain\\n\\n"; cat',
  'cgi-bin/status.cgi': 'printf "Status: 418 Teapot\\nX-Made-By: cgi\\n\\nshort and stout"',
  'cgi-bin/fail.cgi': 'exit 3',
  'cgi-bin/wait.cgi': 'printf "Content-Type: text/plain\\n\\n"; sleep 1; echo done',
};

export class ServedFiles {
  private constructor(
    readonly directory: string,
    readonly port: number,
    readonly server: RunningServer,
  ) {}

  /** Builds a variant into `directory`, from where it can be started any number of times. */
  static async build({ config, overlay }: Variant): Promise<string> {
    const directory = mkdtempSync(join(realpathSync(tmpdir()), 'thttpd-'));
    await buildProject({ fixture: 'thttpd', config, ...(overlay && { overlay }) }, directory);
    for (const [path, content] of Object.entries(FILES)) write(join(directory, 'www', path), content);
    for (const [path, script] of Object.entries(PROGRAMS))
      write(join(directory, 'www', path), `#!/bin/sh\n${script}\n`, 0o755);
    write(join(directory, 'secret.txt'), 'secret');
    symlinkSync('../secret.txt', join(directory, 'www/escape.txt'));
    symlinkSync('hello.txt', join(directory, 'www/link.txt'));
    write(join(directory, 'throttles'), '# pattern rate\n/slow/** 4000\n/rare/** 1000-1500\n');
    write(join(directory, 'www/rare/file.txt'), 'x'.repeat(3000));
    return directory;
  }

  static async start(
    directory: string,
    args: readonly string[] = [],
    env: Record<string, string> = {},
  ): Promise<ServedFiles> {
    const server = await startProgram(directory, {
      args: ['--dir', 'www', '--port', '0', '--log', 'access.log', ...args],
      env,
    });
    return new ServedFiles(directory, Number(new URL(server.url).port), server);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** The next line that the server prints and that matches. */
  line(pattern: RegExp): Promise<string> {
    return new Promise(resolve => {
      this.server.lines.on('line', line => {
        if (pattern.test(line)) resolve(line);
      });
    });
  }

  log(): string[] {
    return readFileSync(join(this.directory, 'access.log'), 'utf8').split('\n').slice(0, -1);
  }

  /** A request by Node's client; `path` goes out as it is. */
  async send(path: string, options: RequestOptions = {}, body?: string | Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port: this.port, path, ...options }, response => {
        const { statusCode: status = 0, headers } = response;
        buffer(response).then(content => resolve({ status, headers, body: content }), reject);
      });
      request.on('error', reject).end(body);
    });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, { headers });
  }

  connect(): Socket {
    return connect({ port: this.port, host: '127.0.0.1' });
  }

  /** Sends bytes as they are, in these parts, and returns all that comes until the server closes. */
  async raw(...parts: string[]): Promise<string> {
    const socket = this.connect().setNoDelay();
    const received = buffer(socket);
    for (const part of parts) {
      socket.write(part, 'latin1');
      if (parts.length > 1) await new Promise(resolve => setTimeout(resolve, 10));
    }
    return (await received).toString('latin1');
  }
}

function write(path: string, content: string | Buffer, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode });
}

export const remove = (directory: string): void => rmSync(directory, { recursive: true, force: true });

/** Waits until `holds`, for no longer than `ms`; whether it does. */
export async function eventually(holds: () => boolean | Promise<boolean>, ms = 5000): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > deadline) return false;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return true;
}
