/**
 * `anyspeed report`: analyses a program and writes its plan as a page to look at, one file that needs nothing else.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { analyze } from '../analyze.js';
import { reasonOf } from '../graph/file-error.js';
import { describePlan } from '../report/page/describe.js';
import { renderPage } from '../report/page/render-page.js';
import { counted } from '../report/wording.js';
import type { Measured } from '../trace/measured.js';
import type { Timeline } from '../trace/timeline.js';
import { CommandError } from './command-error.js';
import { ExitCode } from './exit-code.js';
import { hasErrors, nameOf, print, warnOfErrors, writeOutput } from './output.js';
import { analyzedBy, openProject, type ProjectFlags, withProjectFlags } from './project.js';
import { packageVersion } from './version.js';

interface Flags extends ProjectFlags {
  output: string;
  trace?: string;
}

/** Built with the package, which this is found in from `src/cli` as from `dist/esm`. */
const TEMPLATE = new URL('../../dist/report.html', import.meta.url);
const DEFAULT_OUTPUT = 'anyspeed-report.html';

export function reportCommand(): Command {
  const command = new Command('report')
    .summary('write a page that shows the conflicts and the source of each handler')
    .description(
      'Writes one HTML file that shows which handlers conflict, on what and why, with the source of each. It needs no network. None of the program is run.',
    )
    .option('-o, --output <file>', 'where to write it', DEFAULT_OUTPUT)
    .option('--trace <file>', 'show what `anyspeed trace` measured as well');
  return withProjectFlags(command).action(async (dir: string | undefined, flags: Flags) => {
    process.exitCode = await run(dir, flags);
  });
}

async function run(dir: string | undefined, flags: Flags): Promise<ExitCode> {
  const { options } = await openProject(dir, flags);
  const measured = flags.trace === undefined ? undefined : measuredIn(flags.trace);
  const { plan, data } = analyzedBy(options, (graph, settings, models) => {
    const plan = analyze(graph, settings, models);
    return { plan, data: describePlan(plan, graph, packageVersion(), measured) };
  });
  const page = renderPage(readFileSync(TEMPLATE, 'utf8'), data);
  const file = resolve(flags.output);
  writeOutput('The report', file, page, '--output');
  // Set before anything is written, as the reader may go away at any time.
  process.exitCode = hasErrors(plan) ? ExitCode.problems : ExitCode.ok;
  const what = `${counted(plan.handlers.length, 'handler')} and ${counted(plan.classes.length, 'conflict class', 'conflict classes')}`;
  print(`${nameOf(file)} shows ${what}: open it in a browser.`);
  warnOfErrors(plan);
  return hasErrors(plan) ? ExitCode.problems : ExitCode.ok;
}

/** What a timeline of `anyspeed trace` says in sum. */
function measuredIn(file: string): Measured {
  const hint = 'Name a file that `anyspeed trace` has written.';
  let timeline: Partial<Timeline>;
  try {
    timeline = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'it is no JSON' : reasonOf(error);
    throw new CommandError(`The timeline "${file}" cannot be read: ${reason}.`, hint, { cause: error });
  }
  const measured = timeline?.otherData?.anyspeed;
  if (measured?.handlers === undefined || measured.classes === undefined)
    throw new CommandError(`"${file}" is no timeline of this software.`, hint);
  return measured;
}
