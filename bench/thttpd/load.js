/**
 * Asks for files as fast as they come: `node load.js <url> <clients> <seconds> <files> <size>`. Prints how many a
 * second came, and ends with an error if one came that is not what it should be.
 */
import { Agent, get } from 'node:http';
import { buffer } from 'node:stream/consumers';

const [url = '', ...numbers] = process.argv.slice(2);
const [clients = 1, seconds = 1, files = 1, size = 0] = numbers.map(Number);
const agent = new Agent({ keepAlive: true, maxSockets: clients });

/** @param {number} file */
function fetchFile(file) {
  return new Promise((resolve, reject) => {
    const request = get(`${url}/${file}.bin`, { agent }, response => {
      buffer(response).then(resolve, reject);
    });
    request.on('error', reject);
  });
}

let done = 0;
const end = Date.now() + seconds * 1000;

/** @param {number} client */
async function drive(client) {
  for (let i = client; Date.now() < end; i += clients) {
    const file = (i * 7919) % files;
    const body = await fetchFile(file);
    if (body.length !== size || body[0] !== file % 256) throw new Error(`${file}.bin came out wrong`);
    done++;
  }
}

await Promise.all(Array.from({ length: clients }, (_, client) => drive(client)));
process.stdout.write(String(done / seconds));
process.exit();
