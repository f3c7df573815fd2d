/**
 * `anyspeed/babel`: the Babel plugin. See docs/options.md for its options.
 */
import { analyze } from '../analyze.js';
import { createPlugin } from './create-plugin.js';

export default createPlugin(analyze);
