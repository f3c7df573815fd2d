/** One run: a fresh server of one variant, driven by a load process until the time is over. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onClose } from './closing.js';
import { startServer } from './server-process.js';

/** @typedef {import('./load/main.js').Job} Job */
/** @typedef {import('./load/main.js').Result} Result */
/** @typedef {import('./server-process.js').ProcessOptions} ProcessOptions */

const loadProgram = fileURLToPath(new URL('./load/main.js', import.meta.url));
/** What setting up, the last requests and the checks may take beyond the driving itself. */
const GRACE_MS = 45_000;

/**
 * @param {Job} job
 * @returns {Promise<Result>}
 */
function runLoad(job) {
  const load = fork(loadProgram, { serialization: 'advanced' });
  const forget = onClose(() => load.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        load.kill('SIGKILL');
        reject(new Error('the load did not end in time: requests are never answered'));
      },
      job.seconds * 1000 + GRACE_MS,
    );
    load.once('message', result => resolve(/** @type {Result} */ (result)));
    load.once('exit', code => {
      clearTimeout(timer);
      forget();
      reject(new Error(`the load process ended with code ${code}`));
    });
    load.send(job);
  });
}

/**
 * @param {string} directory where the variant was built
 * @param {Omit<Job, 'url' | 'adminKey'> & { latencyMs: number, process?: ProcessOptions }} options
 * @returns {Promise<Result & { audited: readonly string[] }>} with what the audit of the server has found, if it has one
 */
export async function driveVariant(directory, { latencyMs, process, ...job }) {
  const server = await startServer(directory, { latencyMs, ...process });
  const [load] = await Promise.allSettled([runLoad({ url: server.url, adminKey: server.adminKey, ...job })]);
  // First of all, as a load that failed because the server died says less than the server.
  await server.stop();
  if (load.status === 'rejected') throw load.reason;
  return { ...load.value, audited: server.violations };
}
