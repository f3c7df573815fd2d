/**
 * One rule for each diagnostic about a place in the program, so that each has a severity of its own, and can be switched off for a
 * line by the name that its page has.
 */
import type { Rule } from 'eslint';
import type { DiagnosticCode } from '../diagnostics/catalog.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { docsUrl } from './docs.js';
import { rangeAt } from './place.js';
import { programOf } from './program.js';

/** What is wrong with the options, the search or the reading of files; `program` reports what of it concerns a file. */
type ProgramCode =
  | 'unknown-option'
  | 'invalid-option'
  | 'missing-root'
  | 'missing-option-file'
  | 'unusable-model-file'
  | 'no-modules'
  | 'program-too-tangled'
  | 'coarse-analysis'
  | 'rewritten-before'
  | 'include-matches-nothing'
  | 'unreadable-directory'
  | 'symlink-leaves-root'
  | 'unreadable-module'
  | 'unparsable-module'
  | 'oversized-module'
  | 'unresolved-import'
  | 'package-not-analysed'
  | 'unusable-package-json'
  | 'unusable-tsconfig';

/** Diagnostics about what the program does. */
export type FindingCode = Exclude<DiagnosticCode, ProgramCode>;

interface Finding {
  description: string;
  /** `problem`: something may go wrong. `suggestion`: something is slower than it could be. */
  type: 'problem' | 'suggestion';
}

const findings: Record<FindingCode, Finding> = {
  'floating-work': {
    description: 'Disallow work on shared state that nobody waits for',
    type: 'problem',
  },
  'dropped-promises': {
    description: 'Disallow async callbacks that work on shared state where their promises are dropped',
    type: 'problem',
  },
  'parallel-conflict': {
    description:
      'Disallow work of one task that runs several times at once and undoes what it has written itself',
    type: 'problem',
  },
  'promised-value': {
    description: 'Disallow sync handlers that return a promise when they have to wait',
    type: 'problem',
  },
  'stale-value': {
    description: 'Disallow writing what is computed from a value that an earlier task has read',
    type: 'problem',
  },
  'unheld-callback': {
    description: 'Disallow callbacks in which a task goes on and which it cannot wait for',
    type: 'problem',
  },
  'ignored-stage': {
    description: 'Disallow the directive "use stage" where it has no effect',
    type: 'problem',
  },
  'ignored-parallel': {
    description: 'Disallow the directive "use parallel" where it has no effect',
    type: 'problem',
  },
  'parallel-form': {
    description: 'Disallow "use parallel" in functions of a kind that cannot leave their thread',
    type: 'problem',
  },
  'parallel-uses-this': {
    description: 'Disallow `this` in functions with "use parallel"',
    type: 'problem',
  },
  'parallel-reads-state': {
    description: 'Disallow reading what changes in functions with "use parallel"',
    type: 'problem',
  },
  'parallel-writes-state': {
    description: 'Disallow writing what others can see in functions with "use parallel"',
    type: 'problem',
  },
  'parallel-writes-argument': {
    description: 'Disallow writing to arguments in functions with "use parallel"',
    type: 'problem',
  },
  'parallel-main-thread': {
    description: 'Disallow what belongs to one thread in functions with "use parallel"',
    type: 'problem',
  },
  'parallel-unknown-call': {
    description: 'Disallow calls of unknown code in functions with "use parallel"',
    type: 'problem',
  },
  'parallel-constant': {
    description:
      'Disallow constants that are not the same in another thread in functions with "use parallel"',
    type: 'problem',
  },
  'parallel-argument': {
    description: 'Disallow arguments of functions with "use parallel" that cannot cross between threads',
    type: 'problem',
  },
  'parallel-result': {
    description: 'Disallow results of functions with "use parallel" that cannot cross between threads',
    type: 'problem',
  },
  'parallel-not-awaited': {
    description: 'Disallow calls of sync functions with "use parallel" that nobody awaits',
    type: 'problem',
  },
  'merged-stage': {
    description: 'Suggest to call stages where their calls can be units of their own',
    type: 'suggestion',
  },
  'possible-stage': {
    description: 'Suggest to split handlers where that would shorten their sections most',
    type: 'suggestion',
  },
  'waits-for-another-task': {
    description: 'Suggest to read again what may have changed while a handler waited for another task',
    type: 'suggestion',
  },
  'changing-constant': {
    description: 'Suggest to declare what is set up once, where handlers wait because it might change',
    type: 'suggestion',
  },
  'costly-assumption': {
    description:
      'Suggest to describe the construct that makes most handlers wait because it is not understood',
    type: 'suggestion',
  },
};

const findingCodes = Object.keys(findings) as FindingCode[];

export const findingRules = Object.fromEntries(
  findingCodes.map(code => [code, findingRule(code, findings[code])]),
) as Record<FindingCode, Rule.RuleModule>;

/** What keeps the analysis from seeing a file, or all of them. */
export const programRule: Rule.RuleModule = {
  meta: {
    type: 'problem',
    docs: {
      description:
        'Disallow what keeps the analysis from seeing a file, such as imports that cannot be found',
      recommended: true,
      url: docsUrl('eslint.md'),
    },
    schema: [],
    messages: { found: '{{message}} {{hint}}' },
  },
  create: context => ({
    Program() {
      const program = programOf(context);
      for (const diagnostic of program?.plan.diagnostics ?? []) {
        if (Object.hasOwn(findings, diagnostic.code)) continue;
        const isOfFile = diagnostic.module === program?.id;
        // Nothing is known of any file then, whichever one looks at.
        const isOfAll = diagnostic.module === undefined && diagnostic.severity === 'error';
        if (isOfFile || isOfAll) report(context, diagnostic);
      }
    },
  }),
};

function findingRule(code: FindingCode, { description, type }: Finding): Rule.RuleModule {
  // Of an export it is not known whether anybody outside of the program calls it at all.
  const isAboutExports = code === 'promised-value';
  return {
    meta: {
      type,
      docs: { description, recommended: type === 'problem', url: docsUrl(`diagnostics/${code}.md`) },
      schema: isAboutExports
        ? [
            {
              type: 'object',
              properties: {
                exports: { type: 'boolean', description: 'Whether to report exported functions as well.' },
              },
              additionalProperties: false,
            },
          ]
        : [],
      defaultOptions: isAboutExports ? [{ exports: false }] : [],
      messages: { found: '{{message}} {{hint}}' },
    },
    create: context => ({
      Program() {
        const program = programOf(context);
        for (const diagnostic of program?.plan.diagnostics ?? []) {
          if (diagnostic.code !== code || diagnostic.module !== program?.id) continue;
          if (isAboutExports && diagnostic.severity === 'info' && !context.options[0]?.exports) continue;
          report(context, diagnostic);
        }
      },
    }),
  };
}

function report(context: Rule.RuleContext, { message, hint, line, column }: Diagnostic): void {
  context.report({
    loc: rangeAt(context.sourceCode, {
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
    }),
    messageId: 'found',
    data: { message, hint },
  });
}
