/** Runs the built command as people do: a process of its own, whose output goes nowhere. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onClose } from '../demo/closing.js';

const cli = fileURLToPath(new URL('../../dist/esm/cli.js', import.meta.url));
const clock = new URL('./clock.js', import.meta.url).href;
const LIMIT_MS = 300_000;

/**
 * @typedef {object} Run times in milliseconds
 * @property {number | null} code
 * @property {number} wall
 * @property {number} cpu of its main thread
 * @property {number} waited for a core
 * @property {string} stderr
 */

/**
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<Run>}
 */
export function run(args, cwd) {
  const startedAt = performance.now();
  const child = fork(cli, args, {
    cwd,
    execArgv: ['--import', clock],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const forget = onClose(() => child.kill('SIGKILL'));
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let times = { cpu: Number.NaN, waited: Number.NaN };
  child.on('message', message => {
    times = /** @type {typeof times} */ (message);
  });
  let stderr = '';
  child.stderr?.on('data', data => {
    stderr += data;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      clearTimeout(timer);
      forget();
      resolve({ code, wall: performance.now() - startedAt, ...times, stderr });
    });
  });
}
