/** The functions that handlers begin with: which handlers those are, and which activations of the function there are. */
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { FunctionIR } from '../ir/ir.js';
import type { Handler } from './handlers.js';

export interface FunctionUse {
  /** Indices of the handlers. */
  handlers: number[];
  instances: Instance[];
}

export type Functions = ReadonlyMap<FunctionIR, FunctionUse>;

export function functionsOf({ instances }: PointsTo, handlers: readonly Handler[]): Functions {
  const found = new Map<FunctionIR, FunctionUse>();
  handlers.forEach(({ fn }, index) => {
    const known = found.get(fn);
    if (known) known.handlers.push(index);
    else found.set(fn, { handlers: [index], instances: [] });
  });
  for (const instance of instances.all) found.get(instance.fn)?.instances.push(instance);
  return found;
}
