/**
 * `anyspeed/runtime/audit`: what the code of an audit build imports in the place of `anyspeed/runtime`.
 *
 * The functions of the runtime are here as well; those that open and pass things in the body of a handler also tell the
 * audit whose they are. Nothing of this is loaded by any other build.
 */

import type { ContinuationOptions } from '../continuation.js';
import type { Guard } from '../guard.js';
import {
  begin as ownBegin,
  belonging as ownBelonging,
  continuation as ownContinuation,
  floating as ownFloating,
  floatingResults as ownFloatingResults,
  mustWait as ownMustWait,
  turn as ownTurn,
} from '../index.js';
import { auditKey, oncePerProcess } from '../process-wide.js';
import type { Section } from '../section.js';
import { keepOpen } from './activations.js';
import { Audit } from './audit.js';
import { AuditedModule } from './audited-module.js';
import { Continuations } from './continuations.js';
import type { ModuleTables } from './plan-tables.js';
import type { OnViolation, Violation } from './violations.js';

export {
  guard,
  propertyKey,
  schedule,
  scheduleMethod,
  standAside,
  unscheduled,
} from '../index.js';
export type { Activation } from './activations.js';
export type { AuditedModule, PatternShape } from './audited-module.js';
export type { ModuleTables, PlannedAccess } from './plan-tables.js';
export type { OnViolation, Violation, ViolationKind, ViolationSite } from './violations.js';

const audit = new Audit();
const continuations = new Continuations(audit.activations);
const variablesOfModules = new Map<string, object>();

const functions = oncePerProcess(
  {
    audited: (module: string, tables: ModuleTables): AuditedModule =>
      new AuditedModule(audit, module, tables),
    variablesOf(module: string): object {
      let variables = variablesOfModules.get(module);
      if (!variables) {
        variables = {};
        variablesOfModules.set(module, variables);
      }
      return variables;
    },
    begin(guard: Guard | undefined): Section {
      const section = ownBegin(guard);
      audit.activations.task?.holders.add(section);
      return section;
    },
    mustWait(gate: Guard | undefined, ...values: unknown[]): boolean {
      if (ownMustWait(gate, ...values)) return true;
      if (gate) audit.activations.task?.passGate(gate, audit.activations.segment);
      return false;
    },
    turn(gate: Guard | undefined, ...values: unknown[]): undefined | Promise<void> {
      const { task } = audit.activations;
      const passed = ownTurn(gate, ...values);
      // Told before the function that waits, as that begins to wait afterwards.
      if (gate && task)
        passed?.then(
          () => task.passGate(gate, null),
          () => {},
        );
      return passed;
    },
    floating<P>(promise: P): P {
      const { task } = audit.activations;
      if (task && promise instanceof Promise) keepOpen(task, promise);
      return ownFloating(promise);
    },
    // Each call of the callback is a run that says what it returns, so the audit knows of its promises.
    floatingResults: <F>(callback: F): F => ownFloatingResults(callback),
    continuation: <F>(callback: F, options?: ContinuationOptions): F =>
      continuations.waitFor(callback, ownContinuation(callback, options), options),
    belonging: <F>(callback: F, options?: ContinuationOptions): F =>
      continuations.belonging(callback, ownBelonging(callback, options)),
    configureAudit(settings: { onViolation?: OnViolation }): void {
      if (settings.onViolation !== undefined) audit.reporter.onViolation = settings.onViolation;
    },
    violations: (): readonly Violation[] => [...audit.reporter.found],
    auditedAccesses: (): number => audit.count,
    resetAudit: (): void => audit.reset(),
  },
  auditKey,
);

export const {
  audited,
  auditedAccesses,
  begin,
  belonging,
  configureAudit,
  continuation,
  floating,
  floatingResults,
  mustWait,
  resetAudit,
  turn,
  variablesOf,
  violations,
} = functions;
