/**
 * Asks a server for the same things again and again, as fast as they are answered, over several connections.
 *
 * It writes to sockets itself: on a machine of two cores, what a client of HTTP costs is taken from the server.
 */
import { connect } from 'node:net';

/**
 * @typedef {object} Exchange
 * @property {Buffer} request all of it
 * @property {Buffer} body that must be answered
 * @property {string} [status] what the answer must begin with
 * @property {string} [header] what its head must have, besides
 */

/**
 * Each client asks for all exchanges in turn, beginning with another one. Prints how many were answered a second, and the processor time
 * that asking took for each, in milliseconds, and ends the process. An answer that is not as it must be is an error.
 *
 * @param {readonly Exchange[]} exchanges
 * @param {object} options
 * @param {string} options.port
 * @param {string} options.clients
 * @param {string} options.seconds
 * @param {number} [options.apart] how many exchanges the clients begin apart from each other
 */
export async function askInTurn(exchanges, { port, clients, seconds, apart = 1 }) {
  let done = 0;
  const end = Date.now() + Number(seconds) * 1000;

  /** @param {number} client */
  const drive = client =>
    new Promise((resolve, reject) => {
      const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
      let turn = client * apart;
      /** @type {Buffer[]} */
      let chunks = [];
      let length = 0;
      let expected = -1;
      const now = () => /** @type {Exchange} */ (exchanges[turn % exchanges.length]);
      const ask = () => {
        chunks = [];
        length = 0;
        expected = -1;
        socket.write(now().request);
      };
      socket.on('connect', ask).on('error', reject);
      socket.on('close', () => reject(new Error('the server has closed a connection')));
      socket.on('data', chunk => {
        chunks.push(chunk);
        length += chunk.length;
        const { body, status = '', header = '' } = now();
        if (expected < 0) {
          const answer = Buffer.concat(chunks);
          const begin = answer.indexOf('\r\n\r\n');
          if (begin < 0) return;
          expected = begin + 4 + body.length;
          const text = answer.toString('latin1', 0, begin + 2);
          if (!text.startsWith(status) || !text.includes(header)) reject(new Error(`a wrong head:\n${text}`));
        }
        if (length < expected) return;
        const answer = Buffer.concat(chunks);
        if (length > expected || !answer.subarray(expected - body.length).equals(body)) {
          reject(new Error(`a wrong answer to ${now().request.toString()}:\n${answer.toString()}`));
          return;
        }
        done++;
        turn++;
        if (Date.now() < end) ask();
        else resolve(socket.destroy());
      });
    });

  const begin = Date.now();
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: Number(clients) }, (_, client) => drive(client)));
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(
    JSON.stringify({ rate: done / ((Date.now() - begin) / 1000), cpu: (user + system) / 1000 / done }),
  );
  process.exit();
}
