/**
 * `anyspeed explain`: why a handler waits, who meets in a class, who comes by a line, or what changed between two plans.
 */
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import { analyzeAndExplain } from '../analyze.js';
import { reasonOf } from '../graph/file-error.js';
import { isParallel, type ParallelFunction } from '../parallel/parallel.js';
import type { Plan } from '../plan/plan.js';
import { renderChanges } from '../report/changes.js';
import {
  type Explaining,
  renderClassExplanation,
  renderHandlerExplanation,
  renderLineExplanation,
} from '../report/explanation.js';
import { renderParallelExplanation } from '../report/parallel-explanation.js';
import { compareWith } from '../snapshot/compare.js';
import { snapshotOf } from '../snapshot/snapshot.js';
import { CommandError } from './command-error.js';
import { ExitCode } from './exit-code.js';
import { hasErrors, print, warnOfErrors } from './output.js';
import { analyzedBy, openProject, type Project, type ProjectFlags, withProjectFlags } from './project.js';
import { styleFor } from './terminal.js';

const SHOWN = 2;
const SHOWN_NAMES = 6;

interface Flags extends ProjectFlags {
  all?: true;
  other?: string;
  diff?: true;
}

export function explainCommand(): Command {
  const command = new Command('explain')
    .summary('say why a handler waits, call by call')
    .description(
      'Says why a handler waits and who waits for it, how everybody comes to a class, or who comes by a line: call by call, down to the reads and writes that conflict. None of the program is run.',
    )
    .argument('<what>', 'a handler (its id or a part of it), <file>:<line>, or a conflict class')
    .option('--all', 'everything in full, not only the first few classes and handlers')
    .option('--other <text>', 'only what a handler has to do with handlers whose id contains the text')
    .option(
      '--diff',
      'what changed between two plans: <what> and [dir] are files with the output of analyze --json',
    );
  return withProjectFlags(command).action(async (what: string, dir: string | undefined, flags: Flags) => {
    process.exitCode = flags.diff ? diff(what, dir) : await explain(what, dir, flags);
  });
}

async function explain(what: string, dir: string | undefined, flags: Flags): Promise<ExitCode> {
  const project = await openProject(dir, flags);
  const { options } = project;
  const { plan, explanations } = analyzedBy(options, analyzeAndExplain);
  const exitCode = hasErrors(plan) ? ExitCode.problems : ExitCode.ok;
  // Set before anything is written, as the reader may go away at any time.
  process.exitCode = exitCode;
  warnOfErrors(plan);
  if (explanations === null) return exitCode;
  const style = styleFor(process.stdout, process.env);
  const most = flags.all || flags.other !== undefined ? Number.POSITIVE_INFINITY : SHOWN;
  print(explained(what, project, flags.other ?? '', { plan, explanations, style, most }));
  return exitCode;
}

/** Something that can be explained. */
interface Subject {
  /** By which it can be asked for; the first one is for messages. */
  names: readonly string[];
  print(): string;
}

/** An exact name goes before a place, and a place before a part of a name. */
function explained(what: string, project: Project, other: string, explaining: Explaining): string {
  const { plan } = explaining;
  const [first, classes, functions] = subjectsOf(other, explaining);
  const exact = [...first, ...functions, ...classes].find(({ names }) => names.includes(what));
  if (exact) return exact.print();
  const [, file, line] = what.match(/^(.+?):(\d+)(?::\d+)?$/) ?? [];
  if (file !== undefined) return explainedLine(file, Number(line), project, first, explaining);
  const partly = ({ names }: Subject): boolean => names.some(name => name.includes(what));
  const found = first.filter(partly);
  const foundClasses = classes.filter(partly);
  // Of what nobody schedules, most is helpers with names that are parts of many others.
  const rest = found.length + foundClasses.length === 0 ? functions.filter(partly) : [];
  const [only, ...more] = found.length > 0 ? found : [...foundClasses, ...rest];
  if (only && more.length === 0) return only.print();
  const names = [...found, ...foundClasses, ...rest].map(subject => subject.names[0] as string);
  throw unclear(what, plan, names);
}

/** The handlers and the functions with "use parallel"; the classes; the other functions. */
function subjectsOf(other: string, explaining: Explaining): [Subject[], Subject[], Subject[]] {
  const { plan, explanations } = explaining;
  const inThreads = (found: ParallelFunction): Subject => ({
    names: [found.id],
    print: () => renderParallelExplanation(explanations.parallel(found), explaining),
  });
  const parallel = new Map(
    explanations.functions.filter(isParallel).map(found => [found.id, inThreads(found)]),
  );
  const handlers = plan.handlers.map((handler): Subject => {
    const own = parallel.get(handler.id);
    parallel.delete(handler.id);
    const print = (): string => renderHandlerExplanation(handler, other, explaining);
    return { names: [handler.id], print: () => (own ? `${own.print()}\n\n${print()}` : print()) };
  });
  const classes = plan.classes.map(
    (conflictClass): Subject => ({
      names: [conflictClass.name, ...conflictClass.resources],
      print: () => renderClassExplanation(conflictClass, explaining),
    }),
  );
  const ids = new Set(plan.handlers.map(({ id }) => id));
  const functions = explanations.functions.filter(found => !isParallel(found) && !ids.has(found.id));
  return [[...handlers, ...parallel.values()], classes, functions.map(inThreads)];
}

function explainedLine(
  file: string,
  line: number,
  { options }: Project,
  subjects: readonly Subject[],
  explaining: Explaining,
): string {
  const { explanations } = explaining;
  // People name files from where they are, the report names them from the root.
  const module = [relative(options.root, resolve(file)), file]
    .map(path => path.replaceAll('\\', '/').replace(/^\.\//, ''))
    .find(path => explanations.has(path));
  if (module === undefined)
    throw new CommandError(
      `"${file}" is no module of the program.`,
      'Name it relative to the working directory or to the root of the program.',
    );
  const accesses = renderLineExplanation({ module, line }, explaining);
  if (accesses !== undefined) return accesses;
  const around = explanations.functionAt(module, line)?.id ?? explanations.handlerAt(module, line)?.id;
  const subject = subjects.find(({ names }) => names.includes(around ?? ''));
  if (subject) return subject.print();
  throw new CommandError(
    `Nothing that is shared and changes is accessed at ${module}:${line}, and no handler is there.`,
    '`anyspeed analyze --details` prints all accesses with their places.',
  );
}

function unclear(what: string, { handlers }: Plan, names: readonly string[]): CommandError {
  if (names.length === 0)
    return new CommandError(
      `No handler, file or conflict class is called "${what}".`,
      `\`anyspeed analyze --details\` prints all ${handlers.length} handlers and the classes.`,
    );
  const more = names.length > SHOWN_NAMES ? [`and ${names.length - SHOWN_NAMES} more`] : [];
  return new CommandError(
    `"${what}" may be several things:\n${[...names.slice(0, SHOWN_NAMES), ...more].map(name => `    ${name}`).join('\n')}`,
    'Name one of them.',
  );
}

function diff(before: string, after: string | undefined): ExitCode {
  if (after === undefined)
    throw new CommandError(
      '--diff compares two files.',
      'Call it as `anyspeed explain --diff before.json after.json`.',
    );
  const plan = readPlan(after);
  const changes = renderChanges(
    compareWith(snapshotOf(readPlan(before)), plan),
    plan,
    styleFor(process.stdout, process.env),
  );
  print(changes === '' ? 'Every handler is protected in the same way.' : changes);
  return ExitCode.ok;
}

function readPlan(file: string): Plan {
  const hint = 'Write one with `anyspeed analyze --json`.';
  let plan: Plan;
  try {
    plan = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is no JSON' : reasonOf(error);
    throw new CommandError(`The plan "${file}" cannot be read: ${why}.`, hint, { cause: error });
  }
  if (plan?.version !== 1 || !Array.isArray(plan.handlers) || !Array.isArray(plan.classes))
    throw new CommandError(`"${file}" is no plan of version 1.`, hint);
  return plan;
}
