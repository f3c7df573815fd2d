/**
 * Functions as the compiler would make them, written by hand: the function here, and the text of it for workers. Always in
 * workers, unless a test says otherwise.
 */
import { configure, type Mode, parallel, type WorkerCode } from '../../../runtime/parallel/index.js';

let count = 0;

/** An id that no other function has. */
export function freshId(name: string): string {
  count++;
  return `test/${name}-${count}.ts#${name}`;
}

/**
 * @param fn uses nothing of outside but `require`
 * @param options where it runs, and what else the compiler would say of it
 */
export function inWorkers<F extends (...args: never[]) => unknown>(
  name: string,
  fn: F,
  { mode = 'pool', ...more }: { mode?: Mode } & Partial<WorkerCode> = {},
): (...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>> {
  const id = freshId(name);
  configure({ functions: { [id]: mode } });
  Object.defineProperty(fn, 'name', { value: name });
  return parallel(id, fn, { source: `return ${fn};`, from: import.meta.url, ...more });
}
