/** Runs compiled programs in a process of their own, and returns what their audit has found. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Violation } from '../../runtime/audit/index.js';
import type { Compiled } from './compiled.js';

const driver = fileURLToPath(new URL('drive.js', import.meta.url));

export interface Driven {
  /** Why it could not be run. */
  failed?: string;
  /** How many functions of it were called. */
  functions?: number;
  /** How many accesses were looked at. */
  accesses: number;
  violations: Violation[];
}

export function drive(programs: readonly Compiled[], directory: string): Record<string, Driven> {
  const output = execFileSync(process.execPath, ['--stack-trace-limit=4', driver, directory], {
    input: JSON.stringify(programs),
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: 120_000,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return JSON.parse(output);
}
