/** The source of a handler with its segments, its section and its accesses marked. */
import type { ComponentChildren } from 'preact';
import type { PageAccess, PageData, PageHandler } from '../src/report/page/page-data.js';

interface Props {
  data: PageData;
  handler: PageHandler;
}

const isInside = (access: PageAccess, { source }: PageHandler): boolean =>
  access.module === source.module && access.line >= source.first && access.line <= source.last;

export function HandlerSource({ data, handler }: Props) {
  const { module, first, last, open, suspensions } = handler.source;
  const lines = (data.modules[module] ?? []).slice(first - 1, last);
  const indent = Math.min(...lines.filter(line => line.trim() !== '').map(indentOf));
  const own = handler.accesses.filter(access => isInside(access, handler));
  const hasSegments = suspensions.length > 0;
  /** The segment whose number was shown last. */
  let numbered = 0;
  return (
    <>
      <p class="legend" aria-hidden="true">
        {open.some(({ isReading }) => isReading) && <span class="reading">section, readers pass</span>}
        {open.some(({ isReading }) => !isReading) && (
          <span class="open">{handler.protection === 'gate' ? 'gate' : 'section'}</span>
        )}
        {hasSegments && <span class="segment">number of the segment</span>}
        {own.some(({ mode }) => mode === 'read') && <mark class="read">reads</mark>}
        {own.some(({ mode }) => mode === 'write') && <mark class="write">writes</mark>}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard. */}
      <pre class="source" tabIndex={0}>
        {lines.map((text, offset) => {
          const line = first + offset;
          const range = open.find(({ first, last }) => line >= first && line <= last);
          const segment = 1 + suspensions.filter(suspension => suspension < line).length;
          const begins = hasSegments && text.trim() !== '' && segment !== numbered;
          if (begins) numbered = segment;
          const classes = [
            'line',
            range && 'open',
            range?.isReading && 'reading',
            begins && offset > 0 && 'begins',
          ]
            .filter(Boolean)
            .join(' ');
          return (
            <div key={line} class={classes}>
              <span class="segment">{begins ? segment : ''}</span>
              <span class="at">{line}</span>
              <code>
                <Marked
                  text={text}
                  from={Math.min(indent, indentOf(text))}
                  accesses={own.filter(access => access.line === line)}
                />
              </code>
            </div>
          );
        })}
      </pre>
    </>
  );
}

/** What a handler accesses in the functions that it calls, line by line. */
export function CalledAccesses({ data, handler }: Props) {
  const called = handler.accesses.filter(access => !isInside(access, handler));
  const byModule = new Map<string, Map<number, PageAccess[]>>();
  for (const access of called) {
    const lines = byModule.get(access.module) ?? new Map<number, PageAccess[]>();
    lines.set(access.line, [...(lines.get(access.line) ?? []), access]);
    byModule.set(access.module, lines);
  }
  if (byModule.size === 0) return null;
  return (
    <>
      <h3>In what it calls</h3>
      {[...byModule].map(([module, lines]) => (
        <figure key={module}>
          <figcaption>{module}</figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard. */}
          <pre class="source" tabIndex={0}>
            {[...lines]
              .sort(([a], [b]) => a - b)
              .map(([line, accesses]) => {
                const text = data.modules[module]?.[line - 1] ?? '';
                return (
                  <div key={line} class="line">
                    <span class="at">{line}</span>
                    <code>
                      <Marked text={text} from={indentOf(text)} accesses={accesses} />
                    </code>
                  </div>
                );
              })}
          </pre>
        </figure>
      ))}
    </>
  );
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

interface MarkedProps {
  text: string;
  /** Column at which the line begins. */
  from: number;
  accesses: readonly PageAccess[];
}

/** A line with what it accesses marked: the name or the chain of properties that begins at the place of an access. */
function Marked({ text, from, accesses }: MarkedProps) {
  const byColumn = new Map<number, PageAccess[]>();
  for (const access of accesses)
    byColumn.set(access.column, [...(byColumn.get(access.column) ?? []), access]);
  const parts: ComponentChildren[] = [];
  let at = from;
  for (const [column, here] of [...byColumn].sort(([a], [b]) => a - b)) {
    if (column < at) continue;
    const length = /^[\w$#]+(?:\??\.[\w$#]+)*/.exec(text.slice(column))?.[0].length ?? 1;
    const modes = (['read', 'write'] as const).filter(mode => here.some(access => access.mode === mode));
    const what = modes.map(mode => {
      const resources = here.filter(access => access.mode === mode).map(({ resource }) => resource);
      return `${mode}s ${[...new Set(resources)].join(', ')}`;
    });
    parts.push(
      text.slice(at, column),
      <mark key={column} class={modes.at(-1) ?? 'read'} title={what.join('; ')}>
        {text.slice(column, column + length)}
      </mark>,
    );
    at = column + length;
  }
  return (
    <>
      {parts}
      {text.slice(at)}
    </>
  );
}
