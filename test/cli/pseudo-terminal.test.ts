/**
 * The command where people are: on a terminal, which `script` (part of every Linux distribution) makes. What is written there is
 * what they see: colours, a line of progress that is erased, and a question that waits for an answer.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import { writeProject } from '../graph/temporary-project.js';
import { builtCommand } from './built-command.js';

const built = builtCommand();

jest.setTimeout(60_000);

/** `script` has other options elsewhere. */
const onTerminal = process.platform === 'linux' && existsSync('/usr/bin/script') ? test : test.skip;

const PROJECT = {
  'package.json': '{ "type": "module", "scripts": { "start": "node src/server.js" } }\n',
  'src/server.js':
    'let n = 0;\nexport const f = async () => { const seen = n; await null; n = seen + 1; };\n',
};

/** Runs the command on a terminal of 60 columns, and types `answer` as soon as it shows `question`. */
async function typed(
  args: readonly string[],
  question = '',
  answer = '',
): Promise<{ code: number; shown: string }> {
  const quoted = [process.execPath, join(built.packageDirectory, 'dist/esm/cli.js'), ...args]
    .map(part => `'${part}'`)
    .join(' ');
  const command = `stty cols 60; exec ${quoted}`;
  const child = spawn('/usr/bin/script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { PATH: process.env.PATH, TERM: 'xterm', SHELL: '/bin/sh' },
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    const wasAsked = shown.includes(question);
    shown += text;
    if (question !== '' && !wasAsked && shown.includes(question)) child.stdin.write(answer);
  });
  const [code] = await once(child, 'close');
  return { code, shown };
}

const ESCAPE = '\u001b[';
const ERASE_LINE = `\r${ESCAPE}K`;

onTerminal(
  'analyze: a line of progress that is gone in the end, then colours in the width there is',
  async () => {
    const { code, shown } = await typed(['analyze', writeProject(PROJECT)]);
    expect(code).toBe(0);
    const erased = shown.lastIndexOf(ERASE_LINE);
    expect(shown.slice(0, erased)).toContain('Reading');
    const report = shown.slice(erased + ERASE_LINE.length);
    expect(report).toContain(ESCAPE);
    const lines = stripVTControlCharacters(report).split('\r\n');
    expect(lines.find(line => line.length > 60)).toBeUndefined();
    expect(lines).toContain('1 handler in 1 module');
  },
);

onTerminal.each([
  ['y\r', true],
  ['n\r', false],
  ['\r', false],
])('init: asks, and %j is taken for what it means', async (answer, isDone) => {
  const directory = writeProject(PROJECT);
  const { code, shown } = await typed(['init', directory], '[y/N]', answer);
  expect(code).toBe(0);
  expect(shown).toContain(`${ESCAPE}32m+`);
  expect(existsSync(join(directory, 'babel.config.json'))).toBe(isDone);
  expect(readFileSync(join(directory, 'package.json'), 'utf8') !== PROJECT['package.json']).toBe(isDone);
});

onTerminal('init: ctrl-c at the question changes nothing', async () => {
  const directory = writeProject(PROJECT);
  const { code } = await typed(['init', directory], '[y/N]', '\u0003');
  expect(code).not.toBe(0);
  expect(existsSync(join(directory, 'babel.config.json'))).toBe(false);
});
