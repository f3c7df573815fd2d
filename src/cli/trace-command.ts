/**
 * `anyspeed trace -- <command>`: runs a server with recording on, and writes what its tasks waited for and held as a timeline.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { reasonOf } from '../graph/file-error.js';
import { counted } from '../report/wording.js';
import { parseRecording, RECORDING_VARIABLE } from '../trace/recording.js';
import { type RecordedProcess, runsOf } from '../trace/runs.js';
import { timelineOf } from '../trace/timeline.js';
import { CommandError } from './command-error.js';
import { nameOf, writeOutput } from './output.js';

const DEFAULT_OUTPUT = 'anyspeed-trace.json';
/** Built beside the command. */
const RECORDER = new URL('./recorder.js', import.meta.url);

export function traceCommand(): Command {
  return new Command('trace')
    .summary('run a server and record who waits for whom, as a timeline')
    .description(
      "Runs a command, such as `node dist/server.js`, with recording on in it and in all Node.js processes that it starts. When it ends, what its tasks waited for and held is written in Chrome's trace format, for Perfetto (https://ui.perfetto.dev) or the DevTools of a browser.",
    )
    .option('-o, --output <file>', 'where to write the timeline', DEFAULT_OUTPUT)
    .argument('<command...>', 'the command and its arguments')
    .passThroughOptions()
    .action(async (command: [string, ...string[]], { output }: { output: string }) => {
      process.exitCode = await run(command, resolve(output));
    });
}

async function run([program, ...args]: [string, ...string[]], output: string): Promise<number> {
  // Found out before the server runs for an hour.
  write(output, '');
  const directory = mkdtempSync(join(tmpdir(), 'anyspeed-trace-'));
  try {
    const code = await runRecorded(program, args, join(directory, 'recording'));
    const processes = readdirSync(directory).map(name =>
      runsOf(parseRecording(readFileSync(join(directory, name), 'utf8'))),
    );
    write(output, JSON.stringify(timelineOf(processes)));
    process.stderr.write(`${summary(processes, output)}\n`);
    return code;
  } catch (error) {
    rmSync(output, { force: true });
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const write = (file: string, text: string): void => writeOutput('The timeline', file, text, '--output');

/** @returns the exit code of the command, as a shell has it */
async function runRecorded(program: string, args: string[], recording: string): Promise<number> {
  const { NODE_OPTIONS = '' } = process.env;
  const child = spawn(program, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_OPTIONS: `${NODE_OPTIONS} --import ${RECORDER.href}`.trim(),
      [RECORDING_VARIABLE]: recording,
    },
  });
  // Ctrl-C reaches the server itself, and what it does last is to be recorded; other signals are for it as well.
  const forward = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT') child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, forward);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', error =>
        reject(
          new CommandError(
            `"${program}" cannot be run: ${reasonOf(error)}.`,
            'Give a command as for a shell, after `--` if it has flags.',
            { cause: error },
          ),
        ),
      );
      child.once('exit', (code, signal) =>
        resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]),
      );
    });
  } finally {
    for (const signal of signals) process.removeListener(signal, forward);
  }
}

function summary(processes: readonly RecordedProcess[], output: string): string {
  const runs = processes.flatMap(each => each.runs).filter(({ isStep }) => !isStep);
  if (runs.length === 0)
    return 'Nothing was recorded: no handler that holds or passes a class was called, or the program is not compiled with the plugin.';
  const waits = runs.filter(({ queued }) => queued !== undefined).length;
  return `${nameOf(output)} has ${counted(runs.length, 'run')} of handlers, of which ${waits} waited: open it in https://ui.perfetto.dev or in DevTools.`;
}
