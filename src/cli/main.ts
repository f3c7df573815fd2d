#!/usr/bin/env node
/** The command `anyspeed`: shows what the analysis thinks of a program. Documented in `docs/command-line.md`. */
import { Command } from 'commander';
import { analyzeProject } from '../index.js';

const program = new Command('anyspeed').description('See which handlers of a server conflict, and why.');

program
  .command('analyze')
  .description("prints a program's handlers, what they share, and how they are protected")
  .argument('[dir]', "the program's directory", '.')
  .option('--json', 'print the plan as JSON')
  .action((dir: string, { json }: { json?: boolean }) => {
    const plan = analyzeProject({ root: dir });
    if (json) process.stdout.write(`${JSON.stringify(plan, null, 2)}\n`);
    else for (const { id, protection } of plan.handlers) process.stdout.write(`${protection}\t${id}\n`);
  });

await program.parseAsync();
