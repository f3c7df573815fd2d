/** The rule `handlers`: says at each handler what it shares with others, and how it is protected. It finds nothing wrong. */
import type { Rule } from 'eslint';
import type { PlannedHandler } from '../plan/plan.js';
import { groupedBy } from '../report/grouped.js';
import { boundsSentence, handlerGroups, keysSentence, reasonSentences } from '../report/wording.js';
import { docsUrl } from './docs.js';
import { rangeAt } from './place.js';
import { programOf } from './program.js';

/** As the report calls the parts of the handlers. */
const titles = handlerGroups.map(({ title }) => title);
const DEFAULT = ['sections', 'gates'];

export const handlersRule: Rule.RuleModule = {
  meta: {
    type: 'suggestion',
    docs: {
      description: 'Show what each handler shares with others, and how it is protected',
      recommended: false,
      url: docsUrl('eslint.md'),
    },
    schema: [
      {
        type: 'object',
        properties: {
          show: {
            type: 'array',
            items: { enum: titles },
            uniqueItems: true,
            description: 'Which handlers are shown.',
          },
        },
        additionalProperties: false,
      },
    ],
    defaultOptions: [{ show: DEFAULT }],
    messages: { handler: '{{text}}' },
  },
  create: context => ({
    Program() {
      const program = programOf(context);
      const show: readonly string[] = context.options[0]?.show ?? DEFAULT;
      const shown = handlerGroups.filter(({ title }) => show.includes(title));
      for (const handler of program?.plan.handlers ?? [])
        if (handler.at.module === program?.id && shown.some(group => group.has(handler)))
          context.report({
            loc: rangeAt(context.sourceCode, handler.at),
            messageId: 'handler',
            data: { text: textOf(handler) },
          });
    },
  }),
};

/** What a handler holds or passes, or else accesses; then why, and where. */
function textOf(handler: PlannedHandler): string {
  const { accesses, classes, id, protection, reason } = handler;
  const verb = protection === 'section' ? 'holds' : 'passes';
  const held = classes.map(one => {
    const keys = keysSentence(one);
    return `${one.mode} \`${one.class}\`${keys === undefined ? '' : ` ${keys}`}`;
  });
  const accessed = [...groupedBy(accesses, ({ resource }) => resource)].map(([resource, all]) => {
    const modes = ['read', 'write'].filter(mode => all.some(access => access.mode === mode));
    return `${modes.map(mode => `${mode}s`).join(' and ')} \`${resource}\``;
  });
  const what = held.length > 0 ? `${verb} ${held.join('; ')}` : accessed.join('; ');
  const sentences = [
    what === '' ? `\`${id}\` shares nothing that changes.` : `\`${id}\` ${what}.`,
    reasonSentences[reason],
    boundsSentence(handler),
  ];
  return sentences.filter(sentence => sentence !== undefined).join(' ');
}
