/**
 * Runs source text as a module, with the real runtime behind `anyspeed/runtime` and a record of what it was
 * asked to schedule.
 */
import { createContext, runInContext, SourceTextModule, SyntheticModule } from 'node:vm';
import * as runtime from '../../runtime/index.js';

export interface Executed {
  exports: Record<string, unknown>;
  /** The ids of the handlers that were scheduled, in order. */
  scheduled: string[];
}

/** The runtime, noting each handler it is handed. */
function recordingRuntime(scheduled: string[]): Record<string, unknown> {
  return {
    ...runtime,
    schedule(id: string, fn: unknown, needs: runtime.Needs) {
      if (typeof fn === 'function') scheduled.push(id);
      return runtime.schedule(id, fn, needs);
    },
    scheduleMethod(target: object, key: PropertyKey, id: string, needs: runtime.Needs) {
      scheduled.push(id);
      return runtime.scheduleMethod(target, key, id, needs);
    },
  };
}

/** Runs a CommonJS module, whose requests other than for the runtime go to `load`. */
export function executeCommonJs(code: string, load: (request: string) => unknown = unexpected): Executed {
  const scheduled: string[] = [];
  const recording = recordingRuntime(scheduled);
  const module = { exports: {} as Record<string, unknown> };
  const require = (request: string) => (request === 'anyspeed/runtime' ? recording : load(request));
  const context = createContext({ console });
  runInContext(`(function (module, exports, require) {${code}\n})`, context)(module, module.exports, require);
  return { exports: module.exports, scheduled };
}

/** Runs ES modules as Node does; the first is the entry, the others are imported by their names. */
export async function executeModules(sources: Record<string, string>): Promise<Executed> {
  const scheduled: string[] = [];
  const recording = recordingRuntime(scheduled);
  const context = createContext({ console });
  const modules = new Map<string, InstanceType<typeof SourceTextModule>>();
  const load = (name: string) => {
    const known = modules.get(name);
    if (known) return known;
    const source = sources[name];
    if (source === undefined) throw new Error(`Unexpected import of ${name}.`);
    const module = new SourceTextModule(source, { context, identifier: name });
    modules.set(name, module);
    return module;
  };
  const names = Object.keys(recording);
  const runtimeModule = new SyntheticModule(
    names,
    function setExports() {
      for (const name of names) this.setExport(name, recording[name]);
    },
    { context },
  );
  const entry = load(Object.keys(sources)[0] as string);
  await entry.link(request => (request === 'anyspeed/runtime' ? runtimeModule : load(request)));
  await entry.evaluate();
  return { exports: { ...entry.namespace }, scheduled };
}

function unexpected(request: string): never {
  throw new Error(`Unexpected request for ${request}.`);
}
