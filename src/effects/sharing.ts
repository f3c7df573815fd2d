/**
 * Escape: which objects and variables may be seen by more than one task?
 *
 * Shared is what can be reached from a module's variables, from the global object, from code outside that was
 * handed something, and from the variables that a root function has captured: they outlive the task that
 * made the function. All else is some task's own, and accesses of it are none of the lock table's business.
 */
import { THIS_SLOT } from '../ir/ir.js';
import type { Instance } from './instances.js';
import type { PointsTo } from './points-to.js';
import type { NodeId, TokenId } from './solver.js';

export interface Sharing {
  tokens: ReadonlySet<TokenId>;
  /** Activations whose captured variables other tasks may see. */
  activations: ReadonlySet<Instance>;
}

export function findShared(program: PointsTo): Sharing {
  const { solver, heap } = program;
  const tokens = new Set<TokenId>();
  const activations = new Set<Instance>();
  const pending: TokenId[] = [];
  const visit = (node: NodeId): void => {
    for (const token of solver.tokens(node)) {
      if (tokens.has(token)) continue;
      tokens.add(token);
      pending.push(token);
    }
  };
  const visitActivation = (start: Instance | null): void => {
    for (let instance = start; instance && !activations.has(instance); instance = instance.parent) {
      activations.add(instance);
      if (instance.fn.form === 'module') continue;
      visit(instance.slot(THIS_SLOT));
      for (const variable of instance.fn.variables)
        if (variable.isCaptured) visit(instance.slot(variable.slot));
    }
  };
  const drain = (): void => {
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      const token = heap.get(id);
      for (const node of token.fields.values()) visit(node);
      if (token.kind === 'function') visitActivation(token.parent);
      if (token.kind === 'external') visit(token.contents);
      // Its parts are no fields of it.
      if (token.kind === 'input') for (const node of token.views.values()) if (node >= 0) visit(node);
      if (token.bound) {
        visit(token.bound.self);
        for (const arg of token.bound.args) visit(arg);
      }
    }
  };
  for (const body of program.bodies.values()) {
    activations.add(body);
    for (const variable of body.fn.variables) visit(body.slot(variable.slot));
    for (const [name, slot] of body.module.ir.globals) {
      // What is thrown is the task's own until somebody stores it.
      if (name !== '<thrown>') visit(body.slot(slot));
    }
  }
  for (const token of heap.tokens) {
    if (token.kind === 'external') {
      tokens.add(token.id);
      visit(token.contents);
    }
    if (token.key === 'global' || token.key.startsWith('module:') || token.key.startsWith('outside-new:')) {
      tokens.add(token.id);
      pending.push(token.id);
    }
  }
  for (const root of program.roots.values()) {
    const token = heap.get(root.token);
    visitActivation(token.parent);
    // Whoever has an object with a handler in it may call that on it from any number of tasks.
    for (const holder of root.holders) {
      tokens.add(holder);
      pending.push(holder);
    }
    if (token.bound) {
      visit(token.bound.self);
      for (const arg of token.bound.args) visit(arg);
    }
  }
  drain();
  return { tokens, activations };
}
