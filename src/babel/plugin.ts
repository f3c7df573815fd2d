/**
 * `anyspeed/babel`: the Babel plugin. See docs/options.md for its options.
 */
import { analyze } from '../analyze.js';
import { readModelFiles } from '../effects/models/read.js';
import { createPlugin } from './create-plugin.js';

export default createPlugin((graph, options) => analyze(graph, options, readModelFiles(options.models)));
