/** The measured process: analyses one server, and sends back what came of it. */

/** @type {typeof import('../../src/index.js')} */
const { analyze, buildModuleGraph, normalizeOptions } = await import(
  new URL('../../dist/esm/index.js', import.meta.url).href
);

/**
 * @typedef {object} Job
 * @property {string} root
 * @property {string[]} include
 */

/**
 * @typedef {object} Result
 * @property {number} modules
 * @property {number} lines
 * @property {number} seconds for finding, parsing and analysing all modules, once
 * @property {import('../../src/plan/plan.js').Plan} plan
 */

/** @param {Job} job */
function run({ root, include }) {
  const options = normalizeOptions({ root, include, tsconfig: false }, root);
  const startedAt = performance.now();
  const graph = buildModuleGraph(options);
  analyze(graph, options);
  const seconds = (performance.now() - startedAt) / 1000;
  // What assumptions cost is measured afterwards: only reports ask for it, never a build.
  const plan = analyze(graph, { ...options, costs: true });
  const lines = [...graph.modules.values()].reduce((sum, { code }) => sum + code.split('\n').length, 0);
  return { modules: graph.modules.size, lines, seconds, plan };
}

process.once('message', message => {
  /** @type {Result} */
  const result = run(/** @type {Job} */ (message));
  process.send?.(result, () => process.disconnect());
});
