/**
 * Locks of the program's own: which objects are proven to let in one at a time?
 *
 * What a package's lock does is data of the effect models (`excludes`). It counts only where nothing can take it back: there
 * is exactly one such object, made with what its model asks for, and neither code that is not analysed nor a call that lets
 * others in ever gets hold of it.
 */
import type { Node } from '@babel/types';
import type { CallRecord, Instance } from '../effects/instances.js';
import type { CallModel, Exclusion, FunctionModel } from '../effects/models/model.js';
import type { PointsTo } from '../effects/points-to.js';
import type { NodeId, TokenId } from '../effects/solver.js';
import type { Token } from '../effects/tokens.js';
import { childrenOf, nodesAround } from '../graph/syntax.js';
import type { CallOp } from '../ir/ir.js';

/** An object, or the part of it that one key stands for. */
export interface OwnLock {
  id: string;
  token: Token;
  key: string | null;
}

/** A call that runs its callback under a lock. */
export interface ExclusiveCall {
  lock: OwnLock;
  callback: Instance;
}

export class OwnLocks {
  private readonly broken = new Set<TokenId>();
  private readonly handedOver = new Set<TokenId>();
  private readonly known = new Map<TokenId, boolean>();

  constructor(private readonly program: PointsTo) {
    this.findBroken();
  }

  /** The locks that are handed to others, or opened from outside. */
  private findBroken(): void {
    const { program, broken } = this;
    const { solver, instances } = program;
    const add = (ids: Iterable<TokenId>): void => {
      for (const id of ids) broken.add(id);
    };
    for (const instance of instances.all) {
      instance.forEachOp(op => {
        if (op.op === 'store') add(solver.tokens(instance.node(op.base)));
      });
      for (const { externals, models, args } of instance.calls.values()) {
        add(externals);
        if (externals.size > 0) for (const arg of args) this.breakAllIn(solver.tokens(arg));
        for (const { model, self, args: handed } of models) {
          if (model.unlocks) add(solver.tokens(self));
          for (const arg of changedBy(model, handed)) add(solver.tokens(arg));
        }
      }
    }
  }

  /** Code that is not analysed has these in hands, and all that can be reached from them. */
  private breakAllIn(ids: Iterable<TokenId>): void {
    const { heap, solver } = this.program;
    const pending = [...ids];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (this.handedOver.has(id)) continue;
      this.handedOver.add(id);
      this.broken.add(id);
      for (const node of heap.get(id).fields.values()) pending.push(...solver.tokens(node));
    }
  }

  /** What the call runs under a lock; nothing if that is not proven. */
  exclusiveCall(instance: Instance, record: CallRecord): ExclusiveCall | null {
    const { op, models, externals, targets, callbacks, later } = record;
    const [only] = models;
    if (op.op !== 'call' || !only || models.length > 1) return null;
    const call = only.model.calls?.find(({ excludes }) => excludes !== undefined);
    if (!call?.excludes || call.when !== 'continuation') return null;
    if (externals.size > 0 || targets.size > 0 || callbacks.size > 0 || later.size !== 1) return null;
    const [callback] = later;
    // What it is given besides may be a function that ends the exclusion, or options that weaken it.
    if (!callback || callback.fn.params.length > 0 || callback.fn.rest >= 0 || callback.fn.argumentsSlot >= 0)
      return null;
    if (callback.fn.isGenerator || op.spread >= 0 || !isLastArgument(op, call)) return null;
    const lock = this.provenLock(only.self, call.excludes);
    if (lock === null || call.excludes.key === undefined) return lock && { lock, callback };
    const key = instance.literalOf(op.literals[Number(call.excludes.key.slice('arg'.length))] ?? null);
    if (key === undefined) return null;
    return { lock: { ...lock, id: `${lock.id} ${JSON.stringify(key)}`, key }, callback };
  }

  /** The lock that the caller holds after the call; nothing if that is not proven. */
  acquiringCall({ op, models, externals, targets }: CallRecord): OwnLock | null {
    const [only] = models;
    if (op.op !== 'call' || !only?.model.locks || only.model.locks.key !== undefined) return null;
    if (models.length > 1 || externals.size > 0 || targets.size > 0) return null;
    // A weight, for instance, would be one.
    return op.args.length === 0 ? this.provenLock(only.self, only.model.locks) : null;
  }

  /** The one lock that a node holds; a package with several ways in may stand for it by several tokens. */
  private provenLock(node: NodeId, exclusion: Exclusion): OwnLock | null {
    let lock: OwnLock | null = null;
    for (const id of this.program.solver.tokens(node)) {
      const token = this.program.heap.get(id);
      const place = `${token.parent?.id} ${token.at}`;
      if (!this.isProven(id, exclusion) || (lock !== null && lock.id !== place)) return null;
      lock ??= { id: place, token, key: null };
    }
    return lock;
  }

  private isProven(id: TokenId, exclusion: Exclusion): boolean {
    let isProven = this.known.get(id);
    if (isProven === undefined) {
      const token = this.program.heap.get(id);
      isProven = !this.broken.has(id) && this.isOne(token) && isMadeFor(token, exclusion);
      this.known.set(id, isProven);
    }
    return isProven;
  }

  /** Whether only one such object is ever made: by a module, or with an object that is one of a kind. */
  private isOne({ parent, at, key }: Token): boolean {
    // A subclass may hand other options to its parent than it is made with.
    if (!parent || !key.startsWith('fresh:')) return false;
    const path = nodesAround(parent.module.source.ast, at, at + 1);
    const innermost = path.findLastIndex(node => 'params' in node || node.type === 'StaticBlock');
    if (path.slice(innermost + 1).some(({ type }) => /^(?:For|While|DoWhile)/.test(type))) return false;
    if (parent.fn.form === 'module') return true;
    if (parent.fn.form !== 'constructor') return false;
    const made = [...this.program.solver.tokens(this.program.thisNode(parent))];
    return made.length === 1 && this.program.isSingleton(this.program.heap.get(made[0] as TokenId));
  }
}

/** The arguments that a modelled function puts something into: `Object.assign(queue, options)`. */
function changedBy({ writes = [], flows = [] }: FunctionModel, args: readonly NodeId[]): NodeId[] {
  return [...writes, ...flows.map(([, to]) => to)].flatMap(place => {
    const index = /^arg(\d+)/.exec(place)?.[1];
    return index === undefined ? [] : args.slice(Number(index));
  });
}

/** Whether the callback is the last argument: options would come behind it. */
function isLastArgument({ args }: CallOp, { callee }: CallModel): boolean {
  return callee === `arg${args.length - 1}`;
}

/** Whether the lock was made with just what its model asks for: a limit of one, or nothing. */
function isMadeFor({ parent, at }: Token, { limit }: Exclusion): boolean {
  const args = parent && argumentsAt(parent.module.source.ast.program, at);
  if (!args) return false;
  const [first] = args;
  if (limit === undefined) return args.length === 0;
  if (args.length !== 1 || !first) return false;
  const [, name] = limit.split('.');
  if (name === undefined) return isOneLiteral(first);
  // Other options, such as a timeout, may let in the next before the last has ended.
  const property = first.type === 'ObjectExpression' && first.properties.length === 1 && first.properties[0];
  return (
    property !== false &&
    property?.type === 'ObjectProperty' &&
    !property.computed &&
    property.key.type === 'Identifier' &&
    property.key.name === name &&
    isOneLiteral(property.value)
  );
}

const isOneLiteral = (node: Node): boolean => node.type === 'NumericLiteral' && node.value === 1;

/** The arguments of the outermost call or `new` that starts here. */
function argumentsAt(around: Node, at: number): Node[] | null {
  for (const child of childrenOf(around)) {
    if ((child.start ?? 0) > at || (child.end ?? 0) <= at) continue;
    const isCall = child.type === 'NewExpression' || child.type === 'CallExpression';
    return child.start === at && isCall ? child.arguments : argumentsAt(child, at);
  }
  return null;
}
