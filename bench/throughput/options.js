/** The command line of the bench. */
import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run bench:throughput -- [options]

  --rounds <n>    how often each comparison is measured (5)
  --sweeps <n>    how often each point of the charts is measured (2)
  --seconds <n>   how long a server is driven each time (2)
  --only <text>   only comparisons and charts whose title contains it
  --write         write the tables and charts to docs/throughput.md
  --help          print this
`;

/**
 * @param {string} name
 * @param {string} value
 * @param {{ min: number, max: number }} range
 */
function number(name, value, { min, max }) {
  const parsed = Number(value);
  if (value !== '' && parsed >= min && parsed <= max) return parsed;
  throw new Error(`--${name} must be a number from ${min} to ${max}`);
}

/**
 * Throws an error whose message is meant for the user.
 *
 * @param {string[]} args
 */
export function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      sweeps: { type: 'string', default: '2' },
      seconds: { type: 'string', default: '2' },
      only: { type: 'string', default: '' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.write && values.only !== '') throw new Error('--write needs all results: leave --only away');
  return {
    rounds: number('rounds', values.rounds, { min: 1, max: 100 }),
    sweeps: number('sweeps', values.sweeps, { min: 1, max: 100 }),
    seconds: number('seconds', values.seconds, { min: 0.2, max: 600 }),
    only: values.only,
    write: values.write,
    help: values.help,
  };
}
