/** The servers of the corpus: published packages, each analysed as the program that its authors wrote. */

/**
 * @typedef {object} Server
 * @property {string} name of its package
 * @property {string[]} include where in it the sources are, as for the option of that name
 * @property {boolean} isSynchronous whether only synchronous code touches what its tasks share, so that
 *   nothing of it may be locked
 */

/** @type {readonly Server[]} */
export const SERVERS = [
  { name: 'http-server', include: ['lib'], isSynchronous: true },
  { name: 'statsd', include: ['stats.js', 'proxy.js', 'lib', 'backends', 'servers'], isSynchronous: true },
  { name: 'peer', include: ['dist/module.mjs'], isSynchronous: true },
  { name: 'express', include: ['index.js', 'lib'], isSynchronous: false },
  { name: 'koa', include: ['lib'], isSynchronous: false },
  { name: 'fastify', include: ['fastify.js', 'lib'], isSynchronous: false },
  { name: 'serve-handler', include: ['src'], isSynchronous: false },
  { name: 'ws', include: ['index.js', 'lib'], isSynchronous: false },
  { name: 'socket.io', include: ['dist'], isSynchronous: false },
  { name: 'aedes', include: ['aedes.js', 'lib'], isSynchronous: false },
  {
    name: 'bittorrent-tracker',
    include: ['index.js', 'client.js', 'server.js', 'lib'],
    isSynchronous: false,
  },
  { name: 'json-server', include: ['lib'], isSynchronous: false },
  { name: 'sharedb', include: ['lib'], isSynchronous: false },
  { name: '@verdaccio/local-storage', include: ['lib'], isSynchronous: false },
  { name: '@verdaccio/middleware', include: ['build'], isSynchronous: false },
];
