/**
 * Snapshots as text, made for reviews: one line for each handler and each locked class, in an order that does not depend on
 * what else is there, and in no columns, so that what changes is what a comparison of texts shows.
 *
 * The parts of a line are two spaces apart. Behind a class that a section does not take where it begins stands that, and behind one
 * of which a handler takes single entries stand their keys. A name that would be mistaken for several parts is written as JSON.
 */
import type { LockMode, WholeReason } from '../plan/plan.js';
import type { Snapshot, SnapshotClass, SnapshotForm, SnapshotHandler, SnapshotHold } from './snapshot.js';

const HEADER = 'anyspeed.snapshot 1';
const COMMENTS = [
  '# How the handlers of this program are protected, and which classes of shared state are locked.',
  '# Written by `anyspeed check --update`. Commit it, and review what changes in it.',
];
const CLASSES = '[locked classes]';
const HANDLERS = '[handlers]';
const PARALLEL = '[parallel functions]';
const GAP = '  ';
/** Behind a section that is given up while another task has to bring what is awaited. */
const GIVEN_UP = 'given up while it waits';
/** Behind a class that a section takes in a later step. */
const LATER = 'later';
/** Behind a class of which a handler takes only entries under keys that it makes itself. */
const NEW_KEYS = 'new keys';

const words: Record<SnapshotForm, string> = {
  section: 'section',
  'whole section': 'whole section',
  gate: 'gate',
  delegated: 'delegated',
  'atomic-by-itself': 'atomic by itself',
  'own-lock': 'under its own lock',
  'no-conflict': 'without conflict',
  'inside-callers': 'inside of its callers',
  'opted-out': 'opted out',
};
const forms = new Map(Object.entries(words).map(([form, word]) => [word, form as SnapshotForm]));
const modes: Record<LockMode, true> = { shared: true, update: true, exclusive: true };

/** A snapshot as text, with a newline at its end. */
export function printSnapshot({ classes, handlers, parallel }: Snapshot): string {
  const lines = [
    HEADER,
    ...COMMENTS,
    '',
    CLASSES,
    ...classes.map(({ resources }) => resources.map(quoted).join(GAP)),
    '',
    HANDLERS,
    ...handlers.map(printHandler),
    ...(parallel ? ['', PARALLEL, ...parallel.map(quoted)] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function printHandler({ id, form, whole, isGivenUp, to, classes }: SnapshotHandler): string {
  return [
    quoted(id),
    whole === null ? words[form] : `${words[form]} (${whole})`,
    ...(isGivenUp ? [GIVEN_UP] : []),
    ...to.map(other => `to ${quoted(other)}`),
    ...classes.flatMap(printHold),
  ].join(GAP);
}

function printHold({ class: name, mode, keys, isLater }: SnapshotHold): string[] {
  const by =
    keys?.length === 0
      ? [NEW_KEYS]
      : (keys ?? []).map(key => (key === NEW_KEYS ? JSON.stringify(key) : quoted(key)));
  return [`${mode} ${quoted(name)}`, ...(isLater ? [LATER] : []), ...by.map(key => `by ${key}`)];
}

/** What is wrong with the text of a snapshot, and in which of its lines. */
export class SnapshotSyntaxError extends Error {
  override readonly name = 'SnapshotSyntaxError';

  constructor(
    message: string,
    /** Counted from 1. */
    readonly line: number,
  ) {
    super(message);
  }
}

/**
 * The snapshot that a text says.
 *
 * @throws SnapshotSyntaxError if it says none
 */
export function parseSnapshot(text: string): Snapshot {
  const snapshot: Snapshot = { classes: [], handlers: [] };
  let part = '';
  const lines = text.split(/\r?\n/);
  if (lines[0] !== HEADER) throw new SnapshotSyntaxError(`It does not begin with \`${HEADER}\`.`, 1);
  lines.slice(1).forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    if (line === CLASSES || line === HANDLERS || line === PARALLEL) {
      part = line;
      return;
    }
    const number = index + 2;
    if (/^(?:<{7}|={7}|>{7})/.test(line))
      throw new SnapshotSyntaxError('It has the marks of a merge that is not finished.', number);
    if (part === CLASSES) snapshot.classes.push(parseClass(line, number));
    else if (part === HANDLERS) snapshot.handlers.push(parseHandler(line, number));
    else if (part === PARALLEL) {
      snapshot.parallel ??= [];
      snapshot.parallel.push(...partsOf(line).map(name => unquoted(name, number)));
    } else
      throw new SnapshotSyntaxError(`It is neither below \`${CLASSES}\` nor below \`${HANDLERS}\`.`, number);
  });
  return snapshot;
}

function parseClass(line: string, number: number): SnapshotClass {
  const resources = partsOf(line).map(part => unquoted(part, number));
  return { name: resources[0] ?? '', resources };
}

function parseHandler(line: string, number: number): SnapshotHandler {
  const [id = '', how = '', ...rest] = partsOf(line);
  const [, word = '', whole = null] = how.match(/^(.*?)(?: \((.*)\))?$/) ?? [];
  const form = forms.get(word);
  if (form === undefined) throw new SnapshotSyntaxError(`A handler is never \`${how}\`.`, number);
  const handler: SnapshotHandler = {
    id: unquoted(id, number),
    form,
    whole: whole as WholeReason | null,
    isGivenUp: false,
    to: [],
    classes: [],
  };
  for (const part of rest) {
    const held = handler.classes.at(-1);
    const space = part.indexOf(' ');
    const [relation, name] = [part.slice(0, space), unquoted(part.slice(space + 1), number)];
    if (part === GIVEN_UP) handler.isGivenUp = true;
    else if (relation === 'to') handler.to.push(name);
    else if (Object.hasOwn(modes, relation))
      handler.classes.push({ class: name, mode: relation as LockMode, keys: null });
    else if (part === LATER && held) held.isLater = true;
    else if (part === `by ${NEW_KEYS}` && held) held.keys = [];
    else if (relation === 'by' && held) held.keys = [...(held.keys ?? []), name];
    else throw new SnapshotSyntaxError(`\`${part}\` says nothing of a handler.`, number);
  }
  return handler;
}

/** What is between gaps; a gap in a name is inside of quotes. */
function partsOf(line: string): string[] {
  return line.match(/(?:"(?:[^"\\]|\\.)*"|(?<! ) (?! )|[^ "])+/g) ?? [];
}

/** Whether a name is read as it is written: not as a comment, a heading, a mark, several parts or several lines. */
const isPlain = (name: string): boolean =>
  !/^$|^["#[\s<=>]|\s$|[\p{C}\p{Zl}\p{Zp}]/u.test(name) && partsOf(name)[0] === name;

function quoted(name: string): string {
  return isPlain(name) ? name : JSON.stringify(name);
}

function unquoted(part: string, number: number): string {
  if (!part.startsWith('"')) return part;
  try {
    const name: unknown = JSON.parse(part);
    if (typeof name === 'string') return name;
  } catch {}
  throw new SnapshotSyntaxError(`\`${part}\` is no name.`, number);
}
