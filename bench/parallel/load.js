/**
 * Asks for pages as fast as they come: `node load.js <port> <clients> <seconds> <pages.json>`. Each answer must be the text that
 * the file has for its page. Prints how many came a second, and the processor time that asking took for each, in milliseconds.
 *
 * It writes to sockets itself: on a machine of two cores, what a client of HTTP costs is taken from the server.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const [port = '', clients = '1', seconds = '1', file = ''] = process.argv.slice(2);
/** @type {{ title: string, body: string }[]} */
const pages = JSON.parse(readFileSync(file, 'utf8'));
const requests = pages.map(({ title }) => Buffer.from(`GET /pages/${title} HTTP/1.1\r\nhost: a\r\n\r\n`));
const bodies = pages.map(({ body }) => Buffer.from(body));

let done = 0;
const end = Date.now() + Number(seconds) * 1000;

/** @param {number} client */
function drive(client) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
    let page = client % pages.length;
    /** @type {Buffer[]} */
    let chunks = [];
    let length = 0;
    let missing = -1;
    const ask = () => {
      chunks = [];
      length = 0;
      missing = -1;
      socket.write(/** @type {Buffer} */ (requests[page]));
    };
    socket.on('connect', ask).on('error', reject);
    socket.on('data', chunk => {
      chunks.push(chunk);
      length += chunk.length;
      const body = /** @type {Buffer} */ (bodies[page]);
      if (missing < 0) {
        const head = Buffer.concat(chunks);
        const begin = head.indexOf('\r\n\r\n');
        if (begin < 0) return;
        missing = begin + 4 + body.length;
      }
      if (length < missing) return;
      const answer = Buffer.concat(chunks);
      if (length > missing || !answer.subarray(-body.length).equals(body)) {
        reject(new Error(`a wrong answer:\n${answer.toString()}`));
        return;
      }
      done++;
      page = (page + 1) % pages.length;
      if (Date.now() < end) ask();
      else resolve(socket.end());
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
