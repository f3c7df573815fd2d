/**
 * The constants of a slice must be the same in all threads: their values depend on nothing but the slice, and nobody changes them.
 */
import { reachableWithStages } from '../conflicts/footprint.js';
import type { Instance } from '../effects/instances.js';
import type { TokenId } from '../effects/solver.js';
import type { CallOp } from '../ir/ir.js';
import { isTypeOfConstants, isVarying } from './any-thread.js';
import { calleesOf } from './callees.js';
import { Checks, sharedByThread } from './checks.js';
import { exportsOf } from './facts.js';
import { writesFresh } from './freshness.js';
import { type Item, nameOfPiece } from './parallel.js';
import { goingOn } from './patterns.js';

export class ConstancyChecks extends Checks {
  run(): void {
    const { constants } = this.facts;
    this.checkKinds(constants);
    this.checkEvaluation();
    this.checkUnchanged(constants);
  }

  /** A constant of a kind that works on something outside would not be the same. */
  private checkKinds(constants: ReadonlyMap<TokenId, Item>): void {
    for (const [id, { piece, module, via }] of constants) {
      const { kind, type } = this.facts.program.heap.get(id);
      if (kind !== 'object' || isTypeOfConstants(type)) continue;
      const user = via?.item;
      this.problems.push({
        code: 'parallel-constant',
        module: user?.module.id ?? module.id,
        at: via?.at ?? piece.start,
        item: user ?? null,
        what: `\`${nameOfPiece(piece)}\`, which holds a \`${type}\``,
      });
    }
  }

  /** The constants must come to the same in every thread. */
  private checkEvaluation(): void {
    for (const { instance, op, index, item } of this.facts.evaluating) {
      if (op.op !== 'call') continue;
      this.checkEvaluated(instance, op, item);
      if (instance.calls.get(index)?.targets.some(({ fn }) => fn.isAsync))
        this.report('parallel-constant', item, op, `\`${nameOf(item)}\`, which waits for a promise`);
    }
    for (const instance of this.facts.initial) {
      const item = this.facts.owners.of(instance.moduleId, instance.fn.start);
      if (!item) continue;
      instance.forEachOp(op => {
        if (op.op === 'call') this.checkEvaluated(instance, op, item);
      });
      for (const { op, token } of this.writes.of(instance)) {
        const { kind, key, name } = this.facts.program.heap.get(token);
        if (kind === 'builtin' || key === 'global')
          this.report('parallel-writes-state', item, op, sharedByThread(name));
      }
    }
  }

  private checkEvaluated(instance: Instance, op: CallOp, item: Item): void {
    for (const callee of calleesOf(this.facts.program, instance, op)) {
      if (isVarying(callee.name, op.args.length))
        this.report(
          'parallel-constant',
          item,
          op,
          `\`${nameOf(item)}\`, but \`${callee.name}\` gives something else in every thread`,
        );
      else this.checkCallee(callee, op, item, null);
    }
  }

  /** Nobody may change a constant: in the worker it stays what it was when it was evaluated. */
  private checkUnchanged(constants: ReadonlyMap<TokenId, Item>): void {
    if (constants.size === 0) return;
    this.checkGoingOn(constants);
    const elsewhere = this.findElsewhere();
    const isInitial = (instance: Instance): boolean => this.facts.initial.has(instance);
    const evaluating = new Set(this.facts.evaluating.map(({ op }) => op));
    const reported = new Set<Item>();
    for (const { instance, op, token, isAssumed } of this.writes.all()) {
      const item = constants.get(token);
      if (!item || reported.has(item) || evaluating.has(op)) continue;
      if (this.isOwnExport(instance, token, item)) continue;
      if (isInitial(instance) && !elsewhere.has(instance)) continue;
      if (!isAssumed && writesFresh(this.facts.program, instance, op, isInitial)) continue;
      // That has been reported as a write of the function itself.
      if (this.facts.running.has(instance) && this.facts.owners.of(instance.moduleId, instance.fn.start))
        continue;
      reported.add(item);
      this.problems.push({
        code: 'parallel-reads-state',
        module: instance.moduleId,
        at: 'at' in op ? op.at : instance.fn.start,
        item,
        what: `\`${nameOf(item)}\`, but it is changed here`,
      });
    }
  }

  /** Nobody may let a regular expression go on that the slice has, too. */
  private checkGoingOn(constants: ReadonlyMap<TokenId, Item>): void {
    const { heap, instances } = this.facts.program;
    if (![...constants.keys()].some(id => heap.get(id).type === 'RegExp')) return;
    for (const instance of instances.all)
      instance.forEachOp(op => {
        if (op.op !== 'call') return;
        for (const id of goingOn(this.facts.program, instance, op)) {
          const item = constants.get(id);
          if (
            !item ||
            (this.facts.running.has(instance) && this.facts.owners.of(instance.moduleId, instance.fn.start))
          )
            continue;
          const what = `\`${nameOf(item)}\`, but it is changed here`;
          this.problems.push({
            code: 'parallel-reads-state',
            module: instance.moduleId,
            at: op.at,
            item,
            what,
          });
        }
      });
  }

  /** A module exports what it declares: that changes no constant. */
  private isOwnExport(instance: Instance, token: TokenId, { module }: Item): boolean {
    return (
      instance === this.facts.program.bodies.get(module.id) &&
      exportsOf(this.facts.program, module.id).has(token)
    );
  }

  /** All that runs otherwise than for the constants of the slice: for handlers, and for the rest of the modules. */
  private findElsewhere(): Set<Instance> {
    const evaluating = new Set(this.facts.evaluating.map(({ op }) => op));
    const started: Instance[] = [];
    for (const body of this.facts.program.bodies.values())
      for (const { op, targets, callbacks, later } of body.calls.values())
        if (!evaluating.has(op)) started.push(...targets, ...callbacks, ...later);
    const found = reachableWithStages(started);
    for (const instance of this.facts.atRunTime) found.add(instance);
    for (const body of this.facts.program.bodies.values()) found.add(body);
    return found;
  }
}

const nameOf = ({ piece }: Item): string => nameOfPiece(piece);
