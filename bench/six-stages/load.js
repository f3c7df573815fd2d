/**
 * Asks for pages and stores some, as fast as they come: `node load.js <url> <clients> <seconds>`. Prints how many
 * answers came a second, and ends with an error if two texts got the same revision of a page while it promised not to:
 * the last argument is `guarded` for a server that must not.
 */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

const [url = '', clientCount = '1', seconds = '1', promise = ''] = process.argv.slice(2);
const clients = Number(clientCount);
const agent = new Agent({ keepAlive: true, maxSockets: clients });
const PAGES = 50;
/** One request in so many stores a text. */
const STORES = 10;
/** What takes some time to compress. */
const text = randomBytes(24 * 1024).toString('base64');

/** @type {Map<string, Set<string>>} */
const revisions = new Map();
let done = 0;
let doubled = 0;

/**
 * @param {string} title
 * @param {string} [body]
 */
async function ask(title, body) {
  const response = await new Promise((resolve, reject) => {
    const asked = request(`${url}/pages/${title}`, { agent, method: body ? 'PUT' : 'GET' }, resolve);
    asked.on('error', reject).end(body);
  });
  await buffer(response);
  if (response.statusCode !== 200) throw new Error(`${title} was answered with ${response.statusCode}`);
  if (!body) return;
  const known = revisions.get(title) ?? new Set();
  if (known.has(response.headers.etag)) doubled++;
  revisions.set(title, known.add(response.headers.etag));
}

for (let page = 0; page < PAGES; page++) await ask(`page-${page}`, text);
const end = Date.now() + Number(seconds) * 1000;

/** @param {number} client */
async function drive(client) {
  for (let i = client; Date.now() < end; i += clients) {
    await ask(`page-${(i * 31) % PAGES}`, i % STORES === 0 ? text : undefined);
    done++;
  }
}

await Promise.all(Array.from({ length: clients }, (_, client) => drive(client)));
if (doubled > 0 && promise === 'guarded') throw new Error(`${doubled} revisions were given twice`);
process.stdout.write(`${done / Number(seconds)}`);
process.exit();
