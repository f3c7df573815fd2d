/**
 * A server as a process of its own. What it has to do is to print `listening on <url>` when it listens, and to end
 * with code 0 on SIGTERM.
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
 * @typedef {object} RunningServer
 * @property {string} url
 * @property {number} pid
 * @property {Promise<unknown[]>} exited settles with the exit code and the signal when it has ended
 * @property {import('node:readline').Interface} lines what it prints
 * @property {() => Promise<void>} stop asks it to end; throws if it had ended before or does not
 * @property {readonly string[]} violations what its audit has found, if it was built with one
 */

/** @typedef {RunningServer & { adminKey: string }} ShopServer */
/** @typedef {{ env?: Record<string, string>, execArgv?: readonly string[] }} ProcessOptions */

/**
 * Starts the server built in `directory` and waits until it listens.
 *
 * @param {string} directory
 * @param {{ args?: readonly string[] } & ProcessOptions} [options]
 * @returns {Promise<RunningServer>}
 */
export async function startProgram(directory, { args = [], env = {}, execArgv = [] } = {}) {
  const server = spawn(process.execPath, [...execArgv, 'dist/server.js', ...args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
  const forget = onClose(() => server.kill('SIGKILL'));
  const exited = once(server, 'exit').finally(forget);

  let complaints = '';
  /** @type {string[]} */
  const violations = [];
  createInterface({ input: server.stderr }).on('line', line => {
    complaints = `${complaints}${line}\n`.slice(-4000);
    if (line.includes('[ANYSPEED_AUDIT]')) violations.push(line.replace(/^.*?\[ANYSPEED_AUDIT\] \w+: /, ''));
    // The accesses that a violation is about follow, each in a line of its own.
    else if (line.startsWith('  ') && violations.length > 0) violations.push(`${violations.pop()}\n${line}`);
  });

  const lines = createInterface({ input: server.stdout });
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const url = await new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the server does not start')), START_TIMEOUT_MS);
    lines.on('line', line => {
      const [, address] = /^listening on (\S+)$/.exec(line) ?? [];
      if (address) resolve(address);
    });
    exited.then(([code]) => reject(new Error(`the server ended with code ${code}:\n${complaints}`)), reject);
  }).finally(() => clearTimeout(timer));

  return {
    url,
    pid: /** @type {number} */ (server.pid),
    exited,
    lines,
    violations,
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

/**
 * Starts a variant of the shop, on a free port of the loopback interface and with a data directory of its own.
 *
 * @param {string} directory
 * @param {{ latencyMs: number } & ProcessOptions} options
 * @returns {Promise<ShopServer>}
 */
export async function startServer(directory, { latencyMs, env = {}, execArgv = [] }) {
  const adminKey = randomUUID();
  const server = await startProgram(directory, {
    execArgv,
    env: {
      ...env,
      PORT: '0',
      ADMIN_KEY: adminKey,
      DATA_DIR: mkdtempSync(join(directory, 'data-')),
      UPSTREAM_LATENCY_MS: String(latencyMs),
      // Signing in is not what is measured here.
      PASSWORD_COST: '256',
    },
  });
  return { ...server, adminKey };
}
