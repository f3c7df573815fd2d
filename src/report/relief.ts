/** What would free a handler: what its author can change so that it, or whoever waits for it, need not wait. */
import { formatPlace } from '../diagnostics/print.js';
import type { Conflict } from '../explain/explanations.js';
import type { ConflictClass, Plan, PlannedHandler, WholeContainerReason, WholeReason } from '../plan/plan.js';

/** For sections that are the whole handler: what would let them be as long as their accesses. */
const reliefOfWhole: Partial<Record<WholeReason, string>> = {
  'not-async': 'Make it an `async` function, so that it can wait in its body.',
  generator: 'Move the accesses into an async function that it calls.',
  'several-handlers': 'Register a function of its own for each handler.',
  'called-inside': 'Move its accesses into a function that is no handler, and call that one from both.',
  outlives: 'Await the work that it starts.',
  result: 'Return a copy of the state instead of the state itself.',
  reentered:
    'Say what the code outside does in a file of effect models, or call it when nothing is accessed any more.',
  parameters: 'Compute the value in the body instead of in the parameters.',
  'promise-in-try': 'Write `return await` inside of the `try`.',
  'redeclared-function': 'Give the function a name of its own.',
};

/** What would let handlers hold their sections for less, in sentences. */
export function reliefOfSections(handlers: readonly PlannedHandler[]): string[] {
  if (handlers.length === 0) return [];
  const names = handlers.map(({ id }) => `\`${id}\``).join(', ');
  const sentences = [
    `Leave no suspension (\`await\`, \`yield\`) between the first and the last access of shared state: then a handler needs no section, and nobody waits for it. Here that goes for ${names}.`,
  ];
  for (const { id, bounds } of handlers) {
    const relief = bounds?.kind === 'whole' ? reliefOfWhole[bounds.reason] : undefined;
    if (relief !== undefined) sentences.push(`The section of \`${id}\` is the whole handler. ${relief}`);
  }
  return sentences;
}

/** What would end a conflict, in sentences. */
export function reliefOfConflict({ own, other }: Conflict, { diagnostics }: Plan): string[] {
  const sentences: string[] = [];
  for (const { assumed } of [own, other])
    if (assumed)
      sentences.push(
        `Say what \`${assumed.detail}\` does in a file of effect models (the option \`models\`), or hand it less.`,
      );
  for (const { code, message, hint } of diagnostics)
    if (code === 'changing-constant' && message.includes(`\`${own.access.resource}\``))
      sentences.push(`${message} ${hint}`);
  return sentences;
}

/** For containers of which others take single entries: what would let a handler do the same. */
const reliefOfWholeContainer: Record<WholeContainerReason, string> = {
  'whole-access':
    'What needs all of it, such as a loop or its size, is better kept beside it, or done in a handler of its own.',
  'unknown-key':
    'Put the key into a constant before the first access, made of the parameters of the handler alone.',
  'many-keys': 'Access fewer entries in one task.',
  'scattered-additions': 'Add all that is to be added to lists in one place, without an `await` between.',
};

/** What would let a handler take single entries of a class, in sentences. */
export function reliefOfContainer({ id, classes }: PlannedHandler, { name }: ConflictClass): string[] {
  const notKeyed = classes.find(own => own.class === name)?.notKeyed;
  if (!notKeyed) return [];
  const { reason, at } = notKeyed;
  return [
    `\`${id}\` takes \`${name}\` as a whole because of ${formatPlace(at)}. ${reliefOfWholeContainer[reason]}`,
  ];
}
