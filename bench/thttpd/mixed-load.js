/**
 * Makes the same requests again and again, as fast as they are answered: `node mixed-load.js <port> <clients> <seconds> <requests.json>`.
 * Each answer must be what the file says of it: its status, its checksum, all of its body.
 */
import { readFileSync } from 'node:fs';
import { askInTurn } from '../parallel/ask.js';

const [port = '', clients = '1', seconds = '1', file = ''] = process.argv.slice(2);
/** @type {{ request: string, status: number, tag: string, body: string }[]} */
const asked = JSON.parse(readFileSync(file, 'utf8'));
const exchanges = asked.map(({ request, status, tag, body }) => ({
  request: Buffer.from(request),
  body: Buffer.from(body, 'base64'),
  status: `HTTP/1.1 ${status} `,
  header: `\r\nETag: ${tag}\r\n`,
}));
await askInTurn(exchanges, { port, clients, seconds, apart: 7 });
