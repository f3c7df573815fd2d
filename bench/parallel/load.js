/**
 * Asks for pages as fast as they come: `node load.js <port> <clients> <seconds> <pages.json>`. Each answer must be the text that
 * the file has for its page.
 */
import { readFileSync } from 'node:fs';
import { askInTurn } from './ask.js';

const [port = '', clients = '1', seconds = '1', file = ''] = process.argv.slice(2);
/** @type {{ title: string, body: string }[]} */
const pages = JSON.parse(readFileSync(file, 'utf8'));
const exchanges = pages.map(({ title, body }) => ({
  request: Buffer.from(`GET /pages/${title} HTTP/1.1\r\nhost: a\r\n\r\n`),
  body: Buffer.from(body),
}));
await askInTurn(exchanges, { port, clients, seconds });
