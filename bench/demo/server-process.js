/**
 * A shop server as a process of its own, on a free port of the loopback interface and with a data
 * directory of its own.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onClose } from './closing.js';

const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 5_000;

/**
 * @typedef {object} ShopServer
 * @property {string} url
 * @property {string} adminKey
 * @property {() => Promise<void>} stop asks it to end; throws if it had ended before or does not
 */

/**
 * Starts the server built in `directory` and waits until it listens.
 *
 * @param {string} directory
 * @param {{ latencyMs: number }} options
 * @returns {Promise<ShopServer>}
 */
export async function startServer(directory, { latencyMs }) {
  const adminKey = randomUUID();
  const server = spawn(process.execPath, ['dist/server.js'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      PORT: '0',
      ADMIN_KEY: adminKey,
      DATA_DIR: mkdtempSync(join(directory, 'data-')),
      UPSTREAM_LATENCY_MS: String(latencyMs),
      // Signing in is not what is measured here.
      PASSWORD_COST: '256',
    },
  });
  const forget = onClose(() => server.kill('SIGKILL'));
  const exited = once(server, 'exit').finally(forget);

  let complaints = '';
  server.stderr.setEncoding('utf8').on('data', text => {
    complaints = (complaints + text).slice(-4000);
  });

  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const url = await new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the server does not start')), START_TIMEOUT_MS);
    createInterface({ input: server.stdout }).on('line', line => {
      const [, address] = /^listening on (\S+)$/.exec(line) ?? [];
      if (address) resolve(address);
    });
    exited.then(([code]) => reject(new Error(`the server ended with code ${code}:\n${complaints}`)), reject);
  }).finally(() => clearTimeout(timer));

  return {
    url,
    adminKey,
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) {
        throw new Error(`the server died with ${server.exitCode ?? server.signalCode}:\n${complaints}`);
      }
      server.kill('SIGTERM');
      const timer = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS);
      const [code, signal] = await exited;
      clearTimeout(timer);
      if (code !== 0) throw new Error(`the server did not end well: ${code ?? signal}\n${complaints}`);
    },
  };
}
