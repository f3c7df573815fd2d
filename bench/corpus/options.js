/** The command line of `npm run bench:corpus`. */
import { parseArgs } from 'node:util';
import { SERVERS } from './servers.js';

export const USAGE = `Usage: npm run bench:corpus -- [options] [server ...]

  --write      write the table to docs/corpus.md
  --limit <n>  seconds after which a server is given up (120)
  --memory <n> megabytes that analysing one may take (4096)
  --help       print this

Servers: ${SERVERS.map(({ name }) => name).join(', ')}.
`;

/**
 * @param {string} value
 * @param {string} name
 */
function positive(value, name) {
  const parsed = Number(value);
  if (value === '' || !Number.isInteger(parsed) || parsed <= 0)
    throw new Error(`--${name} must be a positive integer`);
  return parsed;
}

/**
 * Throws an error whose message is meant for the user.
 *
 * @param {string[]} args
 */
export function parseOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      write: { type: 'boolean', default: false },
      limit: { type: 'string', default: '120' },
      memory: { type: 'string', default: '4096' },
      help: { type: 'boolean', default: false },
    },
  });
  for (const name of positionals)
    if (!SERVERS.some(server => server.name === name)) throw new Error(`"${name}" is none of the servers`);
  if (values.write && positionals.length > 0) throw new Error('--write needs all servers');
  return {
    help: values.help,
    write: values.write,
    servers: SERVERS.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
    limitMs: positive(values.limit, 'limit') * 1000,
    memory: positive(values.memory, 'memory'),
  };
}
