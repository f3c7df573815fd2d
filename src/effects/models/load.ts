/** The models that come with the package. */
import ecmascript from './ecmascript.json' with { type: 'json' };
import express from './express.json' with { type: 'json' };
import { ModelLibrary } from './library.js';
import type { ModelFile } from './model.js';
import node from './node.json' with { type: 'json' };

/** TypeScript's view of a JSON file is narrower than the format that a test checks it against. */
const BUILT_IN = [ecmascript, node, express] as unknown as ModelFile[];

/** @param extra model files of the user, which replace entries of the built-in ones */
export function loadModels(extra: readonly ModelFile[] = []): ModelLibrary {
  return new ModelLibrary([...BUILT_IN, ...extra]);
}
