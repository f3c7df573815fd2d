/** Real projects in temporary directories, removed after each test. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, jest } from '@jest/globals';
import { buildModuleGraph, ModuleStore } from '../../src/graph/build.js';
import type { ModuleGraph, Resolution } from '../../src/graph/module-graph.js';
import { normalizeOptions } from '../../src/options.js';

const made: string[] = [];

afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** Writes files (path relative to the project: content) and returns the project's directory. */
export function writeProject(files: Record<string, string>): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'anyspeed-graph-')));
  made.push(directory);
  for (const [path, content] of Object.entries(files)) writeIn(directory, path, content);
  return directory;
}

/** Writes one file of a project, with the directories that it needs. */
export function writeIn(directory: string, path: string, content: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), content);
}

export function storeOf(root: string, options: object = {}): ModuleStore {
  return new ModuleStore(normalizeOptions({ root, ...options }, root));
}

/**
 * The first graph of a store, taken as if the files had been there for long. A store does not rely on
 * the times of files that were just written, and reading them again would hide what it fails to notice.
 */
export async function settledGraph(store: ModuleStore): Promise<ModuleGraph> {
  await sleep(25);
  const later = Date.now() + 60_000;
  const clock = jest.spyOn(Date, 'now').mockReturnValue(later);
  try {
    return store.graph();
  } finally {
    clock.mockRestore();
  }
}

export function graphOf(root: string, options: object = {}): ModuleGraph {
  return buildModuleGraph(normalizeOptions({ root, ...options }, root));
}

export function idsOf(graph: ModuleGraph): string[] {
  return [...graph.modules.keys()];
}

/** Where the requests of a module lead. */
export function importsOf(graph: ModuleGraph, id: string): Record<string, Resolution> {
  const module = graph.modules.get(id);
  if (module === undefined) throw new Error(`${id} is no module; there are ${idsOf(graph).join(', ')}`);
  return Object.fromEntries(module.imports);
}

export function codesOf(graph: ModuleGraph): string[] {
  return graph.diagnostics.map(({ code }) => code);
}
