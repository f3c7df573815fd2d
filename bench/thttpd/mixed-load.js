/**
 * Makes the same requests again and again, as fast as they are answered: `node mixed-load.js <port> <clients> <seconds> <requests.json>`.
 * Each answer must be what the file says of it: its status, its checksum, all of its body. Prints how many came a second, and the processor
 * time that asking took for each, in milliseconds.
 *
 * It writes to sockets itself: on a machine of two cores, what a client of HTTP costs is taken from the server.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const [port = '', clients = '1', seconds = '1', file = ''] = process.argv.slice(2);
/** @type {{ request: string, status: number, tag: string, body: string }[]} */
const read = JSON.parse(readFileSync(file, 'utf8'));
const asked = read.map(({ request, status, tag, body }) => ({
  bytes: Buffer.from(request),
  status: `HTTP/1.1 ${status} `,
  tag: `\r\nETag: ${tag}\r\n`,
  body: Buffer.from(body, 'base64'),
}));

let done = 0;
const end = Date.now() + Number(seconds) * 1000;

/** @param {number} client */
function drive(client) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
    let turn = client * 7;
    /** @type {Buffer[]} */
    let chunks = [];
    let length = 0;
    let expected = -1;
    const now = () => /** @type {typeof asked[number]} */ (asked[turn % asked.length]);
    const ask = () => {
      chunks = [];
      length = 0;
      expected = -1;
      socket.write(now().bytes);
    };
    socket.on('connect', ask).on('error', reject);
    socket.on('close', () => reject(new Error('the server has closed a connection')));
    socket.on('data', chunk => {
      chunks.push(chunk);
      length += chunk.length;
      const { status, tag, body } = now();
      if (expected < 0) {
        const head = Buffer.concat(chunks);
        const begin = head.indexOf('\r\n\r\n');
        if (begin < 0) return;
        expected = begin + 4 + body.length;
        const text = head.toString('latin1', 0, begin + 2);
        if (!text.startsWith(status) || !text.includes(tag)) reject(new Error(`a wrong head:\n${text}`));
      }
      if (length < expected) return;
      if (
        length > expected ||
        !Buffer.concat(chunks)
          .subarray(expected - body.length)
          .equals(body)
      ) {
        reject(new Error(`a wrong body for ${now().bytes.toString()}`));
        return;
      }
      done++;
      turn++;
      if (Date.now() < end) ask();
      else resolve(socket.destroy());
    });
  });
}

const begin = Date.now();
const before = process.cpuUsage();
await Promise.all(Array.from({ length: Number(clients) }, (_, client) => drive(client)));
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  JSON.stringify({ rate: done / ((Date.now() - begin) / 1000), cpu: (user + system) / 1000 / done }),
);
process.exit();
