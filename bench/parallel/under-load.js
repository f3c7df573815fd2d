/**
 * What a server does under load: it is asked by a process of its own, first to get warm, and then for as long as is measured, and says
 * itself what its event loop and its processor did meanwhile (`observed.js`).
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What a server has to be started with, as arguments of Node. */
export const OBSERVED = ['--import', fileURLToPath(new URL('observed.js', import.meta.url))];

/**
 * Measures a server, and stops it.
 *
 * @param {Awaited<ReturnType<typeof import('../demo/server-process.js').startProgram>>} server
 * @param {object} load
 * @param {string} load.program what asks: it takes a port, clients, seconds and the file, and prints what `askInTurn` does
 * @param {string} load.clients
 * @param {string} load.seconds
 * @param {string} load.file what is asked for, and what is to be answered
 * @param {() => Promise<void>} [prepare] done first, with what the server prints already read
 * @returns {Promise<import('./results.js').Measured>}
 */
export async function measureUnderLoad(server, { program, clients, seconds, file }, prepare) {
  /** @type {string[]} */
  const lines = [];
  server.lines.on('line', line => lines.push(line));
  try {
    await prepare?.();
    const { port } = new URL(server.url);
    await execute(process.execPath, [program, port, clients, '1', file]);
    // The web server takes this signal for its own statistics, too.
    process.kill(server.pid, 'SIGUSR2');
    const { stdout } = await execute(process.execPath, [program, port, clients, seconds, file]);
    await server.stop();
    const observed = lines.find(line => line.startsWith('observed '));
    const { p50, p99, cpu, main } = JSON.parse(observed?.slice('observed '.length) ?? '{}');
    const { rate, cpu: asking } = JSON.parse(stdout);
    const ofRequest = (/** @type {number} */ all) => (all * 1000) / (rate * Number(seconds));
    return { rate, p50, p99, cpu: ofRequest(cpu), main: ofRequest(main), asking };
  } catch (error) {
    await server.stop().catch(() => {});
    throw error;
  }
}
