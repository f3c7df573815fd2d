/**
 * `anyspeed/eslint`: an ESLint plugin for flat configurations. See docs/eslint.md.
 *
 * ```js
 * import anyspeed from 'anyspeed/eslint';
 * export default [anyspeed.configs.recommended];
 * ```
 */
import type { ESLint, Linter, Rule } from 'eslint';
import { ownPackage } from './docs.js';
import { type FindingCode, findingRules, programRule } from './finding-rules.js';
import { handlersRule } from './handlers-rule.js';

/** The name of a rule behind `anyspeed/`. */
export type RuleName = FindingCode | 'program' | 'handlers';

export const meta = {
  name: 'anyspeed',
  version: ownPackage.version,
  namespace: 'anyspeed',
};

export const rules: Record<RuleName, Rule.RuleModule> = {
  ...findingRules,
  program: programRule,
  handlers: handlersRule,
};

const plugin = { meta, rules, configs: {} as { recommended: Linter.Config; all: Linter.Config } };

const configWith = (name: string, isOn: (rule: Rule.RuleModule) => boolean): Linter.Config => ({
  name: `anyspeed/${name}`,
  plugins: { anyspeed: plugin as ESLint.Plugin },
  rules: Object.fromEntries(
    Object.entries(rules).flatMap(([rule, module]) => (isOn(module) ? [[`anyspeed/${rule}`, 'warn']] : [])),
  ),
});

/** `recommended`: what may go wrong. `all`: what is slower than it could be as well, and what each handler shares. */
export const configs = Object.assign(plugin.configs, {
  recommended: configWith('recommended', rule => rule.meta?.docs?.recommended === true),
  all: configWith('all', () => true),
});

export default plugin;
