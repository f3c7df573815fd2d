/** ESLint, in the versions that the plugin is for, over real projects. */
import { join } from 'node:path';
import { ESLint, type Linter } from 'eslint';
import { ESLint as ESLint9 } from 'eslint-9';

/** By major version. */
export const VERSIONS = { 9: ESLint9 as unknown as typeof ESLint, 10: ESLint } as const;
export type Version = keyof typeof VERSIONS;

/** ESLint in the directory of a project, with this configuration and no other. */
export function eslintIn(directory: string, config: Linter.Config[], version: Version = 10): ESLint {
  return new VERSIONS[version]({ cwd: directory, overrideConfigFile: true, overrideConfig: config });
}

/** What is found in the files of a project: `shop.js:5:60 stale-value`. ESLint counts columns from 1. */
export async function found(eslint: ESLint, ...files: string[]): Promise<string[]> {
  return problemsIn(await eslint.lintFiles(files));
}

/** What is found in a text that stands for a file. */
export async function foundIn(
  eslint: ESLint,
  directory: string,
  file: string,
  text: string,
): Promise<string[]> {
  return problemsIn(await eslint.lintText(text, { filePath: join(directory, file) }));
}

function problemsIn(results: ESLint.LintResult[]): string[] {
  return results.flatMap(({ filePath, messages }) =>
    messages.map(({ line, column, ruleId, message }) => {
      const name = filePath.slice(filePath.lastIndexOf('/') + 1);
      return `${name}:${line}:${column} ${ruleId?.replace('anyspeed/', '') ?? message}`;
    }),
  );
}
