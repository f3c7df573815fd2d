/** A domain of the generated server, and the names that the texts of its modules are made with. */

/** @typedef {import('./features.js').Feature} Feature */
/** @typedef {import('./vocabulary.js').Thing} Thing */

/**
 * How a domain keeps its records. The choice decides what the analysis has to follow: a variable of the
 * module, an object of a class that many modules share, or a file behind asynchronous calls.
 *
 * @typedef {'map' | 'record' | 'collection' | 'file'} Storage
 */

/**
 * @typedef {object} Domain
 * @property {string} area
 * @property {Thing} thing
 * @property {string} name unique in the program, as a variable is called
 * @property {string} plural
 * @property {string} type as a type is called
 * @property {string} directory of its modules, relative to the sources
 * @property {Storage} storage
 * @property {string} wait `await ` where the store is asynchronous
 * @property {string} asynchronous `async ` where what only calls the store is asynchronous
 * @property {readonly Feature[]} features
 * @property {Domain | undefined} parent what its records belong to, in another domain
 */

/** @param {string} word */
export const capital = word => word.charAt(0).toUpperCase() + word.slice(1);

/**
 * @param {object} choice
 * @param {string} choice.area
 * @param {Thing} choice.thing
 * @param {Storage} choice.storage
 * @param {readonly Feature[]} choice.features
 * @param {Domain | undefined} choice.parent
 * @returns {Domain}
 */
export function makeDomain({ area, thing, storage, features, parent }) {
  const isAsync = storage === 'file';
  return {
    area,
    thing,
    name: area + capital(thing.name),
    plural: area + capital(thing.plural),
    type: capital(area) + capital(thing.name),
    directory: `${area}/${thing.plural}`,
    storage,
    wait: isAsync ? 'await ' : '',
    asynchronous: isAsync ? 'async ' : '',
    features,
    parent,
  };
}
