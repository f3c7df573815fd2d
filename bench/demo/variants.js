/**
 * The builds that the demo compares. A variant is the shop's sources, files laid over them, and the Babel
 * configuration they are built with; everything else (driving, checking, reporting) is the same for all.
 */

/**
 * @typedef {object} Variant
 * @property {string} name as on the command line
 * @property {string} title as in the report
 * @property {string} config Babel configuration, relative to the shop
 * @property {string} [auditConfig] the one to use with `--audit`
 * @property {string} [overlay] directory relative to the shop whose files replace those of `src`
 * @property {string[]} [packages] what the overlay imports beyond the shop's own dependencies
 * @property {boolean} usesPlugin whether the package itself has to be built first
 * @property {'breaks' | 'holds'} expected what the verdict asks of the invariants
 */

/** @type {readonly Variant[]} */
export const VARIANTS = [
  {
    name: 'unprotected',
    title: 'no locks',
    config: 'babel.config.js',
    usesPlugin: false,
    expected: 'breaks',
  },
  {
    name: 'global-lock',
    title: 'one global lock',
    config: 'babel.config.js',
    overlay: 'variants/global-lock',
    packages: ['async-mutex'],
    usesPlugin: false,
    expected: 'holds',
  },
  {
    name: 'key-locks',
    title: 'locks by hand',
    config: 'babel.config.js',
    overlay: 'variants/key-locks',
    packages: ['async-mutex'],
    usesPlugin: false,
    expected: 'holds',
  },
  {
    name: 'protected',
    title: 'anyspeed',
    config: 'babel.protected.config.js',
    auditConfig: 'babel.audit.config.js',
    usesPlugin: true,
    expected: 'holds',
  },
];

/**
 * @param {string} name
 * @returns {Variant}
 */
export function variantNamed(name) {
  const variant = VARIANTS.find(other => other.name === name);
  if (!variant) {
    throw new Error(`there is no variant "${name}"; there are ${VARIANTS.map(v => v.name).join(', ')}`);
  }
  return variant;
}
