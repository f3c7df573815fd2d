/** The command line of `npm run bench:build`. */
import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run bench:build -- [options]

  --lines <a,b>      sizes of the generated servers, 2000 to 60000 (2000,10000,60000)
  --setups <a,b>     what Babel is used for: types, env (types,env)
  --repetitions <n>  how often each is compiled both ways (5)
  --seed <n>         of the generated servers (1)
  --limit <n>        seconds after which a build is given up (300)
  --functions        print the functions that take longest
  --keep             leave the generated servers where they are, and say where
  --help             print this
`;

/**
 * @param {string} value
 * @param {string} name
 * @param {number} min
 * @param {number} max
 */
function integer(value, name, min, max) {
  const parsed = Number(value);
  if (value === '' || !Number.isInteger(parsed) || parsed < min || parsed > max) {
    throw new Error(`--${name} must be an integer from ${min} to ${max}`);
  }
  return parsed;
}

/**
 * @param {string} name
 * @returns {import('./project.js').Setup}
 */
function setup(name) {
  if (name !== 'types' && name !== 'env') throw new Error('--setups must be types, env or types,env');
  return name;
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
      lines: { type: 'string', default: '2000,10000,60000' },
      setups: { type: 'string', default: 'types,env' },
      repetitions: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      limit: { type: 'string', default: '300' },
      functions: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    help: values.help,
    keep: values.keep,
    functions: values.functions,
    sizes: values.lines.split(',').map(lines => integer(lines, 'lines', 2000, 60_000)),
    setups: values.setups.split(',').map(setup),
    repetitions: integer(values.repetitions, 'repetitions', 1, 100),
    seed: integer(values.seed, 'seed', 0, 2 ** 31),
    limitMs: integer(values.limit, 'limit', 1, 3600) * 1000,
  };
}
