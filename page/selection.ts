/**
 * What is selected. It is part of the page's address, so that it can be linked to, and that the browser's "back" leads to
 * what was looked at before.
 */
import { useEffect, useState } from 'preact/hooks';
import type { PageData } from '../src/report/page/page-data.js';

export type Selection = { kind: 'handler' | 'class'; index: number };

export function isSame(one: Selection | undefined, other: Selection | undefined): boolean {
  return one?.kind === other?.kind && one?.index === other?.index;
}

function nameOf({ handlers, classes }: PageData, { kind, index }: Selection): string {
  return (kind === 'handler' ? handlers[index]?.id : classes[index]?.name) ?? '';
}

/** The address of a selection on this page. */
export function addressOf(data: PageData, selection: Selection): string {
  return `#${selection.kind}=${encodeURIComponent(nameOf(data, selection))}`;
}

function selectionAt(data: PageData, address: string): Selection | undefined {
  const [, kind, name = ''] = /^#(handler|class)=(.*)$/.exec(address) ?? [];
  let wanted: string;
  try {
    wanted = decodeURIComponent(name);
  } catch {
    return undefined;
  }
  const index =
    kind === 'handler'
      ? data.handlers.findIndex(({ id }) => id === wanted)
      : data.classes.findIndex(each => each.name === wanted);
  return index < 0 ? undefined : { kind: kind as Selection['kind'], index };
}

export function useSelection(data: PageData): [Selection | undefined, (next: Selection | undefined) => void] {
  const [selection, setSelection] = useState(() => selectionAt(data, location.hash));
  useEffect(() => {
    const follow = () => setSelection(selectionAt(data, location.hash));
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, [data]);
  const select = (next: Selection | undefined) => {
    if (isSame(next, selection)) return;
    history.pushState(
      null,
      '',
      next === undefined ? location.pathname + location.search : addressOf(data, next),
    );
    setSelection(next);
  };
  return [selection, select];
}
