/** The command line of `npm run bench:commands`. */
import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run bench:commands -- [options]

  --lines <n>   size of the generated server, 2000 to 60000 (20000)
  --rounds <n>  how often it is analysed (5)
  --write       write the tables to docs/command-line.md
  --help        print this
`;

/**
 * @param {string} value
 * @param {string} name
 * @param {number} min
 * @param {number} max
 */
function integer(value, name, min, max) {
  const parsed = Number(value);
  if (value === '' || !Number.isInteger(parsed) || parsed < min || parsed > max)
    throw new Error(`--${name} must be an integer from ${min} to ${max}`);
  return parsed;
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
      lines: { type: 'string', default: '20000' },
      rounds: { type: 'string', default: '5' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    help: values.help,
    write: values.write,
    lines: integer(values.lines, 'lines', 2000, 60_000),
    rounds: integer(values.rounds, 'rounds', 1, 100),
  };
}
