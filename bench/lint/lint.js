/** Lints a program with a rule of ESLint's own and with those of the plugin, each as people run it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Linter } from 'eslint';
import parser from 'typescript-parser';

/** @type {typeof import('../../src/eslint/plugin.js')} */
const { default: anyspeed } = await import(new URL('../../dist/esm/eslint.js', import.meta.url).href);

/**
 * @typedef {object} Problem
 * @property {string} file
 * @property {number} line
 * @property {string} rule
 * @property {string} message
 */

/** Without the rule that is about the project around a program: packages that the fixtures import are not installed. */
const FINDINGS = Object.fromEntries(
  Object.keys(anyspeed.configs.recommended.rules ?? {})
    .filter(rule => rule !== 'anyspeed/program')
    .map(rule => [rule, 'error']),
);

/** What is measured, by the name under which it is shown. */
export const RULES = /** @type {const} */ ({
  'require-atomic-updates': { 'require-atomic-updates': 'error' },
  'anyspeed/handlers': { 'anyspeed/handlers': 'error' },
  recommended: FINDINGS,
});

/** @typedef {keyof typeof RULES} Rules */

/**
 * @param {{ root: string, files: readonly string[] }} program
 * @param {Rules} rules
 * @returns {Problem[]}
 */
export function lint({ root, files }, rules) {
  const linter = new Linter({ cwd: root });
  // The project around the fixtures has nothing to say about them.
  const settings = { anyspeed: { root, include: [...files], exclude: [], tsconfig: false } };
  return files.flatMap(file => {
    const text = readFileSync(join(root, file), 'utf8');
    const config = /** @type {Linter.Config} */ ({
      files: ['**/*.{js,cjs,mjs,jsx,ts,cts,mts,tsx}'],
      languageOptions: {
        sourceType: /^\s*(import|export)\b/m.test(text) ? 'module' : 'commonjs',
        ...(/\.[cm]?tsx?$/.test(file) && { parser }),
      },
      linterOptions: { reportUnusedDisableDirectives: 'off' },
      plugins: { anyspeed },
      settings,
      rules: RULES[rules],
    });
    const problems = linter.verify(text, [config], { filename: join(root, file) });
    return problems.map(({ line, ruleId, message }) => {
      if (ruleId === null) throw new Error(`${join(root, file)}:${line}: ${message}`);
      return { file, line, rule: ruleId, message };
    });
  });
}
